//! Rules of Python's texts and numbers where Rust's differ: the programs that metrics come from are written in Python.

use regex::Regex;
use std::sync::LazyLock;

/// `string.punctuation`.
pub const PUNCTUATION: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/// Returns whether `str.isspace` holds: Rust's white space and four control characters.
pub fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// Returns the words of `str.split()`.
pub fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_space).filter(|word| !word.is_empty())
}

/// Returns the text as `" ".join(text.split())` leaves it.
pub fn with_single_spaces(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    for word in split(text) {
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(word);
    }
    joined
}

/// Returns the text as `str.strip()` leaves it.
pub fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// Returns the text as `str.lstrip()` leaves it.
pub fn trim_start(text: &str) -> &str {
    text.trim_start_matches(is_space)
}

/// Returns the text as `str.rstrip()` leaves it.
pub fn trim_end(text: &str) -> &str {
    text.trim_end_matches(is_space)
}

/// Returns the text without the signs of `string.punctuation`.
pub fn without_punctuation(text: &str) -> String {
    text.chars().filter(|c| !PUNCTUATION.contains(*c)).collect()
}

/// Returns whether `\w` of Python's `re` matches: letters, numbers, `_`; unlike Rust's, no combining marks.
pub fn is_word(c: char) -> bool {
    static WORD: LazyLock<Regex> = LazyLock::new(|| literal(r"[\p{L}\p{N}]"));
    c == '_' || c.is_ascii_alphanumeric() || !c.is_ascii() && WORD.is_match(c.encode_utf8(&mut [0; 4]))
}

/// Returns the text with each word `a`, `an` and `the` replaced by a space: `\b(a|an|the)\b` of both SQuAD and DROP.
pub fn without_articles(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_word) {
        let length = rest[start..].find(|c| !is_word(c)).unwrap_or(rest.len() - start);
        let word = &rest[start..start + length];
        kept.push_str(&rest[..start]);
        kept.push_str(if matches!(word, "a" | "an" | "the") { " " } else { word });
        rest = &rest[start + length..];
    }
    kept + rest
}

/// Returns whether `str.isupper` holds: some cased character, and none in lower or title case.
pub fn is_upper(text: &str) -> bool {
    text.chars().any(char::is_uppercase) && !text.chars().any(|c| c.is_lowercase() || is_title(c))
}

/// Returns whether `str.islower` holds: some cased character, and none in upper or title case.
pub fn is_lower(text: &str) -> bool {
    text.chars().any(char::is_lowercase) && !text.chars().any(|c| c.is_uppercase() || is_title(c))
}

fn is_title(c: char) -> bool {
    matches!(c, 'ǅ' | 'ǈ' | 'ǋ' | 'ǲ' | 'ᾼ' | 'ῌ' | 'ῼ')
        || matches!(c, '\u{1f88}'..='\u{1f8f}' | '\u{1f98}'..='\u{1f9f}' | '\u{1fa8}'..='\u{1faf}')
}

/// Returns what `float(text)` gives: white space, `_` between digits and digits of other scripts are allowed.
pub fn float(text: &str) -> Option<f64> {
    let text: Vec<char> = trim(text).chars().map(ascii_digit).collect();
    let is_digit = |place: usize| text.get(place).is_some_and(char::is_ascii_digit);
    let is_joint = |place: usize| place > 0 && is_digit(place - 1) && is_digit(place + 1);
    let mut plain = String::with_capacity(text.len());
    for (place, c) in text.iter().enumerate() {
        match c {
            '_' if is_joint(place) => {}
            c => plain.push(*c),
        }
    }
    plain.parse().ok()
}

/// A decimal digit of any script as the ASCII digit of its value: scripts have theirs in runs of ten, from 0.
fn ascii_digit(c: char) -> char {
    static DIGIT: LazyLock<Regex> = LazyLock::new(|| literal(r"\p{Nd}"));
    let is_digit = |c: char| DIGIT.is_match(c.encode_utf8(&mut [0; 4]));
    if c.is_ascii() || !is_digit(c) {
        return c;
    }
    let before = (1..=u32::from(c))
        .take_while(|step| char::from_u32(u32::from(c) - step).is_some_and(is_digit))
        .count();
    char::from_digit(before as u32 % 10, 10).unwrap_or(c)
}

/// Returns what `str(number)` gives: the shortest digits that read back, with an exponent from 1e16 on and below 1e-4.
pub fn float_text(number: f64) -> String {
    if number.is_nan() {
        return "nan".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf".into() } else { "-inf".into() };
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..16).contains(&exponent) && number != 0.0 {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    let plain = format!("{number}");
    if plain.contains('.') { plain } else { plain + ".0" }
}

/// A regular expression that stands in the code.
pub fn literal(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the regex is a literal")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_read_and_print_as_in_cpython() {
        // CPython 3.11.7: str(float(text)).
        for (text, wanted) in [
            ("1", "1.0"),
            (" 1_000 ", "1000.0"),
            ("1e16", "1e+16"),
            ("123456789012345680", "1.2345678901234568e+17"),
            ("9999999999999998", "9999999999999998.0"),
            ("0.0001", "0.0001"),
            ("0.00001", "1e-05"),
            ("-0", "-0.0"),
            ("٣.٥", "3.5"),
            ("𝟗", "9.0"),
            ("Infinity", "inf"),
            ("-inf", "-inf"),
            ("nan", "nan"),
            (".5", "0.5"),
            ("5.", "5.0"),
        ] {
            assert_eq!(float(text).map(float_text).as_deref(), Some(wanted), "{text}");
        }
        for text in ["", ".", "1__0", "_1", "1_", "1,000", "0x10", "½", "e5"] {
            assert_eq!(float(text), None, "{text}");
        }
    }

    #[test]
    fn words_and_case_are_cpythons() {
        assert!(is_word('é') && is_word('٣') && is_word('½') && is_word('中') && !is_word('\u{0301}'));
        assert_eq!(without_articles("a cat, an_x the théa"), "  cat, an_x   théa");
        assert!(
            is_upper("ABC 1") && !is_upper("12") && !is_upper("ǅA") && is_lower("abc!") && !is_lower("aB")
        );
        assert_eq!(with_single_spaces("\u{1f} a\u{a0}b\n"), "a b");
    }
}
