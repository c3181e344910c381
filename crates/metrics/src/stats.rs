//! Means, standard errors, intervals and percentiles.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};
use std::collections::HashMap;
use std::hash::Hash;

/// The factor of the standard error in a 95 % interval: the 0.975 quantile of the normal distribution.
pub const Z_95: f64 = 1.959_963_984_540_054;

/// Returns the mean; of no values, 0, as EvalScope does.
pub fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// Returns the standard error of the mean: the sample's standard deviation (n − 1) divided by √n.
///
/// In the unit of the values. Nothing for fewer than two values.
pub fn standard_error(values: &[f64]) -> Option<f64> {
    if values.len() < 2 {
        return None;
    }
    let (mean, count) = (mean(values), values.len() as f64);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Some((squares / (count - 1.0) / count).sqrt())
}

/// Returns the standard error of the mean where samples come in clusters, such as questions about one passage.
///
/// The root of the summed squares of the clusters' sums of deviations, over the number of values, with the correction
/// clusters / (clusters − 1). In the unit of the values. Nothing for fewer than two clusters, and when there is not one
/// cluster for each value. Source: Miller 2024, appendix A; the correction as in Inspect AI 0.3.
pub fn clustered_standard_error<T: Eq + Hash>(values: &[f64], clusters: &[T]) -> Option<f64> {
    if values.len() != clusters.len() {
        return None;
    }
    let mean = mean(values);
    let mut places: HashMap<&T, usize> = HashMap::new();
    // In the order of their first values, so that sums round the same each time.
    let mut sums: Vec<f64> = Vec::new();
    for (value, cluster) in values.iter().zip(clusters) {
        let place = *places.entry(cluster).or_insert(sums.len());
        sums.resize(sums.len().max(place + 1), 0.0);
        sums[place] += value - mean;
    }
    if sums.len() < 2 {
        return None;
    }
    let count = sums.len() as f64;
    let squares: f64 = sums.iter().map(|sum| sum * sum).sum();
    Some((squares * count / (count - 1.0)).sqrt() / values.len() as f64)
}

/// Returns the same from each cluster's sum and number of values, where the values are not kept.
///
/// Nothing for fewer than two clusters. The formula is that of [`clustered_standard_error`].
pub fn standard_error_of_clusters(clusters: impl Iterator<Item = (f64, u64)> + Clone) -> Option<f64> {
    let (sum, values, count) = clusters.clone().fold((0.0, 0, 0_u64), |(sum, values, count), cluster| {
        (sum + cluster.0, values + cluster.1, count + 1)
    });
    if count < 2 {
        return None;
    }
    let (mean, count) = (sum / values as f64, count as f64);
    let squares: f64 = clusters.map(|(sum, values)| (sum - values as f64 * mean).powi(2)).sum();
    Some((squares * count / (count - 1.0)).sqrt() / values as f64)
}

/// How much answers about one thing have in common, for degrees of freedom only: the correlation of two values of a cluster.
const COMMON: f64 = 0.1;

/// Returns the degrees of freedom of the standard error of a mean from clusters of these sizes.
///
/// One less than there are clusters where all have one size, fewer else: two large ones among many small ones are little more than
/// two. 0 for fewer than two. Source: Bell and McCaffrey 2002 (Satterthwaite's approximation), for a mean, without their correction
/// of the error itself, with a correlation of 0.1 within clusters.
pub fn cluster_freedom(sizes: impl Iterator<Item = u64> + Clone) -> f64 {
    let (count, total) =
        sizes.clone().fold((0_u64, 0.0), |(count, sum), size| (count + 1, sum + size as f64));
    if count < 2 || total == 0.0 {
        return 0.0;
    }
    // Of each cluster the part of all values, and the variance of its sum.
    let clusters =
        sizes.map(|size| (size as f64 / total, size as f64 * (1.0 + (size as f64 - 1.0) * COMMON)));
    let sum = |of: fn(f64, f64) -> f64| clusters.clone().map(|(part, spread)| of(part, spread)).sum::<f64>();
    let all = sum(|_, spread| spread);
    let squares = sum(|part, _| part * part);
    let shared = sum(|part, spread| part * spread);
    // Trace of the covariance of the clusters' deviations from the mean, and of its square.
    let trace = all - 2.0 * shared + all * squares;
    let of_square = sum(|_, spread| spread * spread) * (1.0 + 2.0 * squares)
        - 4.0 * sum(|part, spread| part * spread * spread)
        + 2.0 * all * sum(|part, spread| part * part * spread)
        + 2.0 * shared * shared
        - 4.0 * all * shared * squares
        + all * all * squares * squares;
    let freedom = trace * trace / of_square;
    // What it is by its nature: beside a cluster that holds nearly all values the differences above are rounding.
    if freedom.is_finite() { freedom.clamp(1.0, count as f64 - 1.0) } else { 1.0 }
}

