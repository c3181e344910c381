//! Metrics that ask whether an answer is the target.

use std::collections::BTreeSet;

fn truth(is_true: bool) -> f64 {
    f64::from(u8::from(is_true))
}

/// Returns 1 if the answer is one of the targets, both without white space at their ends, else 0.
///
/// More is better. An empty answer, and no target, give 0. Source: `exact_match` of EvalScope 0.5.2.
pub(super) fn equal(answer: &str, targets: &[String]) -> f64 {
    let answer = answer.trim();
    truth(!answer.is_empty() && targets.iter().any(|target| target.trim() == answer))
}

/// Returns 1 if the answer is one of the targets, both trimmed and in lower case, else 0.
///
/// More is better. No target gives 0; an empty answer equals an empty target. Source: `accuracy` of EvalScope 1.14.1; of
/// several targets any counts, as there with `allow_inclusion`.
pub(super) fn equal_folded(answer: &str, targets: &[String]) -> f64 {
    let answer = answer.trim().to_lowercase();
    truth(targets.iter().any(|target| target.trim().to_lowercase() == answer))
}

/// Returns the share of the right letters that the answer has, and 0 if it has a wrong one.
///
/// 0 to 1, more is better. An empty answer, and no target, give 0. The targets together are the right letters.
/// Source: `multi_choice_acc` of EvalScope 1.14.1.
pub(super) fn multi_choice(answer: &str, targets: &[String]) -> f64 {
    let letters = |text: &str| text.trim().to_uppercase().chars().collect::<BTreeSet<char>>();
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
    let number = |text: &str| python_number(text.replace([',', '+'], "").trim().trim_matches('.'));
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
