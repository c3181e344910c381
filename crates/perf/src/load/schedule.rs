//! When requests are to be sent in an open loop: points in time that depend on nothing but the seed.
//!
//! Gaps of mean 1 are drawn first and then stretched by the rate, which may change over time: the k-th request is due
//! when the integral of the rate reaches the sum of the first k gaps. Times are absolute, so that a late request does
//! not make the ones behind it late. Gaps are not rescaled to fill the duration: of a Poisson process the count varies.

use crate::random::Random;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How gaps between arrivals vary.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Process {
    /// Not at all.
    Constant,
    /// Exponentially, as arrivals do that know nothing of each other.
    Poisson,
    /// By the gamma distribution of this shape: below 1 in bursts, above 1 more evenly; 1 is Poisson.
    Gamma(f64),
}

/// A rate over time: a straight line or a staircase up to `rate`, then `rate`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Requests per second in the end.
    pub rate: f64,
    /// Requests per second at the beginning.
    pub from: f64,
    /// How long the line takes; 0 without one.
    pub ramp: Duration,
    /// Steps of a staircase, all equally long and high; 0 for a straight line.
    pub steps: u32,
}

impl Rate {
    /// The same on a staircase.
    fn due_on_stairs(&self, count: f64) -> f64 {
        let width = self.ramp.as_secs_f64() / f64::from(self.steps);
        let mut before = 0.0;
        for step in 1..=self.steps {
            let rate = self.from + (self.rate - self.from) * f64::from(step) / f64::from(self.steps);
            if count <= before + rate * width {
                return f64::from(step - 1) * width + (count - before) / rate;
            }
            before += rate * width;
        }
        self.ramp.as_secs_f64() + (count - before) / self.rate
    }

    /// The same rate all the time.
    pub fn constant(rate: f64) -> Rate {
        Rate { rate, from: rate, ramp: Duration::ZERO, steps: 0 }
    }

    /// One that is greater or less all the time.
    pub fn to(self, rate: f64) -> Rate {
        Rate { rate, from: self.from / self.rate * rate, ..self }
    }

    /// When so many requests are due, in seconds.
    pub fn due(&self, count: f64) -> f64 {
        if count <= 0.0 {
            return 0.0;
        }
        if self.steps > 0 {
            return self.due_on_stairs(count);
        }
        let ramp = self.ramp.as_secs_f64();
        let in_ramp = (self.from + self.rate) / 2.0 * ramp;
        if count >= in_ramp {
            return ramp + (count - in_ramp) / self.rate;
        }
        // from · t + slope · t² / 2 = count, in the form that does not cancel when the slope is small.
        let slope = (self.rate - self.from) / ramp;
        let root = (self.from * self.from + 2.0 * slope * count).max(0.0).sqrt();
        2.0 * count / (self.from + root)
    }
}

/// The times of all requests, from the beginning of the stage.
#[derive(Debug, Clone)]
pub struct Schedule {
    process: Process,
    rate: Rate,
    random: Random,
    arrived: f64,
}

impl Schedule {
    /// A schedule of this seed.
    pub fn new(process: Process, rate: Rate, seed: u64) -> Schedule {
        Schedule { process, rate, random: Random::new(seed, 1), arrived: 0.0 }
    }
}

impl Iterator for Schedule {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.arrived += match self.process {
            Process::Constant => 1.0,
            Process::Poisson => self.random.exponential(),
            Process::Gamma(shape) => self.random.gamma(shape),
        };
        Duration::try_from_secs_f64(self.rate.due(self.arrived)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(process: Process, rate: Rate, count: usize) -> Vec<f64> {
        Schedule::new(process, rate, 7).take(count).map(|time| time.as_secs_f64()).collect()
    }

    #[test]
    fn a_constant_rate_has_equal_gaps() {
        let found = times(Process::Constant, Rate::constant(4.0), 4);
        assert_eq!(found, [0.25, 0.5, 0.75, 1.0]);
    }

    #[test]
    fn a_minute_of_requests_does_not_drift() {
        let found = times(Process::Constant, Rate::constant(500.0), 30_000);
        assert!(found.iter().zip(1..).all(|(at, number)| (at - f64::from(number) / 500.0).abs() < 1e-8));
    }

    #[test]
    fn random_gaps_have_the_rate_and_the_spread_that_was_asked() {
        for (process, variance) in
            [(Process::Poisson, 1.0), (Process::Gamma(0.25), 4.0), (Process::Gamma(4.0), 0.25)]
        {
            let found = times(process, Rate::constant(100.0), 100_000);
            assert!((found[99_999] / 1000.0 - 1.0).abs() < 0.02, "{process:?}: {}", found[99_999]);
            let gaps: Vec<f64> = found.windows(2).map(|pair| (pair[1] - pair[0]) * 100.0).collect();
            let spread = gaps.iter().map(|gap| (gap - 1.0).powi(2)).sum::<f64>() / gaps.len() as f64;
            assert!((spread / variance - 1.0).abs() < 0.1, "{process:?}: {spread}");
        }
    }

    #[test]
    fn a_ramp_sends_half_of_what_the_full_rate_would() {
        let rate = Rate { rate: 10.0, from: 0.0, ramp: Duration::from_secs(10), steps: 0 };
        let found = times(Process::Constant, rate, 100);
        // 50 in the ramp, the last of them at its end; then one each 0.1 s.
        assert!((found[49] - 10.0).abs() < 1e-9 && (found[50] - 10.1).abs() < 1e-9, "{:?}", &found[49..51]);
        // The integral at t is t² / 2.
        assert!((found[0] - 2.0_f64.sqrt()).abs() < 1e-9);
        let down = Rate { rate: 1.0, from: 9.0, ramp: Duration::from_secs(10), steps: 0 };
        assert!((times(Process::Constant, down, 50)[49] - 10.0).abs() < 1e-9);
    }

    #[test]
    fn a_staircase_has_the_same_rate_on_each_step() {
        let rate = Rate { rate: 4.0, from: 0.0, ramp: Duration::from_secs(2), steps: 2 };
        // Two in the first second, four in the next, four in each after that.
        let wanted = [0.5, 1.0, 1.25, 1.5, 1.75, 2.0, 2.25];
        assert_eq!(times(Process::Constant, rate, 7), wanted);
    }

    #[test]
    fn the_seed_decides_everything() {
        let rate = Rate::constant(3.0);
        assert_eq!(times(Process::Poisson, rate, 9), times(Process::Poisson, rate, 9));
        let other: Vec<f64> =
            Schedule::new(Process::Poisson, rate, 8).take(9).map(|time| time.as_secs_f64()).collect();
        assert_ne!(times(Process::Poisson, rate, 9), other);
    }
}