/// A number that is a part of a sum: its weight, its value, and its 95 % interval.
pub type Part = (f64, f64, (f64, f64));

/// Returns the 95 % interval of a weighted sum of numbers that do not depend on each other, from theirs.
///
/// On either side the root of the squares that they add up to there. So a part whose error is 0, as where all answers are wrong, leaves
/// the doubt that its own interval has. Source: Zou and Donner 2008 (MOVER).
pub fn square_and_add(parts: &[Part]) -> (f64, f64) {
    let sum: f64 = parts.iter().map(|(weight, value, _)| weight * value).sum();
    let root = |side: fn(&Part) -> f64| parts.iter().map(|part| side(part).powi(2)).sum::<f64>().sqrt();
    let below = root(|(weight, value, (low, _))| weight * (value - low));
    let above = root(|(weight, value, (_, high))| weight * (high - value));
    (sum - below, sum + above)
}

/// Returns the standard error of a number from its values without each part of what it was made of, in turn: the jackknife.
///
/// √((n − 1) / n · Σ (value − mean of the values)²), in the unit of the values. For numbers that are no mean over samples and
/// change smoothly with each, such as a ratio of sums or a corpus's BLEU; of a mean it gives [`standard_error`]. Nothing for
/// fewer than two parts. Source: Efron and Stein 1981.
pub fn jackknife_standard_error(without: &[f64]) -> Option<f64> {
    if without.len() < 2 {
        return None;
    }
    let (mean, count) = (mean(without), without.len() as f64);
    let squares: f64 = without.iter().map(|value| (value - mean).powi(2)).sum();
    Some((squares * (count - 1.0) / count).sqrt())
}

/// Returns the 95 % Wilson interval of a share, which stays inside 0 to 1 and has a width at 0 and 1 too.
///
/// Without trials, all is possible: (0, 1). Wilson 1927, without continuity correction.
pub fn wilson_interval(successes: usize, trials: usize) -> (f64, f64) {
    if trials == 0 { (0.0, 1.0) } else { wilson_of_share(successes as f64 / trials as f64, trials as f64) }
}

/// Returns the same of a share (0 to 1) of a number of trials (above 0), neither of which need be whole.
pub fn wilson_of_share(share: f64, count: f64) -> (f64, f64) {
    let square = Z_95 * Z_95;
    let scale = 1.0 + square / count;
    let centre = (share + square / (2.0 * count)) / scale;
    let half = Z_95 * (share * (1.0 - share) / count + square / (4.0 * count * count)).sqrt() / scale;
    // Rounding must not move the ends beyond what is certain.
    let low = if share <= 0.0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if share >= 1.0 { 1.0 } else { (centre + half).min(1.0) };
    (low, high)
}

/// Returns how many standard errors a 95 % interval reaches on either side of a mean, with so many degrees of freedom: 1.96 for very
/// many. Infinite for none.
pub fn student_95(freedom: f64) -> f64 {
    student_quantile(freedom, 0.975).unwrap_or(f64::INFINITY)
}

/// The quantile of Student's distribution; nothing without a degree of freedom.
pub(crate) fn student_quantile(freedom: f64, share: f64) -> Option<f64> {
    // Beyond this the library loses digits, and the first term of the series is exact to ten.
    const MANY: f64 = 1e4;
    if freedom <= MANY {
        return Some(StudentsT::new(0.0, 1.0, freedom).ok()?.inverse_cdf(share));
    }
    let normal = Normal::standard().inverse_cdf(share);
    Some(normal + (normal.powi(3) + normal) / (4.0 * freedom))
}

/// An error below this part of the mean, or of 1, comes of rounding.
const ROUNDING: f64 = 1e-12;

/// Whether the standard error of a mean is 0, rounding apart: values that are all alike do not show how far they can vary.
pub fn is_no_error(standard_error: f64, mean: f64) -> bool {
    standard_error <= ROUNDING * mean.abs().max(1.0)
}

/// Returns a 95 % interval for a mean whose standard error is 0, from so many independent values in the range.
///
/// Wilson's, of the mean as a share of the range: values in it with this mean vary at most as much as those that lie at its ends
/// alone. Nothing without a bound on either side, and without values.
pub fn alike_interval_95(mean: f64, count: usize, range: (f64, f64)) -> Option<(f64, f64)> {
    let width = range.1 - range.0;
    if count == 0 || !width.is_finite() || width <= 0.0 {
        return None;
    }
    let (low, high) = wilson_of_share((mean - range.0) / width, count as f64);
    Some((range.0 + low * width, range.0 + high * width))
}

