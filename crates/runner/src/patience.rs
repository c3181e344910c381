//! When failures end a run: a model that refuses everything or is gone, or more failed samples than the user bears.

use crate::act::RunModel;
use crate::error::Error;
use evalscope_core::{CallFailure, FailureKind, Outcome};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Failures in a row, without a success between, after which a model counts as gone.
const MAX_FAILURES_IN_A_ROW: u64 = 20;

/// Failed samples that a run may have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MaxErrors {
    /// So many.
    Count(u64),
    /// This share of all planned samples, 0 to 1.
    Share(f64),
}

impl MaxErrors {
    fn of(self, planned: u64) -> u64 {
        match self {
            MaxErrors::Count(count) => count,
            MaxErrors::Share(share) => (share * planned as f64).floor() as u64,
        }
    }
}

/// Counts failures.
pub(crate) struct Patience {
    failures_in_a_row: Vec<AtomicU64>,
    has_answered: Vec<AtomicBool>,
    failed_samples: AtomicU64,
    most: Option<u64>,
    ignore_errors: bool,
}

impl Patience {
    /// For so many models and planned samples.
    pub fn new(models: usize, planned: u64, most: Option<MaxErrors>, ignore_errors: bool) -> Self {
        Patience {
            failures_in_a_row: (0..models).map(|_| AtomicU64::new(0)).collect(),
            has_answered: (0..models).map(|_| AtomicBool::new(false)).collect(),
            failed_samples: AtomicU64::new(0),
            most: most.map(|most| most.of(planned)),
            ignore_errors,
        }
    }

    /// Keeps count of failed samples; an error when there are more than allowed.
    pub fn sample_failed(&self, failure: &CallFailure) -> Result<(), Error> {
        let count = self.failed_samples.fetch_add(1, Ordering::Relaxed) + 1;
        match self.most {
            Some(most) if count > most => Err(Error::TooManyErrors { count, most, failure: failure.clone() }),
            _ => Ok(()),
        }
    }

    /// Keeps count of failed calls; an error when the model refuses everything or is gone.
    ///
    /// A refusal ends the run only before the first success: a gateway may refuse one prompt and take all others.
    pub fn note_call(
        &self,
        index: usize,
        model: &RunModel,
        outcome: &Result<Outcome, CallFailure>,
    ) -> Result<(), Error> {
        let counter = &self.failures_in_a_row[index];
        let failure = match outcome {
            Ok(_) => {
                counter.store(0, Ordering::Relaxed);
                self.has_answered[index].store(true, Ordering::Relaxed);
                return Ok(());
            }
            Err(failure) => failure.clone(),
        };
        let id = model.id.clone();
        let key = || model.model.key_source().map(str::to_owned);
        let has_answered = self.has_answered[index].load(Ordering::Relaxed);
        if failure.kind == FailureKind::EngineDied || failure.kind.is_fatal() && !has_answered {
            return Err(Error::Model { model: id, failure, key: key() });
        }
        let counts = failure.kind.is_transient() || failure.kind.is_fatal() || !has_answered;
        if !counts || failure.kind == FailureKind::NotRecorded || self.ignore_errors {
            return Ok(());
        }
        let count = counter.fetch_add(1, Ordering::Relaxed) + 1;
        let in_flight = model.pace.as_ref().map_or(model.concurrency, |pace| pace.window());
        let limit = MAX_FAILURES_IN_A_ROW.max(in_flight as u64);
        if count >= limit {
            return Err(Error::ModelGone { model: id, count, failure, key: key() });
        }
        Ok(())
    }
}
