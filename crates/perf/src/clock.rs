//! Time in a load test: nanoseconds since it began, on a clock that never goes back.

use std::time::{Duration, Instant, SystemTime};

/// A point in time, in nanoseconds since the clock was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Stamp(pub u64);

impl Stamp {
    /// Nanoseconds from `earlier` to this; 0 when it is not earlier.
    pub fn since(self, earlier: Stamp) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// This much later.
    pub fn after(self, time: Duration) -> Stamp {
        Stamp(self.0.saturating_add(nanoseconds(time)))
    }
}

/// The clock of a load test. Copies of it agree.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    origin: Instant,
    origin_since_1970: Duration,
}

impl Clock {
    /// Starts a clock; it shows 0.
    pub fn start() -> Clock {
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Clock { origin: Instant::now(), origin_since_1970: since_1970 }
    }

    /// Now.
    pub fn now(&self) -> Stamp {
        Stamp(nanoseconds(self.origin.elapsed()))
    }

    /// The same point in time as the standard library's type, for timers.
    pub fn instant(&self, stamp: Stamp) -> Instant {
        self.origin + Duration::from_nanos(stamp.0)
    }

    /// The stamp of a point in time of the standard library's; 0 for one before the start.
    pub fn stamp(&self, instant: Instant) -> Stamp {
        Stamp(nanoseconds(instant.saturating_duration_since(self.origin)))
    }

    /// Seconds since 1970 of a stamp.
    pub fn unix_seconds(&self, stamp: Stamp) -> f64 {
        (self.origin_since_1970 + Duration::from_nanos(stamp.0)).as_secs_f64()
    }
}

/// A duration in nanoseconds: 584 years at most.
pub fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Nanoseconds in milliseconds.
pub fn milliseconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_do_not_wrap() {
        assert_eq!(Stamp(5).since(Stamp(2)), 3);
        assert_eq!(Stamp(2).since(Stamp(5)), 0);
        assert_eq!(Stamp(u64::MAX).after(Duration::from_secs(1)), Stamp(u64::MAX));
        assert_eq!(milliseconds(1_500_000), 1.5);
    }
}
