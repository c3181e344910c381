//! Makes texts searchable word by word. Chinese, Japanese and Korean are searched character by character.

/// Characters of a sample's texts that are searchable at most; a longer reply is found by its beginning.
const MAX_SEARCHABLE: usize = 20_000;

/// The text with spaces around each character that is a word by itself.
pub fn spaced<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut spaced = String::new();
    let mut left = MAX_SEARCHABLE;
    for text in texts {
        for character in text.chars().take(left) {
            left -= 1;
            if is_ideograph(character) {
                spaced.extend([' ', character, ' ']);
            } else {
                spaced.push(character);
            }
        }
        spaced.push('\n');
    }
    spaced
}

/// The full-text query for what a person typed: every word must be there, the last one may be a beginning, and what
/// stands in quotes must be there in this order. `None` when there is nothing to look for.
pub fn query(typed: &str) -> Option<String> {
    // A zero ends a query before its end.
    let typed = typed.replace(char::is_control, " ");
    let mut phrases: Vec<String> = Vec::new();
    let mut is_whole = true;
    for (place, piece) in typed.split('"').enumerate() {
        let quoted = place % 2 == 1;
        let words: Vec<&str> = if quoted { vec![piece] } else { piece.split_whitespace().collect() };
        for word in words {
            let spaced = spaced(std::iter::once(word));
            if spaced.chars().any(char::is_alphanumeric) {
                phrases.push(format!("\"{}\"", spaced.split_whitespace().collect::<Vec<_>>().join(" ")));
                is_whole = quoted;
            }
        }
    }
    let letters = |phrase: &String| phrase.chars().filter(|character| character.is_alphanumeric()).count();
    let begins = !is_whole && phrases.last().is_some_and(|last| letters(last) >= MIN_PREFIX);
    let star = if begins { "*" } else { "" };
    (!phrases.is_empty()).then(|| phrases.join(" ") + star)
}

/// Characters that a last word needs to be taken for a beginning: fewer begin half of all words.
const MIN_PREFIX: usize = 3;

fn is_ideograph(character: char) -> bool {
    matches!(character, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_becomes_a_query() {
        let cases = [
            ("apple pie", Some("\"apple\" \"pie\"*")),
            ("at", Some("\"at\"")),
            ("\"apple pie\"", Some("\"apple pie\"")),
            ("苹果", Some("\"苹 果\"")),
            ("x OR y) NEAR(", Some("\"x\" \"OR\" \"y)\" \"NEAR(\"*")),
            (" * - ", None),
            ("\"", None),
            ("a\0b", Some("\"a\" \"b\"")),
        ];
        for (typed, wanted) in cases {
            assert_eq!(query(typed).as_deref(), wanted, "{typed}");
        }
    }

    #[test]
    fn a_huge_reply_is_searchable_by_its_beginning() {
        let long = "a".repeat(MAX_SEARCHABLE * 2);
        assert_eq!(spaced([long.as_str(), "b"].into_iter()).trim_end().len(), MAX_SEARCHABLE);
    }
}
