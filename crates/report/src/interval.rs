//! How sure a mean is, from running sums: a report keeps no values. `evalscope_metrics::stats` says the same of lists.

use evalscope_metrics::stats::{alike_interval_95, is_no_error};

/// The normal distribution's quantile for 95 %, both sides.
pub const Z: f64 = 1.959_963_984_540_054;

/// Standard error of the mean: sample standard deviation over the root of the number of values. Nothing for
/// fewer than two values. `squares` is the sum of the squared distances from the mean.
pub fn standard_error(squares: f64, n: u64) -> Option<f64> {
    let n = n as f64;
    (n >= 2.0).then(|| (squares / (n - 1.0) / n).sqrt())
}

/// The normal interval around a mean, cut to the range of its values.
pub fn normal(mean: f64, standard_error: f64, range: (Option<f64>, Option<f64>)) -> (f64, f64) {
    let low = mean - Z * standard_error;
    let high = mean + Z * standard_error;
    (range.0.map_or(low, |least| low.max(least)), range.1.map_or(high, |most| high.min(most)))
}

/// The interval around a mean over so many independent questions: normal, and where the error is 0, which says too much, the one
/// that values in the range can have at most. Nothing where that has no bound.
pub fn of_mean(
    mean: f64,
    standard_error: f64,
    questions: u64,
    range: (Option<f64>, Option<f64>),
) -> Option<(f64, f64)> {
    if !is_no_error(standard_error, mean) {
        return Some(normal(mean, standard_error, range));
    }
    let ends = (range.0.unwrap_or(f64::NEG_INFINITY), range.1.unwrap_or(f64::INFINITY));
    alike_interval_95(mean, questions as usize, ends)
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
    fn normal_stays_in_range() {
        assert_eq!(normal(0.5, 1.0, (Some(0.0), Some(1.0))), (0.0, 1.0));
        let (low, high) = normal(10.0, 1.0, (None, None));
        close(low, 10.0 - Z);
        close(high, 10.0 + Z);
    }
}
