//! One stage of a load test, as data: how requests come, how long, and which of them are measured.

use crate::load::schedule::{Process, Rate};
use std::time::Duration;

/// What stands behind the name of a closed loop whose slots are asked to begin at once.
pub const AT_ONCE: &str = ", all at once";
/// Between the beginnings of two slots: more than a request takes of client and server.
const APART: Duration = Duration::from_millis(1);
/// From the first to the last of them: less than a person would wait for, and than most answers take.
const MOST_APART: Duration = Duration::from_millis(250);

/// How requests come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    /// So many are in flight all the time: each is followed by the next.
    Closed {
        /// How many.
        parallel: u32,
        /// How they begin.
        start: Start,
    },
    /// They come on schedule, whatever becomes of those before.
    Open {
        /// How many per second.
        rate: Rate,
        /// How gaps vary.
        process: Process,
        /// In flight at most; more wait in the client.
        cap: Option<u32>,
    },
    /// They come as a recorded trace says.
    Replay {
        /// How many times faster than they were recorded.
        speed: f64,
        /// In flight at most; more wait in the client.
        cap: Option<u32>,
    },
}

/// How the slots of a closed loop begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Start {
    /// A millisecond apart, but all within a quarter of a second, and no later than the first answer is over. Slots that
    /// begin in the same instant keep in step with a server that always takes the same time, so that each round is a
    /// burst and its queue is in every time.
    #[default]
    Apart,
    /// Over so long.
    Over {
        /// How long; zero for all in the same instant.
        time: Duration,
        /// In so many steps; 0 for one after the other.
        steps: u32,
    },
}

impl Start {
    /// All in the same instant.
    pub const AT_ONCE: Start = Start::Over { time: Duration::ZERO, steps: 0 };

    /// How long after the first the slot of this number begins, of so many.
    pub fn delay(self, number: u32, parallel: u32) -> Duration {
        let share = f64::from(number) / f64::from(parallel);
        match self {
            Start::Apart => (APART * parallel).min(MOST_APART).mul_f64(share),
            Start::Over { time, steps: 0 } => time.mul_f64(share),
            // Those of one step begin together.
            Start::Over { time, steps } => {
                time.mul_f64((share * f64::from(steps)).floor() / f64::from(steps))
            }
        }
    }
}

/// A part before or after what is measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Portion {
    /// So many requests.
    Count(u64),
    /// Those that are sent in so long.
    Time(Duration),
    /// Until both are over.
    Both {
        /// So many requests.
        count: u64,
        /// Those that are sent in so long.
        time: Duration,
    },
}

impl Portion {
    /// Nothing.
    pub const NONE: Portion = Portion::Count(0);

    /// As much as this, and at least so long.
    pub fn at_least(self, time: Duration) -> Portion {
        match self {
            _ if time.is_zero() => self,
            Portion::Count(0) => Portion::Time(time),
            Portion::Count(count) => Portion::Both { count, time },
            Portion::Time(own) => Portion::Time(own.max(time)),
            Portion::Both { count, time: own } => Portion::Both { count, time: own.max(time) },
        }
    }
}

/// A stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// How requests come.
    pub shape: Shape,
    /// How many requests are measured.
    pub number: Option<u64>,
    /// For how long requests are sent and measured.
    pub duration: Option<Duration>,
    /// Sent before those, and not measured.
    pub warm_up: Portion,
    /// Sent after them, likewise.
    pub cool_down: Portion,
}

/// Which part of a stage a request belongs to.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
    Default,
)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Before the figures.
    WarmUp,
    /// In the figures.
    #[default]
    Measured,
    /// After the figures.
    CoolDown,
}

impl Phase {
    /// Its word in files.
    pub fn word(self) -> &'static str {
        match self {
            Phase::WarmUp => "warm_up",
            Phase::Measured => "measured",
            Phase::CoolDown => "cool_down",
        }
    }
}

impl Stage {
    /// Requests at most, those outside the figures included, where that is known before.
    pub fn most(&self) -> u64 {
        match (self.number, self.warm_up, self.cool_down) {
            (Some(number), Portion::Count(before), Portion::Count(after)) => {
                number.saturating_add(before).saturating_add(after)
            }
            _ => u64::MAX,
        }
    }

    /// When all of the load is there that is put on little by little (`--ramp-up`).
    pub fn ramp(&self) -> Duration {
        match self.shape {
            // With one slot there is nothing to wait for.
            Shape::Closed { parallel, start: start @ Start::Over { .. } } => {
                start.delay(parallel.saturating_sub(1), parallel.max(1))
            }
            Shape::Open { rate, .. } => rate.ramp,
            Shape::Closed { .. } | Shape::Replay { .. } => Duration::ZERO,
        }
    }

