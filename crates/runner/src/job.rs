//! What the parts of a run share: models, benchmarks, folder, options, and how it is stopped.

use crate::act::RunModel;
use crate::error::Error;
use crate::evidence::Evidence;
use crate::subset::SubsetRun;
use evalscope_benchmarks::OpenBenchmark;
use evalscope_core::{CallFailure, Event, FailureKind, Limit, Outcome};
use evalscope_runs::RunFolder;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Failures in a row, without a success between, after which a model counts as gone.
const MAX_FAILURES_IN_A_ROW: u64 = 20;

/// Which part of a run is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stage {
    /// Ask and score.
    #[default]
    All,
    /// Ask only.
    Infer,
    /// Score what is recorded; ask nothing.
    Review,
}

/// How to run.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// Which part.
    pub stage: Stage,
    /// Seed of everything random.
    pub seed: u64,
    /// Samples at most per subset.
    pub limit: Option<Limit>,
    /// How often each sample is asked.
    pub repeats: u32,
    /// Time for one call, retries included.
    pub timeout: Duration,
}

/// Told what happens, from several threads.
pub type Observer = Arc<dyn Fn(Event) + Send + Sync>;

/// What the parts of a run share.
pub(crate) struct Job {
    pub models: Vec<RunModel>,
    pub benchmarks: Vec<Arc<OpenBenchmark>>,
    pub folder: Arc<RunFolder>,
    pub options: RunOptions,
    /// No new calls after this.
    pub stop: CancellationToken,
    /// Calls in flight end after this.
    pub abort: CancellationToken,
    pub observer: Observer,
    pub subsets: Mutex<Vec<Arc<SubsetRun>>>,
    pub failures_in_a_row: Vec<AtomicU64>,
    pub has_answered: Vec<AtomicBool>,
    pub stopped_early: AtomicBool,
    /// For the manifest.
    pub evidence: Evidence,
}

impl Job {
    pub fn tell(&self, event: Event) {
        (self.observer)(event);
    }

    /// No new calls, because something went wrong.
    pub fn stop_early(&self) {
        self.stopped_early.store(true, Ordering::SeqCst);
        self.stop.cancel();
    }

    pub fn notice(&self, message: String) {
        self.tell(Event::Notice { message });
    }

    /// Lets go of a subset that is through: its files need not stay open.
    pub fn forget(&self, subset: &Arc<SubsetRun>) {
        let mut subsets = self.subsets.lock().unwrap_or_else(PoisonError::into_inner);
        subsets.retain(|known| !Arc::ptr_eq(known, subset));
    }

    pub fn remember(&self, subset: Arc<SubsetRun>) {
        self.subsets.lock().unwrap_or_else(PoisonError::into_inner).push(subset);
    }

    /// Keeps count of failures; an error when the model refuses everything or is gone.
    ///
    /// A refusal ends the run only before the first success: a gateway may refuse one prompt and take all others.
    pub fn note_call(&self, model: usize, outcome: &Result<Outcome, CallFailure>) -> Result<(), Error> {
        let counter = &self.failures_in_a_row[model];
        let failure = match outcome {
            Ok(_) => {
                counter.store(0, Ordering::Relaxed);
                self.has_answered[model].store(true, Ordering::Relaxed);
                return Ok(());
            }
            Err(failure) => failure.clone(),
        };
        let id = self.models[model].id.clone();
        let has_answered = self.has_answered[model].load(Ordering::Relaxed);
        if failure.kind == FailureKind::EngineDied || failure.kind.is_fatal() && !has_answered {
            return Err(Error::Model { model: id, failure });
        }
        let counts = failure.kind.is_transient() || failure.kind.is_fatal() || !has_answered;
        if !counts {
            return Ok(());
        }
        let count = counter.fetch_add(1, Ordering::Relaxed) + 1;
        let limit = MAX_FAILURES_IN_A_ROW.max(self.models[model].concurrency as u64);
        if count >= limit {
            return Err(Error::ModelGone { model: id, count, failure });
        }
        Ok(())
    }
}
