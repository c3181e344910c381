//! A number with its 95 % interval, from values of which each is one observation.

use evalscope_metrics::stats::{Z_95, mean, standard_error, wilson_interval};
use schemars::JsonSchema;
use serde::Serialize;

/// A number, and where it may lie.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// 95 % interval.
    pub interval_95: (f64, f64),
}

impl Estimate {
    /// The mean; Wilson's interval for values of 0 and 1, else the normal one. Nothing for fewer than two values.
    pub fn mean(values: &[f64]) -> Option<Estimate> {
        let value = mean(values);
        let error = standard_error(values)?;
        let ones = values.iter().filter(|value| **value == 1.0).count();
        let zeros = values.iter().filter(|value| **value == 0.0).count();
        let interval_95 = match ones + zeros == values.len() {
            true => wilson_interval(ones, values.len()),
            false => (value - Z_95 * error, value + Z_95 * error),
        };
        Some(Estimate { value, interval_95 })
    }

    /// The mean of differences, which may be of either sign. Nothing for fewer than two.
    pub fn mean_of_differences(values: &[f64]) -> Option<Estimate> {
        let (value, error) = (mean(values), standard_error(values)?);
        Some(Estimate { value, interval_95: (value - Z_95 * error, value + Z_95 * error) })
    }

    /// What one more of `x` adds to `y` (least squares), with an interval that holds whatever the scatter is (HC1). Nothing for
    /// fewer than three pairs, and where all `x` are equal.
    pub fn slope(pairs: &[(f64, f64)]) -> Option<Estimate> {
        let count = pairs.len() as f64;
        if pairs.len() < 3 {
            return None;
        }
        let middle = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / count;
        let (mean_x, mean_y) = (middle(|pair| pair.0), middle(|pair| pair.1));
        let spread: f64 = pairs.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
        if spread <= 0.0 {
            return None;
        }
        let value = pairs.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum::<f64>() / spread;
        let left = |(x, y): &(f64, f64)| (x - mean_x) * (y - mean_y - value * (x - mean_x));
        let scatter: f64 = pairs.iter().map(|pair| left(pair).powi(2)).sum();
        let half = Z_95 * (scatter * count / (count - 2.0)).sqrt() / spread;
        Some(Estimate { value, interval_95: (value - half, value + half) })
    }

    /// Whether it can be told from 0.
    pub fn is_certain(&self) -> bool {
        self.interval_95.0 > 0.0 || self.interval_95.1 < 0.0
    }

    /// The same times a factor.
    pub fn times(&self, factor: f64) -> Estimate {
        let ends = (self.interval_95.0 * factor, self.interval_95.1 * factor);
        let interval_95 = if factor < 0.0 { (ends.1, ends.0) } else { ends };
        Estimate { value: self.value * factor, interval_95 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_and_their_intervals_are_those_of_statsmodels() {
        // statsmodels 0.14: OLS([1, 2, 2, 5], constant and [0, 1, 2, 3]).fit(cov_type="HC1").
        let found = Estimate::slope(&[(0.0, 1.0), (1.0, 2.0), (2.0, 2.0), (3.0, 5.0)]).unwrap();
        assert!((found.value - 1.2).abs() < 1e-12, "{found:?}");
        let half = (found.interval_95.1 - found.interval_95.0) / 2.0;
        assert!((half - Z_95 * 0.358_887_168_898_527_2).abs() < 1e-9, "{half}");
        assert!(found.is_certain() && found.times(-1.0).interval_95.1 < 0.0);
        assert_eq!(Estimate::slope(&[(1.0, 0.0), (1.0, 1.0), (1.0, 2.0)]), None);
    }

    #[test]
    fn shares_have_wilsons_interval() {
        let found = Estimate::mean(&[0.0; 20]).unwrap();
        assert!(found.interval_95.1 > 0.1 && !found.is_certain());
        assert!(!Estimate::mean(&[0.5, 0.0]).unwrap().is_certain());
        assert_eq!(Estimate::mean(&[1.0]), None);
    }
}
