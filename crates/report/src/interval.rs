//! How sure a mean is, from running sums: a report keeps no values. `evalscope_metrics::stats` says the same of lists.

use evalscope_metrics::stats::{alike_interval_95, is_no_error, student_95, wilson_of_share};

/// Standard error of the mean: sample standard deviation over the root of the number of values. Nothing for
/// fewer than two values. `squares` is the sum of the squared distances from the mean.
pub fn standard_error(squares: f64, n: u64) -> Option<f64> {
    let n = n as f64;
    (n >= 2.0).then(|| (squares / (n - 1.0) / n).sqrt())
}

/// With fewer units on one side than this, their spread does not tell how much they share.
const FEW: u64 = 5;

/// What is independent of each other in a sample of answers: questions with their repeats, or clusters of questions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Units {
    pub count: u64,
    /// Degrees of freedom that they leave.
    pub freedom: f64,
    /// Those with a right answer.
    pub with_right: u64,
    /// Those with a wrong one.
    pub with_wrong: u64,
}

/// The interval around a share of right answers that are not all independent: Wilson's, of as many independent answers as have this
/// standard error. They are no more than there are answers, fewer where the error comes of few units (by Student's distribution),
/// and no more than the units where fewer than five of those have a right answer, or a wrong one. Source: Korn and Graubard 1998,
/// with Wilson's interval in place of Clopper and Pearson's.
pub fn of_share(share: f64, standard_error: f64, answers: u64, units: Units) -> (f64, f64) {
    let all = answers as f64;
    if is_no_error(standard_error, share) {
        return wilson_of_share(share, units.count as f64);
    }
    let as_many = share * (1.0 - share) / (standard_error * standard_error);
    if units.with_right.min(units.with_wrong) < FEW {
        return wilson_of_share(share, as_many.min(units.freedom + 1.0));
    }
    let sureness = student_95(all - 1.0) / student_95(units.freedom);
    wilson_of_share(share, as_many.min(all) * sureness * sureness)
}

/// The interval around a mean over so many independent units, cut to the range of its values: by Student's distribution, and
/// where the error is 0, which says too much, the one that values in the range can have at most. Nothing where that has no bound.
pub fn of_mean(
    mean: f64,
    standard_error: f64,
    (count, freedom): (u64, f64),
    range: (Option<f64>, Option<f64>),
) -> Option<(f64, f64)> {
    let ends = (range.0.unwrap_or(f64::NEG_INFINITY), range.1.unwrap_or(f64::INFINITY));
    if is_no_error(standard_error, mean) {
        return alike_interval_95(mean, count as usize, ends);
    }
    let half = student_95(freedom) * standard_error;
    Some(((mean - half).max(ends.0), (mean + half).min(ends.1)))
}

