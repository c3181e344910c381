//! Tells when the program itself is what limits the rate of calls: its threads have no time left.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

/// Shorter runs say nothing: their beginning and end are most of them.
const LEAST: Duration = Duration::from_secs(5);
/// Share of the time that threads are at work from which replies wait for them.
const FULL: f64 = 0.9;

/// How busy the threads of a run were.
#[derive(Default)]
pub(crate) struct Busy(Mutex<Vec<Share>>);

/// What one thread did.
struct Share {
    busy: Duration,
    of: Duration,
}

/// A thread that is looked at from now on: the one that runs this.
pub(crate) struct Watch {
    began: Instant,
    busy_before: Duration,
}

impl Watch {
    pub fn begin() -> Watch {
        Watch { began: Instant::now(), busy_before: busy_here() }
    }
}

/// How long the first thread of this runtime has been at work; each of ours has one.
fn busy_here() -> Duration {
    Handle::current().metrics().worker_total_busy_duration(0)
}

impl Busy {
    /// Takes note of a thread whose share of the samples is through.
    pub fn note(&self, watch: &Watch) {
        let busy = busy_here().saturating_sub(watch.busy_before);
        self.shares().push(Share { busy, of: watch.began.elapsed() });
    }

    /// What a person should know when replies waited for these threads.
    pub fn notice(&self) -> Option<String> {
        let shares = self.shares();
        let of = |part: fn(&Share) -> Duration| shares.iter().map(part).sum::<Duration>();
        let (busy, whole) = (of(|share| share.busy), of(|share| share.of));
        let share = busy.as_secs_f64() / whole.as_secs_f64().max(f64::MIN_POSITIVE);
        let is_long = shares.iter().any(|share| share.of >= LEAST);
        (is_long && share >= FULL).then(|| {
            format!(
                "replies waited for this program: the threads that make calls were at work {:.0} % of the time, so that \
                 the endpoint may bear a higher rate than this machine",
                share * 100.0
            )
        })
    }

    fn shares(&self) -> std::sync::MutexGuard<'_, Vec<Share>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(shares: &[(u64, u64)]) -> Option<String> {
        let seconds = Duration::from_secs;
        let share = |(busy, of): &(u64, u64)| Share { busy: seconds(*busy), of: seconds(*of) };
        Busy(Mutex::new(shares.iter().map(share).collect())).notice()
    }

    #[test]
    fn it_is_said_when_threads_have_no_time_left_and_not_of_a_short_run() {
        assert!(said(&[(19, 20), (20, 20)]).is_some_and(|text| text.contains("98 % of the time")));
        assert_eq!(said(&[(20, 20), (10, 20)]), None);
        assert_eq!(said(&[(4, 4)]), None);
        assert_eq!(said(&[]), None);
    }

    #[tokio::test]
    async fn a_thread_that_waits_is_not_busy() {
        let busy = Busy::default();
        busy.note(&Watch::begin());
        let count = busy.shares().len();
        assert_eq!((count, busy.notice()), (1, None));
    }
}
