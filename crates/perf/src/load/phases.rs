//! Says of each request of a stage whether it is measured, and when there are no more.

use crate::load::stage::{Phase, Portion, Stage};
use std::time::Duration;

/// How far a stage has come. What is measured is as many requests or as long as was asked for, whatever comes before and
/// after it.
#[derive(Debug, Clone)]
pub struct Phases {
    stage: Stage,
    /// Requests of each phase so far.
    warm_up: u64,
    measured: u64,
    cool_down: u64,
    /// When measuring began and ended, in the time of the stage.
    began: Option<Duration>,
    ended: Option<Duration>,
}

impl Phases {
    /// A stage of which nothing was sent.
    pub fn new(stage: Stage) -> Phases {
        Phases { stage, warm_up: 0, measured: 0, cool_down: 0, began: None, ended: None }
    }

    /// The phase of the next request, which is sent at this time of the stage; nothing when the stage is over.
    pub fn next(&mut self, at: Duration) -> Option<Phase> {
        if self.is_warm_up(at) {
            self.warm_up += 1;
            return Some(Phase::WarmUp);
        }
        let began = *self.began.get_or_insert(match self.stage.warm_up {
            Portion::Count(0) => Duration::ZERO,
            Portion::Count(_) | Portion::Both { .. } => at,
            Portion::Time(time) => time,
        });
        let end = self.stage.duration.map(|duration| began + duration).filter(|end| at >= *end);
        let is_enough = self.stage.number.is_some_and(|number| self.measured >= number);
        if end.is_none() && !is_enough {
            self.measured += 1;
            return Some(Phase::Measured);
        }
        let ended = *self.ended.get_or_insert(end.unwrap_or(at));
        let is_cool_down = match self.stage.cool_down {
            Portion::Count(count) => self.cool_down < count,
            Portion::Time(time) => at < ended + time,
            Portion::Both { count, time } => self.cool_down < count || at < ended + time,
        };
        self.cool_down += u64::from(is_cool_down);
        is_cool_down.then_some(Phase::CoolDown)
    }

    /// The phase of a request that would be sent then.
    pub fn peek(&self, at: Duration) -> Option<Phase> {
        self.clone().next(at)
    }

    fn is_warm_up(&self, at: Duration) -> bool {
        match self.stage.warm_up {
            Portion::Count(count) => self.warm_up < count,
            Portion::Time(time) => at < time,
            Portion::Both { count, time } => self.warm_up < count || at < time,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::stage::{Shape, Start};

    const NONE: Portion = Portion::NONE;

    fn seconds(seconds: u64) -> Portion {
        Portion::Time(Duration::from_secs(seconds))
    }

    /// Requests of each phase when one is sent every half second, and when the last was.
    fn counts(
        (number, duration): (Option<u64>, Option<u64>),
        (warm_up, cool_down): (Portion, Portion),
    ) -> ([usize; 3], f64) {
        let shape = Shape::Closed { parallel: 1, start: Start::Apart };
        let duration = duration.map(Duration::from_secs);
        let mut phases = Phases::new(Stage { shape, number, duration, warm_up, cool_down });
        let at = |place: u32| Duration::from_millis(500) * place;
        let found: Vec<Phase> = (0..1000).map_while(|place| phases.next(at(place))).collect();
        let of = |wanted| found.iter().filter(|phase| **phase == wanted).count();
        assert!(found.is_sorted_by_key(|phase| *phase as u8), "{found:?}");
        let last = at(found.len() as u32 - 1).as_secs_f64();
        ([Phase::WarmUp, Phase::Measured, Phase::CoolDown].map(of), last)
    }

    #[test]
    fn all_that_was_asked_for_is_measured_whatever_stands_around_it() {
        for (whole, parts, wanted) in [
            ((Some(10), None), (NONE, NONE), ([0, 10, 0], 4.5)),
            ((Some(10), None), (Portion::Count(3), Portion::Count(2)), ([3, 10, 2], 7.0)),
            ((Some(10), None), (seconds(2), seconds(3)), ([4, 10, 6], 9.5)),
            ((Some(10), None), (Portion::Count(3), seconds(3)), ([3, 10, 6], 9.0)),
            ((None, Some(5)), (NONE, NONE), ([0, 10, 0], 4.5)),
            ((None, Some(5)), (seconds(2), seconds(3)), ([4, 10, 6], 9.5)),
            ((None, Some(5)), (Portion::Count(3), Portion::Count(2)), ([3, 10, 2], 7.0)),
            ((Some(4), None), (seconds(2).at_least(Duration::from_secs(3)), NONE), ([6, 4, 0], 4.5)),
            ((Some(4), None), (Portion::Count(3).at_least(Duration::from_secs(3)), NONE), ([6, 4, 0], 4.5)),
            ((Some(4), None), (Portion::Count(9).at_least(Duration::from_secs(3)), NONE), ([9, 4, 0], 6.0)),
            // Whichever is first ends it.
            ((Some(4), Some(5)), (NONE, Portion::Count(1)), ([0, 4, 1], 2.0)),
            ((Some(40), Some(5)), (NONE, Portion::Count(1)), ([0, 10, 1], 5.0)),
        ] {
            assert_eq!(counts(whole, parts), wanted, "{whole:?} {parts:?}");
        }
    }
}