/// An interval around a mean with an error beside it that has nothing to do with the choice of questions.
pub fn widened(
    mean: f64,
    ends: (f64, f64),
    half_width: f64,
    range: (Option<f64>, Option<f64>),
) -> (f64, f64) {
    let low = mean - (mean - ends.0).hypot(half_width);
    let high = mean + (ends.1 - mean).hypot(half_width);
    (range.0.map_or(low, |least| low.max(least)), range.1.map_or(high, |most| high.min(most)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::{MetricInfo, Tally};
    use evalscope_metrics::random::Random;

    #[track_caller]
    fn close(found: f64, wanted: f64) {
        assert!((found - wanted).abs() < 1e-12, "{found} is not {wanted}");
    }

    #[test]
    fn standard_error_matches_reference() {
        // Python 3: statistics.stdev([0.1, 0.4, 0.35, 0.8]) / 2.
        close(standard_error(0.251875, 4).unwrap(), 0.14487782208928093);
        assert_eq!(standard_error(0.0, 1), None);
        assert_eq!(standard_error(0.0, 2), Some(0.0));
    }

    #[test]
    fn another_error_is_added_in_squares() {
        let (low, high) = widened(0.5, (0.2, 0.9), 0.4, (Some(0.0), Some(1.0)));
        assert!((low, high) == (0.0, 1.0));
        let (low, high) = widened(0.5, (0.2, 0.9), 0.3, (None, None));
        close(low, 0.5 - 0.18_f64.sqrt());
        close(high, 1.0);
    }

    #[test]
    fn means_stay_in_their_range_and_few_questions_are_less_sure() {
        assert_eq!(of_mean(0.5, 1.0, (50, 49.0), (Some(0.0), Some(1.0))), Some((0.0, 1.0)));
        // SciPy 1.17: t.ppf(0.975, 3).
        let (low, high) = of_mean(10.0, 1.0, (4, 3.0), (None, None)).unwrap();
        close(low, 10.0 - 3.182_446_305_284_263);
        close(high, 10.0 + 3.182_446_305_284_263);
    }

    /// How often the interval holds the truth, where a chance is drawn so often and `add` adds what is right by it: a uniform
    /// number to the power of `bent` (Beta(1 / bent, 1)), or its complement.
    fn coverage(
        draws: usize,
        (bent, is_easy): (f64, bool),
        add: impl Fn(&mut Tally, usize, &mut dyn FnMut() -> bool),
    ) -> f64 {
        let rounds = 1_000;
        let mean = 1.0 / (1.0 + bent);
        let truth = if is_easy { 1.0 - mean } else { mean };
        let holds = (0..rounds).filter(|round| {
            let mut random = Random::of_round(7, *round);
            let mut uniform = || random.bits() as f64 / 2_f64.powi(64);
            let mut tally = Tally::default();
            for draw in 0..draws {
                let chance = uniform().powf(bent);
                add(&mut tally, draw, &mut || (uniform() < chance) != is_easy);
            }
            let (low, high) = tally.summary("m", &MetricInfo::SHARE).interval_95.unwrap();
            (low..=high).contains(&truth)
        });
        holds.count() as f64 / rounds as f64
    }

    #[test]
    fn intervals_hold_what_they_promise() {
        for (asked, bent, is_easy) in [
            ((100_usize, 3_u64), 99.0, false),
            ((30, 16), 2.3, false),
            ((30, 16), 49.0, false),
            ((30, 64), 1.0, false),
            ((4, 4), 2.3, false),
            ((8, 4), 9.0, true),
            ((300, 3), 0.4, false),
        ] {
            let (questions, repeats) = asked;
            let found = coverage(questions, (bent, is_easy), |tally, _, is_right| {
                let right = (0..repeats).filter(|_| is_right()).count();
                tally.add_question(right as f64, repeats, None);
            });
            assert!(found > 0.935, "{asked:?} {bent} {is_easy}: {found}");
        }
    }

    /// The same of questions asked once in clusters of so many, each with a chance of its own.
    fn coverage_of_clusters(sizes: &[usize], bent: f64, is_easy: bool) -> f64 {
        coverage(sizes.len(), (bent, is_easy), |tally, cluster, is_right| {
            for _ in 0..sizes[cluster] {
                tally.add_question(f64::from(u8::from(is_right())), 1, Some(&cluster.to_string()));
            }
        })
    }

    #[test]
    fn intervals_of_clusters_hold_what_they_promise() {
        for (sizes, bent, is_easy) in [
            (vec![4; 25], 2.3, false),
            (vec![10; 12], 1.0, false),
            (vec![5; 60], 9.0, true),
            ([3, 4, 5, 6].repeat(12), 2.3, true),
            (vec![60, 40, 5, 5, 5, 5, 5, 5], 1.0, false),
            ([vec![50; 2], vec![1; 10]].concat(), 1.0, false),
            (vec![40, 20, 10, 5, 5, 5, 5, 5, 5], 2.3, false),
            ([vec![30; 4], vec![1; 80]].concat(), 0.4, true),
        ] {
            let found = coverage_of_clusters(&sizes, bent, is_easy);
            assert!(found > 0.935, "{sizes:?} {bent} {is_easy}: {found}");
        }
    }
}
