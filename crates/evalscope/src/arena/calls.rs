//! Calls of an arena, made by the runner: queued, paced, paid for, and written down before anything looks at them.
//!
//! What was answered once is in `calls.sqlite`, which outlives the run folder of a session: another question, another
//! model or another order of both asks nothing twice.

use crate::environment::Environment;
use crate::error::Error;
use crate::model;
use crate::options::ModelOptions;
use crate::prices;
use crate::runtime::runtime;
use evalscope_cache::ResponseCache;
use evalscope_core::plan::PLAN_VERSION;
use evalscope_core::{
    Amount, Event, Limit, Money, Outcome, Plan, PlannedBenchmark, PlannedModel, Sample, Score, Step, Usage,
};
use evalscope_runner::{Ending, Observer, Questions, RunModel, RunOptions, Samples, Stage, keep_answer};
use evalscope_runs::{JournalEntry, Lock, RunFolder, Status, take_lock};
use indexmap::IndexMap;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// The only subset of what an arena asks.
const SUBSET: &str = "all";

/// Told what happens, in words.
pub type Say = Arc<dyn Fn(String) + Send + Sync>;
/// Told how many of what is asked are through.
pub(super) type Count = Arc<dyn Fn(u64) + Send + Sync>;

/// Calls of an arena.
pub(super) struct Calls {
    runtime: Runtime,
    cache: Arc<ResponseCache>,
    folder: PathBuf,
    seed: u64,
    max_cost: Option<Amount>,
    tally: Mutex<Tally>,
    /// On the arena's folder: the run folder in it comes and goes, and its lock with it.
    _lock: Lock,
}

/// What calls took.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    pub made: u64,
    pub recorded: u64,
    pub failed: u64,
    pub tokens: Usage,
    /// By currency.
    pub costs: Vec<Money>,
    /// Why no more calls were made, when there was no money left.
    pub stopped: Option<String>,
}

impl Calls {
    /// Calls that are written down in this folder. What a session that was killed wrote down is taken over.
    pub fn open(folder: &Path, seed: u64, max_cost: Option<Amount>) -> Result<Calls, Error> {
        std::fs::create_dir_all(folder).map_err(|source| Error::File { path: folder.to_owned(), source })?;
        let lock = take_lock(folder)?;
        let cache = ResponseCache::open(&folder.join("calls.sqlite"))?;
        let calls = folder.join("calls");
        if RunFolder::exists(&calls) {
            take_over(&calls, &cache)?;
        }
        let tally = Mutex::new(Tally { tokens: Usage::new(0, 0), ..Tally::default() });
        let runtime = runtime()?;
        Ok(Calls { runtime, cache: Arc::new(cache), folder: calls, seed, max_cost, tally, _lock: lock })
    }

    pub fn tally(&self) -> Tally {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Opens a model and asks what it can do.
    pub fn model(&self, given: &ModelOptions, environment: &Environment) -> Result<RunModel, Error> {
        let opened = model::open(given, None, environment)?;
        let (mut model, _) = self.runtime.block_on(opened.probe())?;
        model.price.clone_from(&given.price);
        if self.max_cost.is_some() && model.price.is_none() && prices::may_cost(given.eval_type()) {
            let message = format!("`--max-cost` needs a price, and there is none for `{}`", model.id);
            return Err(crate::ArgumentError::new(message)
                .with_hint(Some("give it one: `price: {input: …, output: …}` of the model".into()))
                .into());
        }
        Ok(model)
    }

    /// Brings each of these to its end on a model; `None` for one whose call failed. In their order.
    pub fn drive<T: 'static>(
        &self,
        model: &RunModel,
        steps: Vec<impl Fn(&[Outcome]) -> Step<T> + Send + Sync + 'static>,
        count: Count,
    ) -> Result<Vec<Option<T>>, Error> {
        let asked = Arc::new(Asked { steps });
        let plan = plan(model, asked.steps.len() as u64, self.seed);
        if self.folder.exists() {
            std::fs::remove_dir_all(&self.folder)
                .map_err(|source| Error::File { path: self.folder.clone(), source })?;
        }
        let folder = Arc::new(RunFolder::create(&self.folder, &plan, &json!({}))?);
        let max_cost = self.left(model);
        let options = RunOptions {
            stage: Stage::All,
            seed: self.seed,
            limit: None,
            repeats: 1,
            cache: Some(Arc::clone(&self.cache)),
            judges: Vec::new(),
            executor: None,
            max_errors: None,
            ignore_errors: false,
            max_cost,
        };
        let questions: Arc<dyn Questions> = Arc::clone(&asked) as Arc<dyn Questions>;
        let ended = self.runtime.block_on(evalscope_runner::run(
            vec![model.clone()],
            vec![questions],
            Arc::clone(&folder),
            options,
            counting(count),
            CancellationToken::new(),
            CancellationToken::new(),
        ));
        let found = self.read(model, &folder, &asked.steps)?;
        match ended? {
            Ending::Complete => folder.set_status(Status::Finished)?,
            Ending::Interrupted(why) => {
                folder.set_status(Status::Interrupted)?;
                self.tally.lock().unwrap_or_else(PoisonError::into_inner).stopped = why;
            }
        }
        Ok(found)
    }

