//! Metrics that ask whether an answer is the target.

use crate::python::{trim, with_single_spaces};
use regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;

pub(super) fn truth(is_true: bool) -> f64 {
    f64::from(u8::from(is_true))
}

/// Returns 1 if the answer is one of the targets, both without white space at their ends, else 0.
///
/// More is better. An empty answer, and no target, give 0. Source: `exact_match` of EvalScope 0.5.2.
pub(super) fn equal(answer: &str, targets: &[String]) -> f64 {
    let answer = trim(answer);
    truth(!answer.is_empty() && targets.iter().any(|target| trim(target) == answer))
}

/// Returns 1 if the answer is one of the targets, both trimmed and in lower case, else 0.
///
/// More is better. No target gives 0; an empty answer equals an empty target. Source: `accuracy` of EvalScope 1.14.1; of
/// several targets any counts, as there with `allow_inclusion`.
pub(super) fn equal_folded(answer: &str, targets: &[String]) -> f64 {
    let answer = trim(answer).to_lowercase();
    truth(targets.iter().any(|target| trim(target).to_lowercase() == answer))
}

/// Returns 1 if the answer is one of the targets, both in lower case and without ASCII punctuation, else 0.
///
/// White space counts. More is better. No target gives 0; an answer of nothing but punctuation equals such a target.
/// Source: `exact_match` of lm-evaluation-harness 0.4.13 with `ignore_case` and `ignore_punctuation`.
pub(super) fn equal_bare(answer: &str, targets: &[String]) -> f64 {
    let bare = |text: &str| text.to_lowercase().replace(|c: char| c.is_ascii_punctuation(), "");
    let answer = bare(answer);
    truth(targets.iter().any(|target| bare(target) == answer))
}

/// Returns 1 if the answer, made general, is a target or a target made general, else 0.
///
/// General is a text up to its first comma, full stop or line end, without punctuation and articles, spaces single. Case
/// counts. More is better. No target gives 0. Source: `EMEvaluator` of OpenCompass 0.2 (ms-opencompass 0.1.6).
pub(super) fn equal_general(answer: &str, targets: &[String]) -> f64 {
    let answer = general(answer);
    truth(targets.iter().any(|target| *target == answer || general(target) == answer))
}

pub(crate) fn general(text: &str) -> String {
    static MARK: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[^\w\s]").expect("the regex is a literal"));
    static ARTICLE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?i)\b(?:a|an|the)\b").expect("the regex is a literal"));
    let cut = text.split(['\n', '.', ',']).next().unwrap_or_default();
    let plain = MARK.replace_all(cut, "");
    let plain = ARTICLE.replace_all(&plain, "");
    with_single_spaces(&plain)
}

/// Returns the share of the right letters that the answer has, and 0 if it has a wrong one.
///
/// 0 to 1, more is better. An empty answer, and no target, give 0. The targets together are the right letters.
/// Source: `multi_choice_acc` of EvalScope 1.14.1.
pub(super) fn multi_choice(answer: &str, targets: &[String]) -> f64 {
    let letters = |text: &str| trim(text).to_uppercase().chars().collect::<BTreeSet<char>>();
    let (answer, target) = (letters(answer), letters(&targets.concat()));
    if target.is_empty() || !answer.is_subset(&target) {
        return 0.0;
    }
    answer.len() as f64 / target.len() as f64
}

/// A number as Python reads it: whole numbers must not begin with 0.
fn python_number(text: &str) -> Option<f64> {
    let digits = text.trim_start_matches('-');
    let is_whole = digits.chars().all(|c| c.is_ascii_digit());
    let has_leading_zero = digits.len() > 1 && digits.starts_with('0') && digits.chars().any(|c| c != '0');
    if digits.is_empty() || is_whole && has_leading_zero {
        return None;
    }
    text.parse().ok()
}

/// Returns 1 if answer and target are numbers that differ by at most 0.0001, else 0.
///
/// More is better. What Python's `eval` would not read as a number, `08` too, gives 0. Source: GSM8K in EvalScope 0.5.2.
pub(super) fn gsm8k_0_5(answer: &str, targets: &[String]) -> f64 {
    let number = |text: &str| python_number(trim(&text.replace([',', '+'], "")).trim_matches('.'));
    let Some(answer) = number(answer) else { return 0.0 };
    truth(targets.iter().filter_map(|target| number(target)).any(|target| (target - answer).abs() <= 1e-4))
}

/// Words in lower case without punctuation.
fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Returns 1 if the words of a target stand in the answer side by side, or both are the same number, else 0.
///
/// Case and punctuation do not count; Chinese targets are looked for without word limits. More is better. An empty answer,
/// and an empty target, give 0. Source: our own, for short questions with a short answer.
pub(super) fn short_answer(answer: &str, targets: &[String]) -> f64 {
    let answer_words = words(answer);
    let is_right = |target: &String| {
        let wanted = words(target);
        let holds =
            !wanted.is_empty() && answer_words.windows(wanted.len()).any(|run| run == wanted.as_slice());
        // Chinese has no spaces between words.
        let holds_text =
            !target.is_ascii() && !wanted.is_empty() && answer_words.concat().contains(&wanted.concat());
        holds || holds_text || evalscope_math::same_number(answer, target)
    };
    truth(targets.iter().any(is_right))
}
