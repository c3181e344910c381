//! Metrics over log-likelihoods of continuations.

use super::{ChoiceInput, ChoiceVerdict};

/// The first of the largest values.
fn argmax(values: impl Iterator<Item = f64>) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for (index, value) in values.enumerate() {
        if best.is_none_or(|(_, highest)| value > highest) {
            best = Some((index, value));
        }
    }
    best.map(|(index, _)| index)
}

fn verdict(input: &ChoiceInput, values: impl Iterator<Item = f64>) -> ChoiceVerdict {
    let chosen = argmax(values);
    let is_right = chosen.and_then(|index| input.correct.get(index)).copied().unwrap_or(false);
    ChoiceVerdict { value: f64::from(u8::from(is_right)), chosen }
}

/// Returns 1 if the continuation with the highest log-likelihood is right, else 0; of equals the first is taken.
///
/// More is better. Without continuations 0. Source: `acc` of lm-evaluation-harness 0.4.13.
pub(super) fn argmax_sum(input: &ChoiceInput) -> ChoiceVerdict {
    verdict(input, input.scores.iter().map(|score| score.sum))
}

/// The same with each log-likelihood divided by the characters of its text.
///
/// Source: HellaSwag in EvalScope 0.5.2, and `acc_norm` of lm-evaluation-harness 0.4.13.
pub(super) fn argmax_per_character(input: &ChoiceInput) -> ChoiceVerdict {
    let lengths = input.choices.iter().map(|choice| choice.chars().count().max(1) as f64);
    verdict(input, input.scores.iter().zip(lengths).map(|(score, length)| score.sum / length))
}

/// The same with each log-likelihood divided by the UTF-8 bytes of its text.
///
/// Source: `acc_bytes` of lm-evaluation-harness 0.4.13.
pub(super) fn argmax_per_byte(input: &ChoiceInput) -> ChoiceVerdict {
    let lengths = input.choices.iter().map(|choice| choice.len().max(1) as f64);
    verdict(input, input.scores.iter().zip(lengths).map(|(score, length)| score.sum / length))
}

/// The same with each log-likelihood divided by the tokens of its continuation.
pub(super) fn argmax_per_token(input: &ChoiceInput) -> ChoiceVerdict {
    verdict(input, input.scores.iter().map(|score| score.sum / f64::from(score.tokens.max(1))))
}

/// Returns 1 if every token of a right continuation is the model's likeliest, else 0.
///
/// More is better. Without continuations 0. Source: `acc` of lm-evaluation-harness 0.4.13 for LAMBADA, where the model
/// would write the continuation by itself.
pub(super) fn greedy(input: &ChoiceInput) -> ChoiceVerdict {
    let mut pairs = input.scores.iter().zip(input.correct);
    let chosen = pairs.position(|(score, correct)| *correct && score.is_greedy);
    ChoiceVerdict { value: f64::from(u8::from(chosen.is_some())), chosen }
}

/// Returns 1 if the first continuation has the highest log-likelihood, else 0.
///
/// More is better. Without continuations 0. Source: MC1 of TruthfulQA, where the first one is the right one.
pub(super) fn mc1(input: &ChoiceInput) -> ChoiceVerdict {
    let chosen = argmax(input.scores.iter().map(|score| score.sum));
    ChoiceVerdict { value: f64::from(u8::from(chosen == Some(0))), chosen }
}

/// Returns the probability of the right continuations, divided by that of all.
///
/// 0 to 1, more is better. Without continuations 0. Source: MC2 of TruthfulQA.
pub(super) fn mc2(input: &ChoiceInput) -> ChoiceVerdict {
    let chosen = argmax(input.scores.iter().map(|score| score.sum));
    // Relative to the largest, so that very unlikely texts do not all become 0.
    let highest = input.scores.iter().map(|score| score.sum).fold(f64::NEG_INFINITY, f64::max);
    let mass = |wanted: bool| -> f64 {
        let pairs = input.scores.iter().zip(input.correct);
        pairs.filter(|(_, correct)| **correct || !wanted).map(|(score, _)| (score.sum - highest).exp()).sum()
    };
    let value = if input.scores.is_empty() { 0.0 } else { mass(true) / mass(false) };
    ChoiceVerdict { value, chosen }
}

/// Returns the log-likelihood of the first continuation.
///
/// Up to 0, more is better. Without continuations the lowest float. Perplexity is an aggregate of it.
pub(super) fn log_likelihood(input: &ChoiceInput) -> ChoiceVerdict {
    let value = input.scores.first().map_or(f64::MIN, |score| score.sum);
    ChoiceVerdict { value, chosen: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use evalscope_core::ContinuationScore;

    fn input(
        sums: &[f64],
        choices: &[&str],
        correct: &[bool],
        run: fn(&ChoiceInput) -> ChoiceVerdict,
    ) -> ChoiceVerdict {
        let scores: Vec<ContinuationScore> = sums
            .iter()
            .map(|sum| ContinuationScore { sum: *sum, tokens: 2, ..ContinuationScore::default() })
            .collect();
        let choices: Vec<String> = choices.iter().map(|text| (*text).to_owned()).collect();
        run(&ChoiceInput { scores: &scores, choices: &choices, correct })
    }

    #[test]
    fn the_first_of_equals_is_chosen() {
        let verdict = input(&[-2.0, -1.0, -1.0], &["a", "b", "c"], &[false, true, false], argmax_sum);
        assert_eq!(verdict, ChoiceVerdict { value: 1.0, chosen: Some(1) });
    }

    #[test]
    fn lengths_normalise() {
        let choices = ["ab", "日本日本"];
        let correct = [false, true];
        assert_eq!(input(&[-3.0, -5.0], &choices, &correct, argmax_sum).chosen, Some(0));
        assert_eq!(input(&[-3.0, -5.0], &choices, &correct, argmax_per_character).chosen, Some(1));
        assert_eq!(input(&[-3.0, -30.0], &choices, &correct, argmax_per_byte).chosen, Some(0));
    }

    #[test]
    fn mc2_is_the_mass_of_the_right_ones() {
        let sums = [0.2f64.ln(), 0.3f64.ln(), 0.5f64.ln()];
        let verdict = input(&sums, &["a", "b", "c"], &[true, true, false], mc2);
        assert!((verdict.value - 0.5).abs() < 1e-12);
        let tiny = input(&[-2000.0, -2000.0], &["a", "b"], &[true, false], mc2);
        assert!((tiny.value - 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_right_continuation_is_greedy() {
        let score = |is_greedy| ContinuationScore { is_greedy, ..ContinuationScore::default() };
        let check = |first, second, correct: [bool; 2]| {
            let scores = [score(first), score(second)];
            greedy(&ChoiceInput { scores: &scores, choices: &[], correct: &correct }).value
        };
        assert!(check(false, true, [false, true]) > 0.5);
        assert!(check(true, false, [false, true]) < 0.5);
    }

    #[test]
    fn the_first_text_has_its_log_likelihood() {
        assert_eq!(input(&[-2.5, -1.0], &["a", "b"], &[true, false], log_likelihood).value, -2.5);
    }

    #[test]
    fn nothing_to_choose_is_wrong() {
        assert_eq!(input(&[], &[], &[], argmax_sum), ChoiceVerdict { value: 0.0, chosen: None });
    }
}
