//! Calculations in prose: of `9 * 2 = 18 dollars` the answer is 18, neither 9 nor 9 · 2.

use super::latex::within;
use super::marker::{Span, plain};
use regex::Regex;
use std::sync::LazyLock;

/// No calculation in prose is longer, in bytes.
const LONGEST: usize = 300;

/// A number as people write it, perhaps with a currency: `1,200`, `.5`, `2π`, `√3`, `50%`, `$-4`,
/// `1.5e3`, `\frac{1}{2}`.
const NUMBER: &str = r"\\?[$€£¥￥]?\s?[-−]?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d+\b)?|\.\d+|\\[dt]?frac\{\d+\}\{\d+\}|[π√])(?:\s?[π√]\(?\d*\)?)?(?:\s?\\?%)?\)*";

/// What stands between two of them. The letter is a sign only between numbers: `3x + 4 = 16` is
/// an equation.
const OPERATOR: &str = r"(?:\s*(?:\*\*|\\times\b|\\cdot\b|\\div\b|[-−–+*×·÷/:^])\s*\(*[-−+]?\s?|\s*[xX]\s*|\s+(?:times|multiplied by|plus|minus|divided by)\s+)";

/// What is counted: `2 dollars per egg`.
const COUNTED: &str = r"(?:\s[a-zA-Z]{2,}){0,3}";

/// What stands before the value of a calculation.
const EQUALS: &str = r"\s*(?:\*\*)?\s*(?:=+|＝|等于|\bequals\b)\s*(?:\*\*)?\s*";

/// What may stand there in words: `9 times 2, or 18`.
const IN_WORDS: &str = r"\s*(?:\*\*)?\s*,\s(?:or|which is|that is)\s+(?:\*\*)?\s*";

/// What says that the next calculation is the reason for this one, a check of it, or beside the point.
const EXPLAINS: &str = r"(?i)[(\[（][^)\]）]*$|\b(?:because|since|as|for|where|given|note|leaving|check\w*|verif\w*)\b|因为|由于|其中|验证|验算|检查|检验";

/// A calculation: what is calculated, and what it gives behind the last equals sign.
pub(super) struct Calculation {
    pub(super) first: Span,
    pub(super) last: Option<Span>,
}

/// A side that is calculated, and one behind a sign, as patterns.
fn sides() -> (String, String) {
    let start = format!(r"\(*[-−+]?\s?{NUMBER}");
    let calculated = format!("{start}(?:{COUNTED}{OPERATOR}{NUMBER})+");
    (calculated, format!("{start}(?:{OPERATOR}{NUMBER})*"))
}

/// The calculation with numbers that begins at a place, perhaps after the name of its value, as in `x = 9 * 2 = 18`.
pub(super) fn calculation(text: &str, start: usize) -> Option<Calculation> {
    static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
        let (first, further) = sides();
        let value = format!("{COUNTED}{IN_WORDS}({further})|(?:{COUNTED}{EQUALS}({further}))+");
        plain(&format!(r"^(?:[a-zA-Z]\w?\s*=\s*)?({first})(?:{value})?"))
    });
    let line = line(text, start);
    let captures = PATTERN.captures(line)?;
    let first = captures.get(1)?;
    let in_words = captures.get(2).filter(|value| is_product(first.as_str()) && is_number(value.as_str()));
    let value = captures.get(3).or(in_words).map(|value| (start + value.start(), start + value.end()));
    let last = value.and_then(|value| whole(text, value));
    Some(Calculation { first: (start + first.start(), start + first.end()), last })
}

/// The same, but where others follow on the line, and not as a reason or check, it is a step: the value is that of the last.
pub(super) fn last_calculation(text: &str, start: usize) -> Option<Calculation> {
    static STEP: LazyLock<Regex> = LazyLock::new(|| {
        let (first, further) = sides();
        plain(&format!("{first}(?:{COUNTED}{EQUALS}({further}))+"))
    });
    static REASON: LazyLock<Regex> = LazyLock::new(|| plain(EXPLAINS));
    let found = calculation(text, start)?;
    let Some(mut value) = found.last else { return Some(found) };
    let from = value.1;
    for step in STEP.captures_iter(&line(text, start)[from - start..]) {
        let (step, side) = (step.get(0)?, step.get(1)?);
        let bracket = usize::from(step.as_str().starts_with('('));
        if REASON.is_match(&text[value.1..from + step.start() + bracket]) {
            break;
        }
        value = (from + side.start(), from + side.end());
    }
    Some(Calculation { last: whole(text, value), ..found })
}