/// Returns a 95 % interval for the mean of values that lie in the range.
///
/// Wilson's for values that are all 0 or 1, whatever the range; otherwise by Student's distribution, cut off at
/// the range, and for values that are all the same [`alike_interval_95`]. Nothing when that cannot be told: for no values, for
/// a single one that is neither 0 nor 1, and for the same value again and again where the range has no end.
pub fn interval_95(values: &[f64], range: (f64, f64)) -> Option<(f64, f64)> {
    if values.is_empty() {
        return None;
    }
    if values.iter().all(|value| *value == 0.0 || *value == 1.0) {
        let successes = values.iter().filter(|value| **value == 1.0).count();
        return Some(wilson_interval(successes, values.len()));
    }
    let (mean, error) = (mean(values), standard_error(values)?);
    if is_no_error(error, mean) {
        return alike_interval_95(mean, values.len(), range);
    }
    let half = student_95(values.len() as f64 - 1.0) * error;
    Some(((mean - half).max(range.0), (mean + half).min(range.1)))
}

/// Returns the value below which this share (0 to 1) of the values lies, linear between neighbours.
///
/// The default of NumPy's `percentile`. Nothing for no values; a share outside 0 to 1 counts as the nearer end.
pub fn percentile(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    let place = share.clamp(0.0, 1.0) * last as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    Some(between((sorted[below], sorted[above]), place - below as f64))
}

