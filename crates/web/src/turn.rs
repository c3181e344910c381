//! Whose turn it is to read a run as a whole: one at a time, as what several readings hold in memory would add up.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The turn; its clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct Turn(Arc<Mutex<()>>);

impl Turn {
    /// Waits for the turn, which is held as long as what this returns.
    pub fn take(&self) -> MutexGuard<'_, ()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
