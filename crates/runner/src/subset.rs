//! One subset of one benchmark on one model while it runs: its journal, its reviews, how many are left.

use crate::error::Error;
use crate::questions::Questions;
use evalscope_runs::{Journal, Review, ReviewWriter};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What the samples of one subset share while they run.
pub(crate) struct SubsetRun {
    pub model: usize,
    pub questions: Arc<dyn Questions>,
    pub subset: String,
    pub journal: Journal,
    is_settled: bool,
    reviews: Mutex<Option<ReviewWriter>>,
    left: AtomicU64,
}

impl SubsetRun {
    /// `is_settled` says that nothing will be added to the journal.
    pub fn new(
        (model, questions, subset): (usize, Arc<dyn Questions>, String),
        (journal, is_settled): (Journal, bool),
        reviews: Option<ReviewWriter>,
        samples: u64,
    ) -> Self {
        let (reviews, left) = (Mutex::new(reviews), AtomicU64::new(samples));
        SubsetRun { model, questions, subset, journal, is_settled, reviews, left }
    }

    /// Writes a review and, after the subset's last sample, puts the reviews in order and in place. Whether it was
    /// the last.
    pub fn review(&self, review: Review) -> Result<bool, Error> {
        // Laid out before the lock is taken: samples on several threads wait for it.
        let line = review.to_line();
        let mut writer = self.reviews.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(writer) = writer.as_mut() {
            writer.append_line(line)?;
        }
        let is_last = self.left.fetch_sub(1, Ordering::SeqCst) == 1;
        if is_last {
            self.complete(writer.take())?;
        }
        Ok(is_last)
    }

    /// Puts the reviews written so far in place. For a run that stops early.
    pub fn finish(&self) -> Result<(), Error> {
        self.complete(self.reviews.lock().unwrap_or_else(PoisonError::into_inner).take())
    }

    /// Puts the reviews in order and in place once the disk has the journal.
    fn complete(&self, reviews: Option<ReviewWriter>) -> Result<(), Error> {
        if !self.is_settled {
            self.journal.sync()?;
        }
        Ok(reviews.map_or(Ok(()), ReviewWriter::finish)?)
    }
}
