//! How late the load loop runs: a timer that should go off every ten milliseconds, and does so later when the loop is
//! busy or the machine gives it no time.

use crate::clock::Clock;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

/// How often it is looked at.
const EVERY: Duration = Duration::from_millis(10);
/// Buckets of the histogram: half a millisecond each; the last holds everything longer.
const BUCKETS: usize = 2_000;
const BUCKET_NS: u64 = 500_000;

/// How late it was.
#[derive(Debug, Clone)]
pub struct Lag {
    counts: Vec<u32>,
}

impl Default for Lag {
    fn default() -> Lag {
        Lag { counts: vec![0; BUCKETS] }
    }
}

impl Lag {
    fn add(&mut self, late: u64) {
        let bucket = ((late / BUCKET_NS) as usize).min(BUCKETS - 1);
        self.counts[bucket] += 1;
    }

    /// The lateness below which this share of the looks lies, in milliseconds.
    pub fn percentile(&self, share: f64) -> Option<f64> {
        let all: u64 = self.counts.iter().map(|count| u64::from(*count)).sum();
        let wanted = (share * all as f64).ceil() as u64;
        let mut seen = 0;
        let place = self.counts.iter().position(|count| {
            seen += u64::from(*count);
            seen >= wanted.max(1)
        })?;
        Some((place as u64 * BUCKET_NS) as f64 / 1e6)
    }
}

/// Looks again and again, and does what is to be done as often.
pub async fn watch(lag: Rc<RefCell<Lag>>, clock: Clock, also: impl Fn()) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let due = ticks.tick().await;
        let late = clock.now().since(clock.stamp(due.into_std()));
        lag.borrow_mut().add(late);
        also();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_buckets() {
        let mut lag = Lag::default();
        assert_eq!(lag.percentile(0.5), None);
        (0..99).for_each(|_| lag.add(100_000));
        lag.add(3_600_000_000_000);
        assert_eq!(lag.percentile(0.5), Some(0.0));
        assert_eq!(lag.percentile(1.0), Some(999.5));
    }
}
