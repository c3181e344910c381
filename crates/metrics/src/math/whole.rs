//! Equality of answers that are whole numbers, written as such.

use crate::python::trim;
use regex::Regex;
use std::sync::LazyLock;

/// Words and signs that dress a number without changing it.
const DRESS: [&str; 13] = [
    "\\boxed", "\\fbox", "\\textbf", "\\text", "\\mathbf", "\\mathrm", "\\(", "\\)", "\\$", "$", "{", "}",
    "*",
];

/// Returns 1 if the answer is written as a whole number and is one of the targets, else 0.
///
/// Range 0 to 1, without a unit; more is better. `073`, `73.0`, `1,073`, `7.3e1` and `\textbf{(73)}` are whole numbers,
/// as is one with a unit in `\text{ …}`. `146/2`, `73%`, `x = 73` and `73^\circ` are none, though they have the value:
/// the examination asks for the number itself. Neither is `0,588`, as two boxes with 0 and 588 are read. An empty answer, and no target, give 0.
///
/// Definition: `compare_answers` of EvalScope 1.14.1 with `integer_only`, for AIME. We differ on purpose where it takes
/// a bold or bracketed number, or one with a full stop after it, for no number.
pub fn metric(answer: &str, targets: &[String]) -> f64 {
    let is_right = |answer: String| targets.iter().any(|target| is_same(&answer, target));
    f64::from(u8::from(literal(answer).is_some_and(is_right)))
}

fn is_same(answer: &str, target: &str) -> bool {
    literal(target).is_some_and(|target| evalscope_math::same_number(answer, &target))
}

/// The number without its dress; nothing when it is no whole number.
fn literal(text: &str) -> Option<String> {
    static WHOLE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^[+-]?(?:[0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{3})+)(?:\.0*|(?:\.[0-9]+)?[eE]\+?[0-9]+)?$")
            .expect("the regex is a literal")
    });
    let without_unit = text.split_once("\\text{ ").map_or(text, |(number, _)| number);
    let mut text = without_unit.to_owned();
    for dress in DRESS {
        text = text.replace(dress, "");
    }
    let text = trim(&text);
    let text = trim(text.strip_prefix('(').and_then(|inside| inside.strip_suffix(')')).unwrap_or(text));
    WHOLE.is_match(text).then(|| text.trim_end_matches('.').to_owned())
}