/// The rest of the line, as far as a calculation may go; a Chinese full stop ends it.
fn line(text: &str, start: usize) -> &str {
    within(text, start, LONGEST).split(['\n', '。']).next().unwrap_or_default()
}

fn is_product(calculated: &str) -> bool {
    calculated.contains(['*', '×']) || calculated.contains("times")
}

fn is_number(value: &str) -> bool {
    value.chars().all(|c| c.is_ascii_digit() || ".,/-−$€£¥￥\\".contains(c))
}

/// A value without its currency; nothing where it begins a formula, mixed number or longer number: `2\sqrt{3}`, `2_8`, `3 1/2`,
/// `7i`.
fn whole(text: &str, (start, end): Span) -> Option<Span> {
    static GOES_ON: LazyLock<Regex> = LazyLock::new(|| {
        plain(r"^(?:\d|[xyzni]\b| ?(?:[\^_√π]|\\(?:frac|dfrac|tfrac|sqrt|pi|cdot|times|d?binom)\b|\d+/\d))")
    });
    if GOES_ON.is_match(&text[end..]) {
        return None;
    }
    let value =
        text[start..end].trim_start_matches("\\$").trim_start_matches(['$', '€', '£', '¥', '￥', ' ']);
    Some((end - value.len(), end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str, found: Option<Calculation>) -> Option<(&str, Option<&str>)> {
        let found = found?;
        Some((&text[found.first.0..found.first.1], found.last.map(|(start, end)| &text[start..end])))
    }

    /// What is calculated and what it gives.
    fn sides(text: &str) -> Option<(&str, Option<&str>)> {
        parts(text, calculation(text, 0))
    }

    #[test]
    fn the_last_side_is_the_value() {
        for (text, first, last) in [
            ("9 * 2 = 18 dollars", "9 * 2", "18"),
            ("9*2=18", "9*2", "18"),
            ("9 x 2 = 18", "9 x 2", "18"),
            ("9 × 2 = 18 元", "9 × 2", "18"),
            ("$9 * $2 = $18 every day", "$9 * $2", "18"),
            ("9 eggs * 2 dollars per egg = **$18**", "9 eggs * 2", "18"),
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
            ("3 * 500 = 1.5e3 m", "3 * 500", "1.5e3"),
            ("6/8 = \\frac{3}{4} of it", "6/8", "\\frac{3}{4}"),
            ("9 * \\$2 = \\$18", "9 * \\$2", "18"),
            // What says it in another unit does not.
            ("3 * 60 = 180 minutes, or 3 hours", "3 * 60", "180"),
            ("100 - 25 = 75, or 75% of the total", "100 - 25", "75"),
            ("20 + 16 = 36 inches, that is 3 feet", "20 + 16", "36"),
        ] {
            let found = sides(text);
            assert_eq!(found, Some((first, Some(last))), "{text}");
        }
    }

    #[test]
    fn of_several_on_a_line_the_last_counts_but_no_reason_or_check() {
        for (text, first, last) in [
            ("16 - 3 - 4 = 9 eggs sold, 9 * 2 = 18 dollars", "9", "18"),
            ("16 - 3 - 4 = 9 eggs. 9 * 2 = $18.", "9", "18"),
            ("48 / 2 = 24. Natalia sold 48 + 24 = 72 clips.", "24", "72"),
            ("3 × 4 = 12，12 + 5 = 17（个）", "12", "17"),
            ("9 * 2 = 18, because 16 - 7 = 9", "18", "18"),
            ("9 * 2 = 18 (16 - 7 = 9)", "18", "18"),
            ("48 + 24 = 72. Check: 72 - 24 = 48", "72", "72"),
            ("48 + 24 = 72. To verify, 72 - 24 = 48", "72", "72"),
            ("9 * 2 = 18, leaving 20 - 18 = 2", "18", "18"),
            ("48+24=72。那么72-24=48", "72", "72"),
            ("48+24=72，验证：72-24=48", "72", "72"),
            ("9 * 2 = 18, 5 × 4 = 20x", "18", ""),
        ] {
            let last = Some(last).filter(|last| !last.is_empty());
            assert_eq!(sides(text).and_then(|found| found.1), Some(first), "{text}");
            assert_eq!(parts(text, last_calculation(text, 0)).and_then(|found| found.1), last, "{text}");
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
            "7/2 = 3 1/2 cups",
            "10/4 = 2 \\frac{1}{2}",
            "4 \\cdot 3 = 12 \\pi",
            "9 - 4 = 5 + 2i",
            "5 × 4 = 20x",
        ] {
            assert_eq!(sides(text).and_then(|found| found.1), None, "{text}");
        }
    }
}
