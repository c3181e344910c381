//! `#### 18`, as GSM8K ends its solutions. A heading that begins with as many marks is none.

use super::equation::{Calculation, last_calculation};
use super::marker::{Span, plain};
use super::plain::{NUMBER, is_mathematics};
use crate::read::before_unit;
use regex::Regex;
use std::sync::LazyLock;

const MARK: &str = "####";

/// So many marks are looked at, from the last one back.
const MOST_MARKS: usize = 50;

/// No line with an answer is longer, in bytes.
const LONGEST: usize = 400;

/// What stands around a value and does not belong to it.
const BEFORE: &[char] = &[' ', '\t', '$', '*', ':', '：', '#', '=', '>', '≈', '_', '`'];
const BEHIND: &[char] = &[' ', '\t', '\r', '.', '。', ';', '；', '!', '$', '*', '_', '`'];

/// What follows `####`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hashes {
    pub(super) value: Span,
    /// The line, from the mark on.
    pub(super) line: Span,
    pub(super) dress: Dress,
}

/// What a value behind `####` has beside itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dress {
    /// Nothing: `#### 18`, `#### \frac{1}{2}`.
    None,
    /// A unit, a percent sign, names or what is calculated: `#### 2 days`, `#### 16 - 3 = 13`.
    Formula,
    /// Words: `#### 3 cases`.
    Words,
}

/// The value on the last line with `####` that has one: nothing else, or before words.
pub(super) fn after_hashes(text: &str) -> Option<Hashes> {
    text.rmatch_indices(MARK).take(MOST_MARKS).find_map(|(at, _)| on_line(text, at))
}

fn on_line(text: &str, mark: usize) -> Option<Hashes> {
    let start = mark + MARK.len();
    let whole = text[start..].split('\n').next().filter(|line| line.len() <= LONGEST)?;
    let line = (mark, start + whole.len());
    let inside = whole.trim_start_matches(BEFORE);
    let from = line.1 - inside.len();
    let inside = inside.trim_end_matches(BEHIND);
    if !inside.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let calculated = last_calculation(text, from);
    let has_text_below = !text[line.1..].trim().is_empty();
    match &calculated {
        Some(Calculation { last: Some(value), .. }) => {
            return Some(Hashes { value: *value, line, dress: Dress::Formula });
        }
        Some(Calculation { first, last: None }) if has_text_below && is_unsolved(&text[first.0..first.1]) => {
            return None;
        }
        _ => {}
    }
    if is_value(inside) {
        let dress = if is_bare(inside) { Dress::None } else { Dress::Formula };
        return Some(Hashes { value: (from, from + inside.len()), line, dress });
    }
    let number = number_before_words(inside, has_text_below)?;
    let value = calculated.map_or((from, from + number), |found| found.first);
    Some(Hashes { value, line, dress: Dress::Words })
}

/// Whether a sum or product is still to be worked out, which then follows it as a heading; `3 × 10^5` is a value.
fn is_unsolved(text: &str) -> bool {
    let operators = [" - ", "+", "*", "×", "·", "÷", "x"];
    !text.contains('^') && operators.iter().any(|operator| text.contains(operator))
}

/// Whether a value is one of numbers alone, without names, unit and percent sign.
fn is_bare(value: &str) -> bool {
    static COMMAND: LazyLock<Regex> = LazyLock::new(|| plain(r"\\[a-zA-Z]+"));
    !COMMAND.replace_all(value, "").contains(|c: char| c.is_alphabetic() || "%=°".contains(c))
}

/// Whether a text is a value, perhaps with a unit: `\frac{1}{2}`, `x = 18`, `5 cm`, but not `5 days a week`.
fn is_value(text: &str) -> bool {
    static IN_TEXT: LazyLock<Regex> =
        LazyLock::new(|| plain(r"\\(?:text|textbf|mbox|mathrm)\s*\{([^{}]*)\}"));
    static WORDS: LazyLock<Regex> = LazyLock::new(|| plain(r"(?:^|[^\\a-zA-Z])[a-zA-Z]"));
    let plain_text = IN_TEXT.replace_all(text, " $1 ");
    let has_unit =
        || before_unit(&plain_text).is_some_and(|value| is_mathematics(&value) && !WORDS.is_match(&value));
    is_mathematics(plain_text.trim()) || has_unit()
}

/// How long the number is that a line begins with, unless it counts headings: `1. Multiply`. Where text stands below, only
/// words in small letters, Chinese ones right behind the number, or a comma or bracket leave it an answer: `#### 3 Cases`
/// is a heading.
fn number_before_words(line: &str, has_text_below: bool) -> Option<usize> {
    const CURRENCY: &str = r"\\?[$€£¥￥]?";
    static ANY: LazyLock<Regex> = LazyLock::new(|| plain(&format!(r"^({CURRENCY}{NUMBER})(?:\D|$)")));
    static COUNTED: LazyLock<Regex> = LazyLock::new(|| {
        plain(&format!(
            r"^({CURRENCY}{NUMBER})(?:\s?[\x{{4e00}}-\x{{9fff}}]|[\x{{4e00}}-\x{{9fff}}]+|(?:\s+(?:[a-z]+|[A-Z]{{2,}})(?:[/-][a-zA-Z]+)*)*\s*(?:(?:,\s|[(（，;<]).*)?)$"
        ))
    });
    let pattern = if has_text_below { &COUNTED } else { &ANY };
    pattern.captures(line)?.get(1).map(|number| number.len())
}
