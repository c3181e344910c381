//! The statistics of one measure, as they stand in files.

use crate::measure::counts::Counts;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The percentiles that are given, with their names.
const PERCENTILES: [(&str, f64); Figures::NAMES.len()] = [
    ("p1", 0.01),
    ("p5", 0.05),
    ("p10", 0.1),
    ("p25", 0.25),
    ("p50", 0.5),
    ("p75", 0.75),
    ("p90", 0.9),
    ("p95", 0.95),
    ("p99", 0.99),
    ("p99.9", 0.999),
];

/// The statistics of one measure, in its unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Figures {
    /// How many values there are.
    pub count: u64,
    /// Their mean.
    pub mean: f64,
    /// 95 % interval of the mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_interval_95: Option<(f64, f64)>,
    /// Standard deviation (n − 1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub std: Option<f64>,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
    /// Percentiles from all values, linear between neighbours: `p1` to `p99.9`.
    pub percentiles: IndexMap<String, Percentile>,
}

/// A percentile.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Percentile {
    /// The percentile.
    pub value: f64,
    /// Lower end of its 95 % interval; null where there are too few values to know it.
    pub low: Option<f64>,
    /// Upper end of its 95 % interval; null where there are too few values to know it.
    pub high: Option<f64>,
}

impl Figures {
    /// Names of the percentiles that are given.
    pub const NAMES: [&str; 10] = ["p1", "p5", "p10", "p25", "p50", "p75", "p90", "p95", "p99", "p99.9"];

    /// The statistics of values that are counted in `unit`s of the figures: 0.001 for microseconds as milliseconds. For
    /// values that depend on each other intervals would be too narrow, and are left out.
    pub fn of(counts: &Counts, unit: f64, values: Values) -> Option<Figures> {
        let (min, max) = counts.range()?;
        let (mean, half) = (counts.mean()?, counts.half_width().filter(|_| values == Values::Independent));
        let percentiles = PERCENTILES.iter().filter_map(|(name, share)| {
            let found = counts.quantile(*share)?;
            let end = |end: Option<f64>| {
                end.filter(|_| values == Values::Independent).map(|end| rounded(end * unit))
            };
            let percentile =
                Percentile { value: rounded(found.value * unit), low: end(found.low), high: end(found.high) };
            Some(((*name).to_owned(), percentile))
        });
        Some(Figures {
            count: counts.count(),
            mean: rounded(mean * unit),
            mean_interval_95: half.map(|half| (rounded((mean - half) * unit), rounded((mean + half) * unit))),
            std: counts.deviation().map(|deviation| rounded(deviation * unit)),
            min: rounded(min as f64 * unit),
            max: rounded(max as f64 * unit),
            percentiles: percentiles.collect(),
        })
    }

    /// The value of a percentile by its name.
    pub fn percentile(&self, name: &str) -> Option<f64> {
        self.percentiles.get(name).map(|percentile| percentile.value)
    }
}

/// Whether values know of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// One for each request.
    Independent,
    /// Several from one request.
    Dependent,
}

/// Six decimals: JSON is read by people too.
pub fn rounded(number: f64) -> f64 {
    (number * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_and_intervals() {
        let mut counts = Counts::default();
        (1..=1000).for_each(|value| counts.add(value));
        let figures = Figures::of(&counts, 0.001, Values::Independent).unwrap();
        assert_eq!((figures.min, figures.max, figures.percentile("p50")), (0.001, 1.0, Some(0.5005)));
        assert!(figures.percentiles["p50"].low.unwrap() < 0.5);
        let dependent = Figures::of(&counts, 0.001, Values::Dependent).unwrap();
        assert!(dependent.mean_interval_95.is_none() && dependent.percentiles["p50"].low.is_none());
        assert_eq!(Figures::of(&Counts::default(), 1.0, Values::Independent), None);
    }
}
