//! A toy language model over pieces of text, so that tests know each log-probability beforehand.

/// Splits text into tokens: white space and the word after it. Together they are the text.
pub fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut start = 0;
    let mut in_word = false;
    for (at, sign) in text.char_indices() {
        if sign.is_whitespace() {
            if in_word {
                tokens.push(&text[start..at]);
                start = at;
            }
            in_word = false;
        } else {
            in_word = true;
        }
    }
    if start < text.len() {
        tokens.push(&text[start..]);
    }
    tokens
}

/// The log-probability of `token` after `previous`: a fixed number between -1 and -5 for each pair.
pub fn logprob(previous: &str, token: &str) -> f64 {
    -1.0 - (digest(previous, token) % 1024) as f64 / 256.0
}

/// The most likely token after `previous`, if this is not `token` itself, and its log-probability.
/// Half of all pairs are greedy.
pub fn rival(previous: &str, token: &str) -> Option<(String, f64)> {
    let is_greedy = digest(token, previous).is_multiple_of(2);
    (!is_greedy).then(|| (format!("{token}~"), logprob(previous, token) / 2.0))
}

/// FNV-1a over both texts.
fn digest(first: &str, second: &str) -> u64 {
    let bytes = first.bytes().chain([0]).chain(second.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_keep_every_sign() {
        for text in ["", " ", "a", "The quick  fox\n jumps ", "答案： B", "\n\na"] {
            assert_eq!(tokens(text).concat(), text);
        }
        assert_eq!(tokens("The quick  fox "), ["The", " quick", "  fox", " "]);
    }

    #[test]
    fn numbers_are_fixed_and_sensible() {
        assert_eq!(logprob("a", "b").to_bits(), logprob("a", "b").to_bits());
        let words: Vec<String> = (0..200).map(|n| format!(" w{n}")).collect();
        let greedy = words.iter().filter(|word| rival("a", word).is_none()).count();
        assert!((60..140).contains(&greedy), "{greedy}");
        for word in &words {
            assert!((-5.0..=-1.0).contains(&logprob("a", word)));
            assert!(rival("a", word).is_none_or(|(_, better)| better > logprob("a", word)));
        }
    }
}
