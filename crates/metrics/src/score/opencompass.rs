//! Metrics of OpenCompass 0.2's data sets.

use super::equal::truth;
use super::{TextMetric, share};
use crate::math;
use crate::python::trim;

/// All of them.
pub(super) const TABLE: &[TextMetric] = &[
    share(
        "contains_folded",
        "1 if a target stands anywhere in the answer, both in lower case, else 0; OpenCompass 0.2 for TriviaQA",
        contains_folded,
    ),
    share(
        "whole_nearly",
        "1 if the answer is within 0.000001 of the target, a whole number, else 0; OpenCompass 0.2 for GSM8K",
        whole_nearly,
    ),
    share(
        "letter_each",
        "share of the targets that are the answer's letter in their place, 0 for too few letters; of one target 0.5 for \
         some of its letters; OpenCompass 0.2 for GAOKAO-Bench",
        letter_each,
    ),
    share(
        "math_equal_opencompass",
        "1 if answer and target are the same text after two normalisations, else 0; `MATHEvaluator` v2 of OpenCompass 0.2",
        math::equal_opencompass,
    ),
];

/// Returns 1 if a target stands anywhere in the answer, both in lower case, else 0.
///
/// More is better. No target gives 0; an empty target stands in every answer. Source: `NQEvaluator` and `TriviaQAEvaluator`
/// of OpenCompass 0.2 (ms-opencompass 0.1.6), after their clean-up of both.
fn contains_folded(answer: &str, targets: &[String]) -> f64 {
    let answer = answer.to_lowercase();
    truth(targets.iter().any(|target| answer.contains(&target.to_lowercase())))
}

/// Returns 1 if answer and target are the same text, or numbers that differ by less than 0.000001, the target a whole
/// one; else 0.
///
/// More is better. Source: `Gsm8kEvaluator` of OpenCompass 0.2 (ms-opencompass 0.1.6).
fn whole_nearly(answer: &str, targets: &[String]) -> f64 {
    let is_near = |target: &String| {
        let whole = trim(target).parse::<i64>().ok().zip(trim(answer).parse::<f64>().ok());
        whole.is_some_and(|(target, answer)| (answer - target as f64).abs() < 1e-6)
    };
    truth(targets.iter().any(|target| target == answer || is_near(target)))
}

/// Returns the share of the targets that are the answer's letter in their place.
///
/// 0 to 1, more is better. An answer without as many letters as there are targets gives 0. The one target of a question can
/// have several letters: then 1 for all of them, in order, and 0.5 for some of them and no wrong one. Source:
/// `GaokaoBenchEvaluator` of OpenCompass 0.2 (ms-opencompass 0.1.6).
fn letter_each(answer: &str, targets: &[String]) -> f64 {
    if let [target] = targets {
        let is_part = !answer.is_empty() && answer.chars().all(|letter| target.contains(letter));
        return if answer == target { 1.0 } else { 0.5 * truth(is_part) };
    }
    if answer.chars().count() != targets.len() || targets.is_empty() {
        return 0.0;
    }
    let is_right = |(letter, target): &(char, &String)| target.chars().eq(std::iter::once(*letter));
    answer.chars().zip(targets).filter(is_right).count() as f64 / targets.len() as f64
}
