//! Reads JSON and numbers as generously as Python and pydantic do, which EvalScope reads judges' replies with.

use evalscope_core::without_halves;
use serde_json::{Map, Value};

/// What Python's `json` takes for a number, and nobody else.
const NO_NUMBERS: [&str; 3] = ["NaN", "Infinity", "-Infinity"];

/// Returns the fields of an object as Python's `json.loads` reads it: with numbers that are none or beyond a float, which are
/// `null` here, and with halves of characters, as when a judge's reply is cut in an emoji, which are U+FFFD.
pub fn object(text: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(text).ok().or_else(|| serde_json::from_str(&mended(text)).ok())
}

fn mended(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => {
                let length = text_length(rest);
                out.push_str(&without_halves(&rest[..length]));
                length
            }
            _ if is_of_word(first) => {
                let length = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
                let word = &rest[..length];
                let is_endless = || word.parse::<f64>().is_ok_and(f64::is_infinite);
                let is_digits = word.trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit());
                let is_none = NO_NUMBERS.contains(&word) || is_digits && is_endless();
                out.push_str(if is_none { "null" } else { word });
                length
            }
            other => {
                out.push(other);
                other.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    out
}

fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')
}

/// Bytes of the text in quotation marks that stands at the beginning; all when it has no end.
fn text_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// A number, or a text that is one, as pydantic 2.14 reads it into a `float`; but `true` is no number.
pub fn float(value: &Value) -> Option<f64> {
    let number = match value {
        Value::String(text) => without_underscores(text.trim())?.parse().ok()?,
        other => other.as_f64()?,
    };
    Some(number).filter(|number: &f64| number.is_finite())
}

/// The same as it reads it into an `int`: of a text no exponent, and nothing but zeros after a point.
pub fn whole(value: &Value) -> Option<f64> {
    let Value::String(text) = value else { return float(value) };
    let text = text.trim();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (digits, zeros) = digits.split_once('.').unwrap_or((digits, "0"));
    let digits = without_underscores(digits)?;
    let is_whole = digits.bytes().all(|byte| byte.is_ascii_digit());
    let is_nothing = !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0');
    let number: f64 = digits.parse().ok().filter(|_| is_whole && is_nothing)?;
    Some(if text.starts_with('-') { -number } else { number })
}

/// A number without its underscores; nothing where they begin it, end it or stand side by side.
fn without_underscores(text: &str) -> Option<String> {
    let is_misplaced = text.starts_with('_') || text.ends_with('_') || text.contains("__");
    (!is_misplaced).then(|| text.replace('_', ""))
}
