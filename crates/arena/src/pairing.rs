//! Which answers meet, and which of them stands first.

use evalscope_core::digest;
use serde::{Deserialize, Serialize};

/// What is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Every model against every other.
    #[default]
    Pairwise,
    /// Every model against the baseline.
    PairwiseBaseline,
    /// Every answer for itself.
    Single,
}

/// What is done about a judge that prefers a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mitigation {
    /// Nothing: the pair's order decides.
    None,
    /// Which one stands first is drawn for each pair and question.
    RandomizeOrder,
    /// Both orders are judged.
    #[default]
    SwapPosition,
}

/// Returns the pairs of so many models in EvalScope's order: each with all before it, (1, 0), (2, 0), (2, 1), …; with a baseline each
/// other model with it.
pub fn pairs(models: usize, baseline: Option<usize>) -> Vec<(usize, usize)> {
    match baseline {
        Some(baseline) => {
            (0..models).filter(|model| *model != baseline).map(|model| (model, baseline)).collect()
        }
        None => (0..models).flat_map(|one| (0..one).map(move |other| (one, other))).collect(),
    }
}

/// Returns whether the second model's answer stands first: drawn from the question, the pair and a seed, so that it is drawn the same
/// way again. EvalScope draws from the question with CPython's generator, and so differently.
pub fn is_turned(question: &str, pair: (&str, &str), seed: u64) -> bool {
    digest(&(question, pair, seed)).bytes().next_back().is_some_and(|byte| byte % 2 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_in_the_order_of_evalscope() {
        assert_eq!(pairs(3, None), [(1, 0), (2, 0), (2, 1)]);
        assert_eq!(pairs(3, Some(1)), [(0, 1), (2, 1)]);
    }

    #[test]
    fn the_order_is_drawn_for_each_question_and_half_are_turned() {
        let turned = (0..1000).filter(|n| is_turned(&format!("question {n}"), ("a", "b"), 123)).count();
        assert!((440..560).contains(&turned), "{turned}");
        assert_eq!(is_turned("hello", ("a", "b"), 123), is_turned("hello", ("a", "b"), 123));
    }
}
