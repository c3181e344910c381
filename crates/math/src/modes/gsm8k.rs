//! GSM8K as lm-evaluation-harness 0.4.13 scores it: a number found by a pattern, compared as text.

use crate::extract::{Found, Rule};
use regex::Regex;
use std::sync::LazyLock;

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the regex is a literal")
}

/// Returns the number after the first `#### `; the filter `strict-match`.
pub(crate) fn strict(reply: &str) -> Option<Found> {
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| regex(r"#### (-?[0-9.,]+)"));
    let number = NUMBER.captures(reply)?.get(1)?;
    Some(Found::at(reply, number.range(), Rule::Pattern))
}

/// Returns the last number, or the last run of digits, dots, commas and dollar signs; the filter `flexible-extract`.
pub(crate) fn flexible(reply: &str) -> Option<Found> {
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| regex(r"-?[$0-9.,]{2,}|-?[0-9]+"));
    let number = NUMBER.find_iter(reply).last()?;
    Some(Found::at(reply, number.range(), Rule::Pattern))
}

/// Returns whether both are the same text without commas, dollar signs, what stands before `#### `, and a last dot.
pub(crate) fn is_equal(target: &str, answer: &str) -> bool {
    normal(target) == normal(answer)
}

fn normal(text: &str) -> String {
    let mut text = text.replace([',', '$'], "");
    if let Some(at) = text.rfind("#### ") {
        text.drain(..at + 5);
    }
    if text.ends_with('.') {
        text.pop();
    } else if text.ends_with(".\n") {
        text.replace_range(text.len() - 2..text.len() - 1, "");
    }
    text.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strict_wants_the_mark_and_flexible_does_not() {
        let text = |found: Option<Found>| found.map(|found| found.text);
        assert_eq!(text(strict("so 9 * 2 = $18\n#### 18.")).as_deref(), Some("18."));
        assert_eq!(text(strict("The answer is 18")), None);
        assert_eq!(text(flexible("She makes $1,800.00 a day.")).as_deref(), Some("$1,800.00"));
        assert_eq!(text(flexible("It is 18 dollars")).as_deref(), Some("18"));
        assert!(is_equal("9 * 2 = 18\n#### 18", "18."));
        assert!(is_equal("1,800", "$1800"));
        assert!(!is_equal("18", "18.0"));
    }
}
