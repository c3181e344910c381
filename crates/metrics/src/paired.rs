//! Tells a difference between two runs over the same samples from noise.

use crate::bootstrap::{self, Bootstrap};
use crate::stats::{
    Part, Z_95, cluster_freedom, clustered_standard_error, mean, square_and_add, standard_error, student_95,
    student_quantile,
};
use statrs::distribution::{ChiSquared, ContinuousCDF, Normal, StudentsT};
use std::collections::HashMap;
use std::hash::Hash;

/// A mean of paired differences, and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedDifference {
    /// Mean of the differences.
    pub mean: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// 95 % interval, by Student's distribution.
    pub interval_95: (f64, f64),
    /// How likely so large a difference, either way, is when there is none.
    pub p_value: f64,
    /// Degrees of freedom of Student's distribution.
    pub freedom: f64,
}

impl PairedDifference {
    /// Returns the same with another error, of which the standard deviation is known and which has nothing to do with the choice of
    /// samples. The degrees of freedom stay, so that nothing becomes surer.
    pub fn with_error(self, standard_deviation: f64) -> PairedDifference {
        let error = self.standard_error.hypot(standard_deviation);
        by_student(self.mean, error, self.freedom).unwrap_or(self)
    }
}

/// Returns the mean of paired differences with interval and p-value of the paired t-test, two-sided.
///
/// In the unit of the differences. Nothing for fewer than two. Differences that are all the same leave no doubt: p is 0,
/// and 1 when they are 0. Source: `scipy.stats.ttest_rel` of SciPy 1.17.
pub fn paired_difference(differences: &[f64]) -> Option<PairedDifference> {
    by_student(mean(differences), standard_error(differences)?, differences.len() as f64 - 1.0)
}

/// Returns the same where samples come in clusters: with the clustered standard error and the [degrees of
/// freedom](cluster_freedom) of the clusters.
///
/// Nothing for fewer than two clusters, and when there is not one cluster for each difference. Source: Miller 2024.
pub fn clustered_difference<T: Eq + Hash>(differences: &[f64], clusters: &[T]) -> Option<PairedDifference> {
    let error = clustered_standard_error(differences, clusters)?;
    // In the order in which they come, so that sums have the same bits each time.
    let (mut places, mut sizes) = (HashMap::new(), Vec::new());
    for cluster in clusters {
        let place = *places.entry(cluster).or_insert(sizes.len());
        sizes.resize(sizes.len().max(place + 1), 0);
        sizes[place] += 1;
    }
    by_student(mean(differences), error, cluster_freedom(sizes.into_iter()))
}

fn by_student(mean: f64, standard_error: f64, freedom: f64) -> Option<PairedDifference> {
    let student = StudentsT::new(0.0, 1.0, freedom).ok()?;
    let half = student_95(freedom) * standard_error;
    let p_value = match standard_error {
        error if error > 0.0 => 2.0 * student.cdf(-(mean / error).abs()),
        _ => f64::from(u8::from(mean == 0.0)),
    };
    let interval_95 = (mean - half, mean + half);
    Some(PairedDifference { mean, standard_error, interval_95, p_value, freedom })
}

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

/// Returns a 95 % interval of the difference of two shares over the same samples: that of wins minus that of losses.
///
/// `losses` and `wins` count the samples, of `count`, that only the one and only the other run has right. The adjusted Wald
/// interval: one more loss and one more win in two more samples, cut off at -1 and 1. It has a width also where the runs disagree
/// on no sample or on all. It is an approximation, so that near its ends [`mcnemar`], which is exact, can judge otherwise. Source:
/// Bonett and Price 2012; recommended by Fagerland, Lydersen and Laake 2014.
pub fn shares_difference_95(losses: u64, wins: u64, count: u64) -> (f64, f64) {
    let total = count as f64 + 2.0;
    let (losses, wins) = ((losses as f64 + 1.0) / total, (wins as f64 + 1.0) / total);
    let difference = wins - losses;
    let half = Z_95 * ((losses + wins - difference * difference) / total).sqrt();
    ((difference - half).max(-1.0), (difference + half).min(1.0))
}

/// A weighted mean of differences, and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeightedDifference {
    /// The weighted mean.
    pub mean: f64,
    /// 95 % interval.
    pub interval_95: (f64, f64),
    /// How likely so large a difference, either way, is when there is none.
    pub p_value: f64,
    /// Half of what 95 % of all lie within, in standard deviations: the error by the wider side of the interval.
    pub error: f64,
}

