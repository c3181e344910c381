//! How far the load loop has caught up: a point in time of which it is known that all bytes that came before it have been
//! read.
//!
//! The loop waits until a connection has bytes. When it really had to wait, nothing lay there before it was woken; when
//! it was woken at once, what is there came since it was woken last. Bytes that one read finds together may have come at
//! any time since, and no stamp of the kernel says when the first of them did.

use crate::clock::{Clock, Stamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A wait that is longer than this, in nanoseconds, was one; shorter, it only looked.
const WAITED_NS: u64 = 20_000;

/// Shared between the loop and its connections.
#[derive(Debug, Clone, Default)]
pub struct Passes(Arc<Times>);

#[derive(Debug, Default)]
struct Times {
    parked: AtomicU64,
    woken: AtomicU64,
    caught_up: AtomicU64,
}

impl Passes {
    /// All bytes that came before then have been read.
    pub fn caught_up(&self) -> Stamp {
        Stamp(self.0.caught_up.load(Ordering::Relaxed))
    }

    /// The loop is about to wait.
    pub fn parks(&self, now: Stamp) {
        self.0.parked.store(now.0, Ordering::Relaxed);
    }

    /// The loop was woken.
    pub fn wakes(&self, now: Stamp) {
        let waited = now.0.saturating_sub(self.0.parked.load(Ordering::Relaxed));
        let before = self.0.woken.swap(now.0, Ordering::Relaxed);
        let since = if waited > WAITED_NS { now.0 } else { before };
        self.0.caught_up.store(since, Ordering::Relaxed);
    }

    /// A runtime of one thread that says when it waits.
    pub fn runtime(&self, clock: Clock) -> std::io::Result<tokio::runtime::Runtime> {
        let (parking, waking) = (self.clone(), self.clone());
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .on_thread_park(move || parking.parks(clock.now()))
            .on_thread_unpark(move || waking.wakes(clock.now()))
            .build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_that_did_not_wait_may_have_left_bytes_since_it_was_last_woken() {
        let passes = Passes::default();
        passes.parks(Stamp(0));
        passes.wakes(Stamp(1_000_000));
        assert_eq!(passes.caught_up(), Stamp(1_000_000));
        passes.parks(Stamp(9_000_000));
        passes.wakes(Stamp(9_001_000));
        assert_eq!(passes.caught_up(), Stamp(1_000_000));
        passes.parks(Stamp(9_500_000));
        passes.wakes(Stamp(9_900_000));
        assert_eq!(passes.caught_up(), Stamp(9_900_000));
    }
}
