//! Percentiles of many positive values in little memory.

use crate::stats::between;
use std::collections::BTreeMap;

/// Each bucket reaches this much further than the one before: its middle is within 0.5 % of all that is in it.
const GROWTH: f64 = 1.01;

/// Counts positive values in buckets that grow with them; some thousand buckets hold nanoseconds and days.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Histogram {
    counts: BTreeMap<i32, u64>,
    total: u64,
}

impl Histogram {
    /// Adds a value; one that is not a number above 0 is left out.
    pub fn add(&mut self, value: f64) {
        if value > 0.0 && value.is_finite() {
            let bucket = (value.ln() / GROWTH.ln()).round() as i32;
            *self.counts.entry(bucket).or_default() += 1;
            self.total += 1;
        }
    }

    /// Adds the values of another histogram.
    pub fn merge(&mut self, other: &Histogram) {
        for (bucket, count) in &other.counts {
            *self.counts.entry(*bucket).or_default() += count;
        }
        self.total += other.total;
    }

    /// Number of values.
    pub fn len(&self) -> u64 {
        self.total
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// Returns the value below which this share (0 to 1) of the values lies, within 0.5 %, linear between neighbours.
    ///
    /// As [`percentile`](crate::stats::percentile) of the values; nothing for no values.
    pub fn percentile(&self, share: f64) -> Option<f64> {
        let last = self.total.checked_sub(1)?;
        let place = share.clamp(0.0, 1.0) * last as f64;
        let below = place.floor() as u64;
        let values = (self.value_at(below)?, self.value_at((below + 1).min(last))?);
        Some(between(values, place - below as f64))
    }

    /// The value at a place in the order, from 0.
    fn value_at(&self, place: u64) -> Option<f64> {
        let mut before = 0;
        let found = self.counts.iter().find(|(_, count)| {
            before += **count;
            place < before
        });
        found.map(|(bucket, _)| (f64::from(*bucket) * GROWTH.ln()).exp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::percentile;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn percentiles_are_near_the_exact_ones(
            values in prop::collection::vec(1e-3_f64..1e7, 1..200),
            share in 0.0_f64..=1.0,
        ) {
            let mut histogram = Histogram::default();
            values.iter().for_each(|value| histogram.add(*value));
            let (exact, found) = (percentile(&values, share).unwrap(), histogram.percentile(share).unwrap());
            prop_assert!((found / exact - 1.0).abs() < 0.006, "{found} for {exact}");
        }
    }

    #[test]
    fn what_is_no_time_is_left_out() {
        let mut histogram = Histogram::default();
        [0.0, -1.0, f64::NAN, f64::INFINITY].into_iter().for_each(|value| histogram.add(value));
        assert!(histogram.is_empty() && histogram.percentile(0.5).is_none());
    }

    #[test]
    fn merging_is_adding() {
        let (mut one, mut other, mut both) =
            (Histogram::default(), Histogram::default(), Histogram::default());
        for value in 1..100 {
            let half = if value % 2 == 0 { &mut one } else { &mut other };
            half.add(f64::from(value));
            both.add(f64::from(value));
        }
        one.merge(&other);
        assert_eq!((one.len(), &one), (99, &both));
    }
}
