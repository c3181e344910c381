//! What the parts of a run share: models, benchmarks, folder, options, and how it is stopped.

use crate::act::RunModel;
use crate::budget::Budget;
use crate::evidence::Evidence;
use crate::patience::{MaxErrors, Patience};
use crate::subset::SubsetRun;
use evalscope_benchmarks::OpenBenchmark;
use evalscope_cache::ResponseCache;
use evalscope_core::{Event, Limit, Money};
use evalscope_runs::RunFolder;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

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
    /// Answers of earlier runs, when they may serve this one.
    pub cache: Option<Arc<ResponseCache>>,
    /// Failed samples after which the run stops.
    pub max_errors: Option<MaxErrors>,
    /// Go on whatever fails.
    pub ignore_errors: bool,
    /// What the run may cost, calls of earlier sessions included.
    pub max_cost: Option<Money>,
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
    pub patience: Patience,
    pub budget: Arc<Budget>,
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
}
