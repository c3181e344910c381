//! How long calls were in flight, whatever pauses lay between the sessions of a run.

use std::collections::BTreeMap;

/// A shorter time without a call in flight is the program's own work between calls, and counts.
const PAUSE_MS: u64 = 1_000;

/// Times in which calls were in flight, in milliseconds. Calls that overlap are kept as one time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Busy(BTreeMap<u64, u64>);

impl Busy {
    /// Adds the time of a call.
    pub fn add(&mut self, start: u64, end: u64) {
        let (mut start, mut end) = (start, end.max(start));
        // Kept times lie further apart than a pause: only the last ones before the end can touch this one.
        while let Some((&from, &to)) = self.0.range(..=end.saturating_add(PAUSE_MS)).next_back() {
            if to.saturating_add(PAUSE_MS) < start {
                break;
            }
            self.0.remove(&from);
            (start, end) = (start.min(from), end.max(to));
        }
        self.0.insert(start, end);
    }

    /// Adds the times of other calls.
    pub fn merge(&mut self, other: &Busy) {
        other.0.iter().for_each(|(start, end)| self.add(*start, *end));
    }

    /// Seconds in all.
    pub fn seconds(&self) -> f64 {
        self.0.iter().map(|(start, end)| end - start).sum::<u64>() as f64 / 1e3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlaps_count_once_and_long_pauses_not_at_all() {
        let calls =
            [(0, 400), (300, 900), (1_500, 2_000), (100_000, 101_000), (100_500, 100_600), (50_000, 50_000)];
        let mut forward = Busy::default();
        calls.iter().for_each(|(start, end)| forward.add(*start, *end));
        assert!((forward.seconds() - 3.0).abs() < 1e-9, "{forward:?}");
        let mut backward = Busy::default();
        calls.iter().rev().for_each(|(start, end)| backward.add(*start, *end));
        assert_eq!(forward, backward);
        // One call over all of it.
        forward.add(0, 101_000);
        assert_eq!((forward.seconds(), forward.0.len()), (101.0, 1));
    }
}
