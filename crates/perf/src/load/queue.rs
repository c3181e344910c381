//! The queue of the load loop to whoever reads answers: how long it had to wait for room there.

use crate::clock::Clock;
use crate::load::outcome::Batch;
use std::cell::Cell;
use std::sync::mpsc::{SyncSender, TrySendError};

/// The end of the queue that the load loop has.
pub struct Queue {
    sender: SyncSender<Batch>,
    clock: Clock,
    blocked: Cell<u64>,
}

impl Queue {
    /// For which nobody has waited yet.
    pub fn new(sender: SyncSender<Batch>, clock: Clock) -> Queue {
        Queue { sender, clock, blocked: Cell::new(0) }
    }

    /// Hands a batch on. Where there is no room, the load stands still until there is.
    pub fn put(&self, batch: Batch) {
        let Err(TrySendError::Full(batch)) = self.sender.try_send(batch) else { return };
        let before = self.clock.now();
        // Nobody listens only when the test is being ended.
        let _ = self.sender.send(batch);
        self.blocked.set(self.blocked.get() + self.clock.now().since(before));
    }

    /// Nanoseconds in which the load stood still.
    pub fn blocked(&self) -> u64 {
        self.blocked.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::sync_channel;
    use std::time::Duration;

    #[test]
    fn waiting_for_room_is_noted() {
        const AWAY: Duration = Duration::from_millis(500);
        let (sender, batches) = sync_channel(1);
        let queue = Queue::new(sender, Clock::start());
        queue.put(Batch::default());
        assert_eq!(queue.blocked(), 0);
        let reader = std::thread::spawn(move || {
            std::thread::sleep(AWAY);
            batches.iter().count()
        });
        queue.put(Batch::default());
        assert!(queue.blocked() > 0);
        drop(queue);
        assert_eq!(reader.join().unwrap(), 2);
    }

    #[test]
    fn nobody_waits_for_a_reader_that_is_gone() {
        let (sender, batches) = sync_channel(1);
        let queue = Queue::new(sender, Clock::start());
        drop(batches);
        (0..3).for_each(|_| queue.put(Batch::default()));
        assert_eq!(queue.blocked(), 0);
    }
}
