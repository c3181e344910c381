//! Exact match with the switches of lm-evaluation-harness: nothing trimmed, parts of both texts ignored.

use crate::python::PUNCTUATION;

fn is_match(answer: &str, targets: &[String], normalize: impl Fn(&str) -> String) -> f64 {
    let answer = normalize(answer);
    f64::from(u8::from(targets.iter().any(|target| normalize(target) == answer)))
}

/// Returns 1 if the answer is a target, character by character, else 0.
///
/// More is better; of several targets any counts, and no target gives 0. Source: `exact_match` of lm-evaluation-harness
/// 0.4.13 (that of Hugging Face evaluate).
pub fn exact(answer: &str, targets: &[String]) -> f64 {
    is_match(answer, targets, str::to_owned)
}

/// The same without regard to case: `ignore_case`.
pub fn ignoring_case(answer: &str, targets: &[String]) -> f64 {
    is_match(answer, targets, str::to_lowercase)
}

/// The same without regard to case and ASCII punctuation: `ignore_case`, `ignore_punctuation`.
pub fn ignoring_case_and_punctuation(answer: &str, targets: &[String]) -> f64 {
    is_match(answer, targets, |text| crate::python::without_punctuation(&text.to_lowercase()))
}

/// The same without regard to case, ASCII punctuation and ASCII digits: `ignore_numbers` too.
pub fn ignoring_all(answer: &str, targets: &[String]) -> f64 {
    is_match(answer, targets, |text| {
        let is_kept = |c: &char| !c.is_ascii_digit() && !PUNCTUATION.contains(*c);
        text.to_lowercase().chars().filter(is_kept).collect()
    })
}