/// Returns the weighted mean of differences that do not depend on each other, of which each has an interval.
///
/// The interval is theirs [squared and added](square_and_add); the p-value that of a normal distribution whose 95 % reach as far as the
/// interval does towards 0, so that it is below 0.05 where the interval does not hold 0. Weights add up to 1. Nothing without parts, and
/// where no part leaves a doubt.
pub fn weighted_difference(parts: &[Part]) -> Option<WeightedDifference> {
    let mean: f64 = parts.iter().map(|(weight, difference, _)| weight * difference).sum();
    let (low, high) = square_and_add(parts);
    let (below, above) = ((mean - low) / Z_95, (high - mean) / Z_95);
    let towards_none = if mean > 0.0 { below } else { above };
    let is_doubted = towards_none > 0.0;
    is_doubted.then(|| WeightedDifference {
        mean,
        interval_95: (low, high),
        p_value: (2.0 * Normal::standard().sf(mean.abs() / towards_none)).min(1.0),
        error: below.max(above),
    })
}

/// Returns the p-value of McNemar's test by the χ² distribution with Edwards' correction, (|losses − wins| − 1)² over both.
///
/// For many disagreements; below about 25 the exact test is to be preferred. 1 when they disagree on none. Source:
/// `statsmodels.stats.contingency_tables.mcnemar(exact=False, correction=True)`.
pub fn mcnemar_corrected(losses: u64, wins: u64) -> f64 {
    let (Ok(chi_squared), 1..) = (ChiSquared::new(1.0), losses + wins) else { return 1.0 };
    let distance = losses.abs_diff(wins) as f64 - 1.0;
    chi_squared.sf(distance * distance / (losses + wins) as f64)
}

/// Returns 95 % interval and p-value of a mean of paired differences by 100,000 rounds of the paired bootstrap.
///
/// In each round as many differences as there are are drawn with replacement. The interval lies between the 2.5 % and the
/// 97.5 % percentile of the rounds' means; the two-sided p-value is twice the share of rounds on the rarer side of 0, or on
/// it, one round added. The same on every machine for the same seed: only whole numbers are drawn. Nothing for fewer
/// than two differences. Source: Efron and Tibshirani 1993; Koehn 2004.
pub fn paired_bootstrap(differences: &[f64], seed: u64) -> Option<Bootstrap> {
    bootstrap::bootstrap(differences, seed)
}

/// Returns the smallest true difference that would be found to be one with this probability (`power`), by a two-sided test
/// on this level (`significance`), when the difference has this standard error.
///
/// In the unit of the standard error, which has so many degrees of freedom. Nothing without one, and when level and power do not lie
/// between 0 and 1. The usual choice is 0.05 and 0.8, which makes 2.8 standard errors, more with few degrees. Source: Miller 2024,
/// section 5; with Student's distribution, as the test has it.
pub fn minimum_detectable_effect(
    standard_error: f64,
    freedom: f64,
    significance: f64,
    power: f64,
) -> Option<f64> {
    let (level, power) = quantiles(|share| student_quantile(freedom, share), significance, power)?;
    Some((level + power) * standard_error)
}

/// Returns the same for the difference of two shares over `count` samples, by [`mcnemar`], when the runs disagree on `discordant` of
/// them, or on more where so large a difference needs it.
///
/// Nothing where even shares of 0 and 1 would not be told apart. An approximation, with half a sample as correction for continuity:
/// the exact test finds it in 75 to 87 % of runs for a power of 80 %, and in 64 % at least below ten samples. Source: Connor 1987.
pub fn minimum_detectable_difference(
    discordant: u64,
    count: u64,
    significance: f64,
    power: f64,
) -> Option<f64> {
    let (level, power) = quantiles(|share| Some(Normal::standard().inverse_cdf(share)), significance, power)?;
    let total = count as f64;
    let is_found = |difference: f64| {
        let apart = difference.max(discordant as f64 / total);
        let spread = (apart - difference * difference).max(0.0).sqrt();
        total.sqrt() * (difference - 0.5 / total) >= level * apart.sqrt() + power * spread
    };
    let could_be_found = mcnemar(0, count) <= significance;
    if !could_be_found || !is_found(1.0) {
        return None;
    }
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..f64::MANTISSA_DIGITS {
        let middle = (low + high) / 2.0;
        if is_found(middle) { high = middle } else { low = middle }
    }
    Some(high)
}