/// A share of the way from one value to another.
pub(crate) fn between((low, high): (f64, f64), share: f64) -> f64 {
    low + (high - low) * share
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(left: f64, right: f64) -> bool {
        (left - right).abs() < 1e-9
    }

    #[test]
    fn clusters_of_unlike_size_leave_fewer_degrees() {
        let freedom = |sizes: &[u64]| cluster_freedom(sizes.iter().copied());
        for (sizes, wanted) in
            [(vec![3; 7], 6.0), (vec![1; 2], 1.0), (vec![9], 0.0), (vec![], 0.0), (vec![0, 0], 0.0)]
        {
            assert!((freedom(&sizes) - wanted).abs() < 1e-12, "{sizes:?}: {}", freedom(&sizes));
        }
        // The definition, with all matrices written out, by NumPy 2.4: tr(B)² / tr(B²).
        for (sizes, wanted) in [
            (vec![2, 1, 1], 1.905_009_876_099_838_9),
            ([vec![60, 40], vec![5; 6]].concat(), 1.544_623_236_387_615),
            ([vec![30; 4], vec![1; 80]].concat(), 4.990_758_820_209_591),
        ] {
            assert!((freedom(&sizes) - wanted).abs() < 1e-9, "{sizes:?}: {}", freedom(&sizes));
        }
    }

    #[test]
    fn a_cluster_beside_which_the_other_is_nothing_leaves_one_degree() {
        for sizes in [[14_042, 1], [20_000, 1], [100_000, 1], [5, 0]] {
            let found = cluster_freedom(sizes.into_iter());
            assert!((found - 1.0).abs() < 1e-9, "{sizes:?}: {found}");
        }
    }

    #[test]
    fn standard_error_divides_by_one_less() {
        // NumPy 2.4.6: std(x, ddof=1) / sqrt(n).
        assert!(close(standard_error(&[0.1, 0.4, 0.35, 0.8]).unwrap(), 0.144_877_822_089_280_93));
        assert_eq!(standard_error(&[1.0]), None);
        assert_eq!(standard_error(&[2.0, 2.0]), Some(0.0));
        assert!(close(mean(&[]), 0.0));
    }

    #[test]
    fn clusters_widen_the_error() {
        let values = [1.0, 1.0, 0.0, 0.0, 1.0, 0.5];
        let error = clustered_standard_error(&values, &["a", "a", "b", "b", "c", "c"]).unwrap();
        // Inspect AI 0.3.285: _clustered_stderr([[1, 1], [0, 0], [1, 0.5]]).
        assert!(close(error, 0.300_462_606_288_665_8), "{error}");
        let alone = clustered_standard_error(&values, &[1, 2, 3, 4, 5, 6]).unwrap();
        assert!(close(alone, standard_error(&values).unwrap()) && alone < error);
        let sums = [(2.0, 2), (0.0, 2), (1.5, 2)];
        assert!(close(standard_error_of_clusters(sums.into_iter()).unwrap(), error));
        assert_eq!(standard_error_of_clusters(sums[..1].iter().copied()), None);
        assert_eq!(clustered_standard_error(&values, &[0; 6]), None);
        assert_eq!(clustered_standard_error(&values, &[0; 5]), None);
    }

    #[test]
    fn the_jackknife_of_a_mean_is_its_standard_error() {
        let values = [0.1, 0.4, 0.35, 0.8];
        let sum: f64 = values.iter().sum();
        let without: Vec<f64> = values.iter().map(|value| (sum - value) / 3.0).collect();
        assert!(close(jackknife_standard_error(&without).unwrap(), standard_error(&values).unwrap()));
        assert_eq!(jackknife_standard_error(&without[..1]), None);
    }

    #[test]
    fn wilson_agrees_with_statsmodels() {
        // statsmodels 0.15.0: proportion_confint(k, n, method="wilson").
        for (successes, trials, low, high) in [
            (0, 10, 0.000000000000, 0.277532799863),
            (10, 10, 0.722467200137, 1.000000000000),
            (1, 2, 0.094531205734, 0.905468794266),
            (37, 120, 0.232727369889, 0.395829977238),
            (742, 1319, 0.535632652840, 0.589098847598),
            (1, 1, 0.206549314377, 1.000000000000),
        ] {
            let interval = wilson_interval(successes, trials);
            assert!(
                close(interval.0, low) && close(interval.1, high),
                "{successes} of {trials}: {interval:?}"
            );
        }
        assert_eq!(wilson_interval(0, 0), (0.0, 1.0));
    }

    #[test]
    fn percentiles_agree_with_numpy() {
        // NumPy 2.4.6: percentile(x, 100 * share).
        let values = [3.0, 1.0, 4.0, 1.5, 9.0, 2.6];
        for (share, wanted) in [(0.0, 1.0), (0.25, 1.775), (0.5, 2.8), (0.9, 6.5), (0.99, 8.75), (1.0, 9.0)] {
            assert!(close(percentile(&values, share).unwrap(), wanted), "{share}");
        }
        assert_eq!(percentile(&[], 0.5), None);
        assert_eq!(percentile(&[7.0], 0.9), Some(7.0));
    }

    #[test]
    fn students_quantiles_agree_with_scipy() {
        // SciPy 1.17: t.ppf(0.975, freedom).
        for (freedom, wanted) in [
            (1.0, 12.706_204_736_174_694),
            (3.0, 3.182_446_305_283_708),
            (100.0, 1.983_971_518_523_552),
            (1e4, 1.960_201_239_890_626),
            (1e5, 1.959_987_707_534_61),
            (1e6, 1.959_966_356_814_107),
        ] {
            assert!((student_95(freedom) - wanted).abs() < 1e-9, "{freedom}: {}", student_95(freedom));
        }
        assert_eq!(student_95(0.0), f64::INFINITY);
    }

    #[test]
    fn intervals_are_cut_off_at_the_range() {
        // SciPy 1.17: 0.85 - t.ppf(0.975, 3) * 0.119023807142.
        let (low, high) = interval_95(&[0.9, 1.0, 0.5, 1.0], (0.0, 1.0)).unwrap();
        assert!((low - 0.471_213_125).abs() < 1e-8 && high == 1.0, "{low}");
        assert_eq!(interval_95(&[0.5], (0.0, 1.0)), None);
        assert_eq!(interval_95(&[], (0.0, 1.0)), None);
        assert_eq!(interval_95(&[1.0, 0.0], (0.0, 1.0)), Some(wilson_interval(1, 2)));
    }

    #[test]
    fn values_that_are_all_the_same_leave_a_doubt() {
        assert_eq!(interval_95(&[0.5, 0.5], (0.0, 1.0)), Some(wilson_interval(1, 2)));
        let (low, high) = interval_95(&[0.1; 30], (0.0, 1.0)).unwrap();
        let wanted = wilson_interval(3, 30);
        assert!(close(low, wanted.0) && close(high, wanted.1), "{low} {high}");
        let (low, high) = alike_interval_95(50.0, 10, (0.0, 100.0)).unwrap();
        let wanted = wilson_interval(5, 10);
        assert!(close(low, 100.0 * wanted.0) && close(high, 100.0 * wanted.1), "{low} {high}");
        assert_eq!(interval_95(&[7.0, 7.0], (0.0, f64::INFINITY)), None);
        assert!(is_no_error(1e-17, 0.1) && !is_no_error(1e-6, 0.1));
    }

    proptest! {
        #[test]
        fn wilson_holds_the_share(trials in 1_usize..500, part in 0.0_f64..=1.0) {
            let successes = (part * trials as f64) as usize;
            let (low, high) = wilson_interval(successes, trials);
            let share = successes as f64 / trials as f64;
            prop_assert!(0.0 <= low && low <= share && share <= high && high <= 1.0 && low < high);
        }
    }
}
