//! Finds the greatest load that keeps its goals: doubles until one does not, then halves the distance. When the first one
//! does not, it halves that until one does.
//!
//! Measurements are noisy, so that near the limit one trial decides nothing: a trial whose value is within a tenth of the
//! limit is made again, and the middle of three counts. What is found is an interval: the greatest load that kept the
//! goals, and the least that did not.

/// A trial this near to the limit is made again.
const NEAR: f64 = 0.1;
/// Trials of the same load at most.
const TRIALS: usize = 3;
/// The search ends when the ends are this near to each other.
const ENOUGH: f64 = 0.05;

/// Whether loads are whole numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loads {
    /// Requests in flight.
    Whole,
    /// Requests per second.
    Any,
}

/// The state of a search.
#[derive(Debug, Clone)]
pub struct Bisect {
    loads: Loads,
    most: f64,
    /// Below this nothing is tried.
    floor: f64,
    load: f64,
    strains: Vec<f64>,
    /// The greatest load that kept the goals.
    pub kept: Option<f64>,
    /// The least load that did not.
    pub missed: Option<f64>,
}

impl Bisect {
    /// A search that begins with `first` and does not go beyond `most`; it goes below, down to `floor`, only where that
    /// misses the goals.
    pub fn new(loads: Loads, floor: f64, first: f64, most: f64) -> Bisect {
        let floor = floor.min(first);
        Bisect { loads, most, floor, load: first, strains: Vec::new(), kept: None, missed: None }
    }

    /// The load to try next; nothing when the search is over.
    pub fn next(&self) -> Option<f64> {
        let is_near = match (self.loads, self.kept, self.missed) {
            (_, None, Some(missed)) => missed <= self.floor,
            (_, Some(kept), None) => kept >= self.most,
            (Loads::Whole, Some(kept), Some(missed)) => missed - kept <= (ENOUGH * kept).max(1.0),
            (Loads::Any, Some(kept), Some(missed)) => missed - kept <= ENOUGH * kept,
            (_, None, None) => false,
        };
        (!is_near).then_some(self.load)
    }

    /// A trial of the load that was to be tried came to this: a strain of at most 1 keeps the goals.
    pub fn note(&mut self, strain: f64) {
        self.strains.push(strain);
        let is_near = (strain - 1.0).abs() <= NEAR;
        if self.strains.len() < TRIALS && (is_near || self.strains.len() > 1) {
            return;
        }
        self.strains.sort_by(f64::total_cmp);
        let middle = self.strains[self.strains.len() / 2];
        self.strains.clear();
        if middle <= 1.0 {
            self.kept = Some(self.load);
        } else {
            self.missed = Some(self.load);
        }
        self.load = match (self.kept, self.missed) {
            (Some(kept), Some(missed)) => self.fitting((kept + missed) / 2.0),
            (Some(kept), None) => (kept * 2.0).min(self.most),
            (None, Some(missed)) => self.fitting(missed / 2.0).max(self.floor),
            (None, None) => self.load,
        };
    }

    fn fitting(&self, load: f64) -> f64 {
        match self.loads {
            Loads::Whole => load.floor(),
            Loads::Any => load,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The interval that is found, and how many trials it took.
    fn search(
        loads: Loads,
        most: f64,
        strain: impl Fn(f64, usize) -> f64,
    ) -> (Option<f64>, Option<f64>, usize) {
        search_from(1.0, loads, most, strain)
    }

    fn search_from(
        least: f64,
        loads: Loads,
        most: f64,
        strain: impl Fn(f64, usize) -> f64,
    ) -> (Option<f64>, Option<f64>, usize) {
        let floor = if loads == Loads::Whole { 1.0 } else { least / 64.0 };
        let mut bisect = Bisect::new(loads, floor, least, most);
        let mut trials = 0;
        while let Some(load) = bisect.next() {
            bisect.note(strain(load, trials));
            trials += 1;
            assert!(trials < 100);
        }
        (bisect.kept, bisect.missed, trials)
    }

    #[test]
    fn the_limit_lies_between_the_ends() {
        let (kept, missed, trials) =
            search(Loads::Whole, 65_536.0, |load, _| if load <= 37.0 { 0.5 } else { 2.0 });
        assert_eq!((kept, missed), (Some(37.0), Some(38.0)));
        assert!(trials <= 12, "{trials}");
        let (kept, missed, _) = search(Loads::Any, 1e6, |load, _| load / 123.4);
        let (kept, missed) = (kept.unwrap(), missed.unwrap());
        assert!(kept <= 123.4 && 123.4 < missed && missed / kept <= 1.05, "{kept} {missed}");
    }

    #[test]
    fn ends_that_are_never_met_are_said() {
        assert_eq!(search(Loads::Whole, 64.0, |_, _| 0.1), (Some(64.0), None, 7));
        assert_eq!(search(Loads::Whole, 64.0, |_, _| 9.0), (None, Some(1.0), 1));
        assert_eq!(search(Loads::Whole, 64.0, |_, _| f64::INFINITY), (None, Some(1.0), 1));
    }

    #[test]
    fn below_the_first_load_is_looked_too() {
        let up_to = |limit: f64| move |load: f64, _: usize| if load <= limit { 0.5 } else { 2.0 };
        // 50, 25, 12, 6, 3, then 4 and 5.
        assert_eq!(search_from(50.0, Loads::Whole, 64.0, up_to(4.0)), (Some(4.0), Some(5.0), 7));
        assert_eq!(search_from(50.0, Loads::Whole, 64.0, up_to(0.0)), (None, Some(1.0), 6));
        let (kept, missed, _) = search_from(64.0, Loads::Any, 1e6, up_to(2.5));
        assert!(kept.unwrap() <= 2.5 && missed.unwrap() > 2.5 && missed.unwrap() / kept.unwrap() <= 1.05);
        assert_eq!(search_from(64.0, Loads::Any, 1e6, up_to(0.5)), (None, Some(1.0), 7));
    }

    #[test]
    fn one_bad_trial_near_the_limit_decides_nothing() {
        // The second trial is the bad one of three near the limit.
        let noisy = |load: f64, trial: usize| match (load as u64, trial) {
            (1, 1) => 1.05,
            (1, _) => 0.95,
            _ => 3.0,
        };
        assert_eq!(search(Loads::Whole, 64.0, noisy).0, Some(1.0));
    }
}