    /// How the slots of a closed loop begin. Who has one request for each slot wants them all at the same time, and there
    /// is no second round to be in step with.
    pub fn start(&self) -> Option<Start> {
        match self.shape {
            Shape::Closed { parallel, start: Start::Apart } if self.most() < 2 * u64::from(parallel) => {
                Some(Start::AT_ONCE)
            }
            Shape::Closed { start, .. } => Some(start),
            Shape::Open { .. } | Shape::Replay { .. } => None,
        }
    }

    /// The stage in few words.
    pub fn name(&self) -> String {
        let ramp = |ramp: Duration, steps: u32, from: f64| {
            let seconds = ramp.as_secs_f64();
            let from = if from > 0.0 { format!(" from {from}") } else { String::new() };
            match (ramp.is_zero(), steps) {
                (true, _) => String::new(),
                (false, 0) => format!(", {seconds} s{from} to get there"),
                (false, steps) => format!(", {seconds} s{from} in {steps} steps to get there"),
            }
        };
        let capped =
            |cap: Option<u32>| cap.map(|cap| format!(", at most {cap} in flight")).unwrap_or_default();
        match self.shape {
            Shape::Closed { parallel, start: Start::Apart } => format!("{parallel} in parallel"),
            Shape::Closed { parallel, start: Start::AT_ONCE } => {
                format!("{parallel} in parallel{AT_ONCE}")
            }
            Shape::Closed { parallel, start: Start::Over { time, steps } } => {
                format!("{parallel} in parallel{}", ramp(time, steps, 0.0))
            }
            Shape::Open { rate, process, cap } => {
                let word = match process {
                    Process::Constant => "evenly".to_owned(),
                    Process::Poisson => "Poisson".to_owned(),
                    Process::Gamma(shape) => format!("gamma {shape}"),
                };
                let ramp = ramp(rate.ramp, rate.steps, rate.from);
                format!("{} requests/s ({word}){ramp}{}", rate.rate, capped(cap))
            }
            Shape::Replay { speed, cap } => format!("trace at {speed} times its speed{}", capped(cap)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_begin_apart_unless_it_is_said_otherwise() {
        let delays = |start: Start, parallel: u32| {
            (0..parallel).map(|number| start.delay(number, parallel).as_micros()).collect::<Vec<_>>()
        };
        assert_eq!(delays(Start::Apart, 1), [0]);
        assert_eq!(delays(Start::Apart, 3), [0, 1000, 2000]);
        let many = delays(Start::Apart, 1000);
        assert_eq!((many[1], many[999]), (250, 249_750));
        assert_eq!(delays(Start::AT_ONCE, 3), [0, 0, 0]);
        let over = |steps| Start::Over { time: Duration::from_millis(8), steps };
        assert_eq!(delays(over(0), 4), [0, 2000, 4000, 6000]);
        assert_eq!(delays(over(2), 4), [0, 0, 4000, 4000]);
    }

    #[test]
    fn a_name_says_how_a_rate_is_reached() {
        let name = |from, seconds, steps| {
            let rate = Rate { rate: 20.0, from, ramp: Duration::from_secs(seconds), steps };
            let shape = Shape::Open { rate, process: Process::Poisson, cap: None };
            let (warm_up, cool_down) = (Portion::NONE, Portion::NONE);
            Stage { shape, number: Some(1), duration: None, warm_up, cool_down }.name()
        };
        assert_eq!(name(20.0, 0, 0), "20 requests/s (Poisson)");
        assert_eq!(name(0.0, 60, 0), "20 requests/s (Poisson), 60 s to get there");
        assert_eq!(name(2.0, 60, 6), "20 requests/s (Poisson), 60 s from 2 in 6 steps to get there");
    }

    #[test]
    fn one_request_for_each_slot_is_a_burst() {
        let ramp = Start::Over { time: Duration::from_secs(1), steps: 0 };
        for (start, number, wanted) in [
            (Start::Apart, Some(8), Start::AT_ONCE),
            (Start::Apart, Some(15), Start::AT_ONCE),
            (Start::Apart, Some(16), Start::Apart),
            (Start::Apart, None, Start::Apart),
            (ramp, Some(8), ramp),
        ] {
            let shape = Shape::Closed { parallel: 8, start };
            let (warm_up, cool_down) = (Portion::NONE, Portion::NONE);
            let stage = Stage { shape, number, duration: None, warm_up, cool_down };
            assert_eq!(stage.start(), Some(wanted), "{start:?} {number:?}");
        }
    }
}
