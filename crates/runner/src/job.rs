//! What the parts of a run share: models, benchmarks, folder, options, and how it is stopped.

use crate::act::RunModel;
use crate::budget::Budget;
use crate::busy::Busy;
use crate::error::Error;
use crate::evidence::Evidence;
use crate::executor::Executor;
use crate::patience::{MaxErrors, Patience};
use crate::questions::Questions;
use crate::subset::SubsetRun;
use evalscope_cache::ResponseCache;
use evalscope_core::{Effect, Event, Limit, Money};
use evalscope_runs::RunFolder;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
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
#[derive(Clone)]
pub struct RunOptions {
    /// Which part.
    pub stage: Stage,
    /// Seed of everything random.
    pub seed: u64,
    /// Samples at most per subset.
    pub limit: Option<Limit>,
    /// How often each sample is asked.
    pub repeats: u32,
    /// Answers of earlier runs, when they may serve this one.
    pub cache: Option<Arc<ResponseCache>>,
    /// Who judges replies, in the order in which requests name them.
    pub judges: Vec<RunModel>,
    /// Runs programs, when a benchmark has some to run.
    pub executor: Option<Executor>,
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
    pub benchmarks: Vec<Arc<dyn Questions>>,
    pub folder: Arc<RunFolder>,
    pub options: RunOptions,
    /// No new calls after this.
    pub stop: CancellationToken,
    /// No new calls to one model after its own, judges after the others; the run's stops them all.
    pub stops: Vec<CancellationToken>,
    /// Calls in flight end after this.
    pub abort: CancellationToken,
    /// All samples of all models are through.
    pub over: CancellationToken,
    pub observer: Observer,
    pub subsets: Mutex<Vec<Arc<SubsetRun>>>,
    pub patience: Patience,
    pub budget: Arc<Budget>,
    pub stopped_early: AtomicBool,
    /// A call was made that no cache answered.
    pub has_called: AtomicBool,
    /// How busy the threads that drive samples are.
    pub busy: Busy,
    /// For the manifest.
    pub evidence: Evidence,
}

impl Job {
    pub fn tell(&self, event: Event) {
        (self.observer)(event);
    }

    /// No new calls, because something went wrong. What is wrong with one model does not stop the others.
    pub fn stop_early(&self, model: usize, error: &Error) {
        self.stopped_early.store(true, Ordering::SeqCst);
        match error {
            Error::Model { .. } | Error::ModelGone { .. } => self.stops[model].cancel(),
            _ => self.stop.cancel(),
        }
    }

    /// No new calls to any model when there is no money left for one.
    pub fn stop_when_spent(&self) {
        if self.budget.ended().is_some() {
            self.stopped_early.store(true, Ordering::SeqCst);
            self.stop.cancel();
        }
    }

    /// Whether a model gets no new calls.
    pub fn is_stopping(&self, model: usize) -> bool {
        self.stops[model].is_cancelled()
    }

    /// Who carries out an effect of this model's samples, with its place among all models and judges. None for a judge whom
    /// the run does not have.
    pub fn answerer(&self, model: usize, effect: &Effect) -> Option<(usize, &RunModel)> {
        match effect.judge() {
            None => Some((model, &self.models[model])),
            Some(judge) => {
                let judge = judge as usize;
                Some((self.models.len() + judge, self.options.judges.get(judge)?))
            }
        }
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
