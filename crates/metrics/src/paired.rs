//! Tells a difference between two runs over the same samples from noise.

use crate::stats::{mean, percentile};

/// Draws of the bootstrap: enough for two digits of an interval's ends.
const DRAWS: usize = 2_000;

/// Returns the p-value of McNemar's exact test, two-sided: how likely it is that of all samples on which two runs
/// disagree, at least so uneven a share goes one way, when either way is as likely.
///
/// `losses` and `wins` count the samples that only the one and only the other run has right. Between 0 and 1; 1 when
/// they disagree on none. The binomial form of `statsmodels.stats.contingency_tables.mcnemar(exact=True)`.
pub fn mcnemar(losses: u64, wins: u64) -> f64 {
    let (count, fewer) = (losses + wins, losses.min(wins));
    let total = count as f64;
    // Sums in logarithms: a binomial coefficient soon leaves the range of a float.
    let mut term = -total * std::f64::consts::LN_2;
    let mut sum = term.exp();
    for k in 0..fewer {
        term += ((total - k as f64) / (k as f64 + 1.0)).ln();
        sum += term.exp();
    }
    (2.0 * sum).min(1.0)
}

/// Returns the 95 % interval of a mean of paired differences by the percentile bootstrap, the same each time.
///
/// In the unit of the differences. Nothing for fewer than two.
pub fn bootstrap_interval_95(differences: &[f64], seed: u64) -> Option<(f64, f64)> {
    if differences.len() < 2 {
        return None;
    }
    let mut random = SplitMix64(seed);
    let mut drawn = vec![0.0; differences.len()];
    let means: Vec<f64> = (0..DRAWS)
        .map(|_| {
            drawn.iter_mut().for_each(|value| *value = differences[random.below(differences.len())]);
            mean(&drawn)
        })
        .collect();
    Some((percentile(&means, 0.025)?, percentile(&means, 0.975)?))
}

/// Steele, Lea and Flood 2014.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.next()) * end as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(left: f64, right: f64) -> bool {
        (left - right).abs() < 1e-9
    }

    #[test]
    fn mcnemar_is_the_binomial_test() {
        // By hand from the binomial distribution: 2 * sum of C(n, k) / 2^n for k up to the smaller count.
        for (losses, wins, wanted) in [
            (0, 0, 1.0),
            (3, 1, 0.625),
            (0, 5, 0.0625),
            (0, 6, 0.03125),
            (10, 2, 0.038_574_218_75),
            (5, 5, 1.0),
        ] {
            assert!(close(mcnemar(losses, wins), wanted), "{losses}, {wins}: {}", mcnemar(losses, wins));
            assert!(close(mcnemar(wins, losses), wanted));
        }
        assert!(mcnemar(60_000, 60_000) > 0.99 && mcnemar(100_000, 0) < 1e-300);
    }

    #[test]
    fn bootstrap_repeats_and_holds_the_mean() {
        let differences: Vec<f64> = (0..200).map(|n| f64::from(n % 5) / 10.0 - 0.1).collect();
        let (low, high) = bootstrap_interval_95(&differences, 1).unwrap();
        assert_eq!(bootstrap_interval_95(&differences, 1), Some((low, high)));
        assert!(low < 0.1 && 0.1 < high && high - low < 0.05, "{low} to {high}");
        assert_eq!(bootstrap_interval_95(&[0.0, 0.0, 0.0], 1), Some((0.0, 0.0)));
        assert_eq!(bootstrap_interval_95(&[0.5], 1), None);
    }
}