    /// What may still be spent.
    fn left(&self, model: &RunModel) -> Option<Money> {
        let currency = &model.price.as_ref()?.currency;
        let most = self.max_cost?;
        let tally = self.tally();
        let spent = tally.costs.iter().find(|cost| cost.currency == *currency);
        let spent = spent.map_or(Amount::default(), |cost| cost.amount);
        Some(Money { amount: most.minus(spent), currency: currency.clone() })
    }

    /// Reads from the journal what came of each.
    fn read<T>(
        &self,
        model: &RunModel,
        folder: &RunFolder,
        steps: &[impl Fn(&[Outcome]) -> Step<T>],
    ) -> Result<Vec<Option<T>>, Error> {
        let mut seen: Vec<Vec<Outcome>> = steps.iter().map(|_| Vec::new()).collect();
        for entry in folder.read_journal(&model.id, NAME, SUBSET)? {
            let entry = entry?;
            self.count(model, &entry);
            let place = entry.key.index as usize;
            if let (Ok(outcome), Some(seen)) = (entry.outcome, seen.get_mut(place)) {
                seen.push(outcome);
            }
        }
        let ended = steps.iter().zip(seen).map(|(step, seen)| match step(&seen) {
            Step::Done(value) => Some(value),
            Step::Need(_) => None,
        });
        Ok(ended.collect())
    }

    fn count(&self, model: &RunModel, entry: &JournalEntry) {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        match &entry.outcome {
            Err(_) => tally.failed += 1,
            Ok(_) if entry.cached => tally.recorded += 1,
            Ok(outcome) => {
                tally.made += 1;
                let Some(usage) = outcome.as_generation().and_then(|reply| reply.usage) else { return };
                tally.tokens.add(&usage);
                let Some(price) = &model.price else { return };
                let cost = price.money(price.of(&usage));
                match tally.costs.iter_mut().find(|known| known.currency == cost.currency) {
                    Some(known) => known.amount = known.amount.plus(cost.amount),
                    None => tally.costs.push(cost),
                }
            }
        }
    }
}

/// The name of what an arena asks in its run folder.
const NAME: &str = "arena";

/// What is asked, each brought to its end by a function of its own.
struct Asked<F> {
    steps: Vec<F>,
}

impl<T, F: Fn(&[Outcome]) -> Step<T> + Send + Sync> Questions for Asked<F> {
    fn name(&self) -> &str {
        NAME
    }

    fn subsets(&self) -> Vec<String> {
        vec![SUBSET.to_owned()]
    }

    fn count(&self, _subset: &str, _limit: Option<Limit>) -> Result<u64, evalscope_benchmarks::Error> {
        Ok(self.steps.len() as u64)
    }

    fn samples<'a>(
        &'a self,
        subset: &'a str,
        _seed: u64,
        _limit: Option<Limit>,
    ) -> Result<Samples<'a>, evalscope_benchmarks::Error> {
        let sample = move |index: u64| {
            Ok(Sample { id: index.to_string(), index, subset: subset.to_owned(), ..Sample::default() })
        };
        Ok(Box::new((0..self.steps.len() as u64).map(sample)))
    }

    fn step(&self, sample: &Sample, seen: &[Outcome]) -> Result<Step<Score>, evalscope_benchmarks::Error> {
        Ok(match self.steps.get(sample.index as usize).map(|step| step(seen)) {
            Some(Step::Need(effects)) => Step::Need(effects),
            Some(Step::Done(_)) | None => Step::Done(Score::default()),
        })
    }
}

fn plan(model: &RunModel, count: u64, seed: u64) -> Plan {
    let planned = PlannedModel {
        id: model.id.clone(),
        identity: model.identity.clone().into_iter().collect(),
        sampling: model.defaults.overridden_by(&model.sampling),
    };
    let asked = PlannedBenchmark {
        name: NAME.to_owned(),
        subsets: IndexMap::from([(SUBSET.to_owned(), count)]),
        missing: Vec::new(),
        asking: Value::Null,
        scoring: Value::Null,
        departures: IndexMap::new(),
    };
    Plan {
        version: PLAN_VERSION,
        models: vec![planned],
        benchmarks: vec![asked],
        collections: Vec::new(),
        seed,
        repeats: 1,
        limit: None,
    }
}

fn counting(count: Count) -> Observer {
    let through = AtomicU64::new(0);
    Arc::new(move |event: Event| {
        if let Event::SampleScored { .. } | Event::SampleFailed { .. } = event {
            count(through.fetch_add(1, Ordering::Relaxed) + 1);
        }
    })
}

/// Puts what a session wrote down where the next one looks.
fn take_over(path: &Path, cache: &ResponseCache) -> Result<(), Error> {
    let plan = RunFolder::open(path)?.plan().clone();
    // Refuses a folder that another process writes, and cuts off a line that was torn.
    let folder = RunFolder::resume(path, &plan, &json!({}))?;
    for model in &plan.models {
        folder.journal(&model.id, NAME, SUBSET)?;
        for entry in folder.read_journal(&model.id, NAME, SUBSET)? {
            let entry = entry?;
            if !entry.cached {
                keep_answer(cache, &entry)?;
            }
        }
    }
    Ok(())
}
