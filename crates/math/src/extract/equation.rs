//! Calculations in prose: of `9 * 2 = 18 dollars` the answer is 18, neither 9 nor 9 · 2.

use super::latex::within;
use super::marker::{Span, plain};
use regex::Regex;
use std::sync::LazyLock;

/// No calculation in prose is longer, in bytes.
const LONGEST: usize = 300;

/// A number as people write it, perhaps with a currency: `1,200`, `.5`, `2π`, `√3`, `50%`, `$-4`.
const NUMBER: &str = r"\\?[$€£¥￥]?\s?[-−]?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+|[π√])(?:\s?[π√]\(?\d*\)?)?(?:\s?\\?%)?\)*";

/// What stands between two of them. The letter is a sign only between numbers: `3x + 4 = 16` is
/// an equation.
const OPERATOR: &str = r"(?:\s*(?:\*\*|\\times\b|\\cdot\b|\\div\b|[-−–+*×·÷/:^])\s*\(*[-−+]?\s?|\s*[xX]\s*|\s+(?:times|multiplied by|plus|minus|divided by)\s+)";

/// What is counted: `2 dollars per egg`.
const COUNTED: &str = r"(?:\s[a-zA-Z]{2,}){0,3}";

/// What stands before the value of a calculation.
const GIVES: &str = r"\s*(?:\*\*)?\s*(?:=+|＝|等于|\bequals\b|,\s(?:or|which is|that is)\s)\s*(?:\*\*)?\s*";

/// A calculation: what is calculated, and what it gives behind the last equals sign.
pub(super) struct Calculation {
    pub(super) first: Span,
    pub(super) last: Option<Span>,
}

/// The calculation with numbers that begins at a place, perhaps after the name of its value, as in `x = 9 * 2 = 18`.
pub(super) fn calculation(text: &str, start: usize) -> Option<Calculation> {
    static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
        let start = format!(r"\(*[-−+]?\s?{NUMBER}");
        let first = format!("{start}(?:{COUNTED}{OPERATOR}{NUMBER})+");
        let further = format!("{start}(?:{OPERATOR}{NUMBER})*");
        plain(&format!(r"^(?:[a-zA-Z]\w?\s*=\s*)?({first})(?:{COUNTED}{GIVES}({further}))*"))
    });
    let line = within(text, start, LONGEST).split('\n').next()?;
    let captures = PATTERN.captures(line)?;
    let span = |number| captures.get(number).map(|side| (start + side.start(), start + side.end()));
    let first = span(1)?;
    let last = span(2).filter(|last| is_value(text, first, *last)).map(|last| without_currency(text, last));
    Some(Calculation { first, last })
}

/// Whether a side is the value of a calculation. Of `1 + 2, or 3 + 4` both sides are answers, and `2\sqrt{3}` is not 2.
fn is_value(text: &str, first: Span, last: Span) -> bool {
    let (calculated, gives, value) = (&text[first.0..first.1], &text[first.1..last.0], &text[last.0..last.1]);
    let is_equation = gives.contains(['=', '＝', '等']) || gives.contains("equals");
    let is_product = calculated.contains(['*', '×']) || calculated.contains("times");
    let is_number = value.chars().all(|c| c.is_ascii_digit() || ".,/-−$€£¥￥\\".contains(c));
    (is_equation || is_product && is_number) && !goes_on(&text[last.1..])
}

/// Whether what follows a number belongs to the formula that it begins: `2\sqrt{3}`, `2_8`.
fn goes_on(rest: &str) -> bool {
    let is_formula =
        |rest: &str| rest.starts_with(|c: char| c.is_ascii_lowercase()) && !rest.starts_with("text");
    rest.starts_with(['^', '_', '√', 'π']) || rest.strip_prefix('\\').is_some_and(is_formula)
}

fn without_currency(text: &str, (start, end): Span) -> Span {
    let value = text[start..end].trim_start_matches(['\\', '$', '€', '£', '¥', '￥', ' ']);
    (end - value.len(), end)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is calculated and what it gives.
    fn sides(text: &str) -> Option<(&str, Option<&str>)> {
        let found = calculation(text, 0)?;
        Some((&text[found.first.0..found.first.1], found.last.map(|(start, end)| &text[start..end])))
    }

    #[test]
    fn the_last_side_is_the_value() {
        for (text, first, last) in [
            ("9 * 2 = 18 dollars", "9 * 2", "18"),
            ("9*2=18", "9*2", "18"),
            ("9 x 2 = 18", "9 x 2", "18"),
            ("9 × 2 = 18 元", "9 × 2", "18"),
            ("$9 * $2 = $18 every day", "$9 * $2", "18"),
            ("9 eggs * 2 dollars per egg = **$18**", "9 eggs * 2 dollars per egg", "18"),
            ("x = 9 * 2 = 18", "9 * 2", "18"),
            ("(1 + 2) * (3 + 4) = 21", "(1 + 2) * (3 + 4)", "21"),
            ("1,200 / 4 = 3 * 100 = 300.5%", "1,200 / 4", "300.5%"),
            ("2 * 3^2 = 9 + 9 = 18", "2 * 3^2", "18"),
            ("9 \\times 2 = 18", "9 \\times 2", "18"),
            ("9 times 2, or 18", "9 times 2", "18"),
            ("9 plus 9 equals 18", "9 plus 9", "18"),
            ("1/2 + 1/3 = 5/6 of it", "1/2 + 1/3", "5/6"),
            ("3 * 4 * π = 12π", "3 * 4 * π", "12π"),
            ("3 - 5 = -2", "3 - 5", "-2"),
        ] {
            let found = sides(text);
            assert_eq!(found.map(|found| found.1), Some(Some(last)), "{text}");
            assert!(first.starts_with(found.unwrap().0), "{text}");
        }
    }

    #[test]
    fn formulas_and_sentences_are_no_calculations_with_a_value() {
        for text in [
            "18",
            "x = 18",
            "3*x",
            "y = 3*x + 2",
            "3x + 4y = 12",
            "3x + 4 = 16",
            "1 + 2, or 3",
            "12 = 3x + 4y",
            "12 (3 * 4 = 12)",
            "12 because 3 * 4 = 12",
            "12, as 3 * 4 = 12",
            "12. 3 * 4 = 12",
            "12 - we know 3 * 4 = 12",
            "3 * 4\n= 12",
            "1 hour = 60 minutes",
            "3 * 10^5",
            "1 + √2 or 1 - √2",
            "2 * 3 = 2\\sqrt{9}",
        ] {
            assert_eq!(sides(text).and_then(|found| found.1), None, "{text}");
        }
    }
}