/// How far a test on this level and of this power reaches, in standard errors.
fn quantiles(of: impl Fn(f64) -> Option<f64>, significance: f64, power: f64) -> Option<(f64, f64)> {
    let is_share = |share: f64| share > 0.0 && share < 1.0;
    let known = is_share(significance) && is_share(power);
    if known { Some((of(1.0 - significance / 2.0)?, of(power)?)) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use statrs::distribution::{Binomial, Discrete};

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
    fn the_difference_of_two_shares_always_has_a_width() {
        // By hand: (8 - 2) / 23 ± 1.96 * sqrt((10 / 23 - (6 / 23)^2) / 23). Fagerland et al. 2014, airway hyper-responsiveness.
        let (low, high) = shares_difference_95(1, 7, 21);
        assert!((low - 0.013_383).abs() < 1e-5 && (high - 0.508_356).abs() < 1e-5, "{low} {high}");
        for (losses, wins, count) in [(0, 0, 1), (0, 0, 100), (3, 0, 3), (0, 100, 100), (50, 50, 100)] {
            let (low, high) = shares_difference_95(losses, wins, count);
            let difference = (wins as f64 - losses as f64) / count as f64;
            assert!(low <= difference && difference <= high && low < high, "{low} {difference} {high}");
        }
        // Where McNemar's exact test does not tell them apart, and where it does.
        assert!(shares_difference_95(3, 0, 3).1 > 0.0 && shares_difference_95(0, 5, 100).0 < 0.0);
        assert!(shares_difference_95(0, 6, 100).0 > 0.0);
    }

    #[test]
    fn a_weighted_difference_of_one_part_is_the_part() {
        let interval = shares_difference_95(2, 9, 40);
        let found = weighted_difference(&[(1.0, 7.0 / 40.0, interval)]).unwrap();
        assert!(
            close(found.interval_95.0, interval.0) && close(found.interval_95.1, interval.1),
            "{found:?}"
        );
        // An end at 0 is a p-value of 0.05.
        let found = weighted_difference(&[(1.0, 0.2, (0.0, 0.5))]).unwrap();
        assert!((found.p_value - 0.05).abs() < 1e-6 && found.mean == 0.2, "{found:?}");
        assert_eq!(weighted_difference(&[]), None);
        assert_eq!(weighted_difference(&[(1.0, 0.5, (0.5, 0.5))]), None);
    }

    #[test]
    fn weighted_differences_hold_the_truth() {
        // Questions, and chances that only the one run has one right, and only the other.
        let cases = [
            [(0.5, 200_u64, 0.1, 0.1), (0.3, 50, 0.02, 0.2), (0.2, 20, 0.0, 0.0)],
            [(0.8, 40, 0.05, 0.05), (0.1, 400, 0.3, 0.1), (0.1, 10, 0.01, 0.3)],
            [(0.34, 30, 0.0, 0.03), (0.33, 30, 0.0, 0.03), (0.33, 30, 0.0, 0.03)],
        ];
        for case in cases {
            let truth: f64 = case.iter().map(|(weight, _, loss, win)| weight * (win - loss)).sum();
            let rounds = 2_000;
            let holds = (0..rounds).filter(|round| {
                let mut random = Random::of_round(11, *round);
                let mut uniform = || random.bits() as f64 / 2_f64.powi(64);
                let parts = case.map(|(weight, count, loss, win)| {
                    let (mut losses, mut wins) = (0, 0);
                    for _ in 0..count {
                        let drawn = uniform();
                        losses += u64::from(drawn < loss);
                        wins += u64::from((loss..loss + win).contains(&drawn));
                    }
                    let difference = (wins as f64 - losses as f64) / count as f64;
                    (weight, difference, shares_difference_95(losses, wins, count))
                });
                let (low, high) = weighted_difference(&parts).unwrap().interval_95;
                (low..=high).contains(&truth)
            });
            let share = holds.count() as f64 / rounds as f64;
            assert!(share > 0.94, "{case:?}: {share}");
        }
    }

    #[test]
    fn corrected_mcnemar_is_the_chi_squared_test() {
        // SciPy 1.17.1: chi2.sf((abs(b - c) - 1)**2 / (b + c), 1).
        for (losses, wins, wanted) in
            [(0, 0, 1.0), (10, 2, 0.043_308_142_810_792_06), (40, 60, 0.057_433_119_632_003_35)]
        {
            let p_value = mcnemar_corrected(losses, wins);
            assert!(close(p_value, wanted), "{losses}, {wins}: {p_value}");
        }
    }

    #[test]
    fn paired_differences_agree_with_scipy() {
        // SciPy 1.17.1: ttest_rel and its confidence_interval(0.95).
        let found = paired_difference(&[0.5, -0.25, 1.0, 0.0, 0.75]).unwrap();
        assert!(close(found.mean, 0.4) && close(found.standard_error, 0.231_840_462_387_392_56), "{found:?}");
        assert!(close(found.p_value, 0.159_552_852_698_393_94), "{found:?}");
        assert!(close(found.interval_95.0, -0.243_692_316_982_269_23), "{found:?}");
        assert_eq!(paired_difference(&[1.0, 1.0]).unwrap().p_value, 0.0);
        assert_eq!(paired_difference(&[0.0, 0.0]).unwrap().p_value, 1.0);
        assert_eq!(paired_difference(&[1.0]), None);
    }

    #[test]
    fn another_error_makes_a_difference_less_sure() {
        let alone = paired_difference(&[0.5, -0.25, 1.0, 0.0, 0.75]).unwrap();
        assert_eq!(alone.with_error(0.0), alone);
        // SciPy 1.17.1: 2 * t.sf(0.4 / 0.3, 4), t.ppf(0.975, 4) * 0.3; 0.3 is the root of 0.2318…² and 0.1904…².
        let found = alone.with_error((0.09 - alone.standard_error.powi(2)).sqrt());
        assert!(
            close(found.standard_error, 0.3) && close(found.p_value, 0.253_288_197_389_114_4),
            "{found:?}"
        );
        assert!(close(found.interval_95.1, 0.4 + 0.832_933_531_559_338), "{found:?}");
        assert!(paired_difference(&[1.0, 1.0]).unwrap().with_error(1.0).p_value > 0.0);
    }

    #[test]
    fn clusters_make_a_difference_less_sure() {
        let differences = [1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0];
        let alone = paired_difference(&differences).unwrap();
        let together = clustered_difference(&differences, &[1, 1, 2, 2, 3, 3, 4, 4]).unwrap();
        assert!(together.p_value > alone.p_value && together.standard_error > alone.standard_error);
        assert_eq!(clustered_difference(&differences, &[1; 8]), None);
    }

    #[test]
    fn what_can_be_detected() {
        // SciPy 1.17: t.ppf(0.975, 9) + t.ppf(0.8, 9).
        assert!(close(minimum_detectable_effect(1.0, 9.0, 0.05, 0.8).unwrap(), 3.145_561_022_483_739_6));
        assert!((minimum_detectable_effect(1.0, 1e9, 0.05, 0.8).unwrap() - 2.801_585_218).abs() < 1e-7);
        assert_eq!(minimum_detectable_effect(1.0, 9.0, 0.0, 0.8), None);
        assert_eq!(minimum_detectable_effect(1.0, 0.0, 0.05, 0.8), None);
    }

    /// How often McNemar's exact test finds a difference on the level of 5 %, when runs disagree on this share of the samples.
    fn power(count: u64, discordant: f64, difference: f64) -> f64 {
        let apart = Binomial::new(discordant, count).unwrap();
        let of_wins = (discordant + difference) / (2.0 * discordant);
        (0..=count)
            .map(|disagreements| {
                let wins = Binomial::new(of_wins.min(1.0), disagreements).unwrap();
                let found = (0..=disagreements)
                    .filter(|wins| mcnemar(disagreements - wins, *wins) <= 0.05)
                    .map(|won| wins.pmf(won));
                apart.pmf(disagreements) * found.sum::<f64>()
            })
            .sum()
    }

    #[test]
    fn a_detectable_difference_is_found_in_four_of_five_runs() {
        for (discordant, count) in [(2, 8), (3, 20), (1, 80), (20, 100)] {
            let found = minimum_detectable_difference(discordant, count, 0.05, 0.8).unwrap();
            let power = power(count, (discordant as f64 / count as f64).max(found), found);
            assert!((0.78..0.88).contains(&power), "{discordant} of {count}: {found}, {power}");
        }
        assert_eq!(minimum_detectable_difference(0, 5, 0.05, 0.8), None, "the exact test cannot find any");
    }
}
