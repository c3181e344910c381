//! Calls of an arena: written down before anything looks at them, and not made a second time.

use crate::environment::{Environment, Hub};
use crate::error::Error;
use crate::model;
use crate::options::ModelOptions;
use crate::runtime::runtime;
use evalscope_cache::ResponseCache;
use evalscope_core::{CallFailure, Outcome, Step, Usage};
use evalscope_model_api::CallContext;
use evalscope_runner::RunModel;
use evalscope_runs::{CallKey, JournalEntry};
use futures::StreamExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;
use tokio::runtime::Runtime;

/// Calls of an arena.
pub(super) struct Calls {
    runtime: Runtime,
    journal: ResponseCache,
    seed: u64,
    tally: Mutex<Tally>,
}

/// What calls took.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    pub made: u64,
    pub recorded: u64,
    pub failed: u64,
    pub tokens: Usage,
}

impl Calls {
    /// Calls that are written down in this file.
    pub fn open(path: &Path, seed: u64) -> Result<Calls, Error> {
        let tally = Mutex::new(Tally { tokens: Usage::new(0, 0), ..Tally::default() });
        Ok(Calls { runtime: runtime()?, journal: ResponseCache::open(path)?, seed, tally })
    }

    pub fn tally(&self) -> Tally {
        *self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a model and asks what it can do.
    pub fn model(&self, given: &ModelOptions, environment: &Environment) -> Result<RunModel, Error> {
        let unused = [
            ("price", given.price.is_some()),
            ("rpm", given.limits.calls_per_minute.is_some()),
            ("tpm", given.limits.tokens_per_minute.is_some()),
        ];
        if let Some((name, _)) = unused.iter().find(|(_, is_given)| *is_given) {
            let message = format!("an arena has no use for `{name}` of a model");
            return Err(crate::ArgumentError::new(message).with_hint(Some("take it out".into())).into());
        }
        let opened = model::open(given, Hub::ModelScope, environment)?;
        Ok(self.runtime.block_on(opened.probe())?.0)
    }

    /// Brings each of these to its end on a model; `None` for one whose call failed. In their order.
    pub fn drive<T>(
        &self,
        model: &RunModel,
        steps: Vec<impl Fn(&[Outcome]) -> Step<T>>,
        progress: &dyn Fn(usize),
    ) -> Result<Vec<Option<T>>, Error> {
        let mut done: Vec<Option<Option<T>>> = steps.iter().map(|_| None).collect();
        self.runtime.block_on(async {
            let lives = steps.iter().enumerate().map(|(place, step)| async move {
                let ended = self.live(model, step).await;
                (place, ended)
            });
            let mut flying = futures::stream::iter(lives).buffer_unordered(model.concurrency.max(1));
            let mut count = 0;
            while let Some((place, ended)) = flying.next().await {
                done[place] = Some(ended?);
                count += 1;
                progress(count);
            }
            Ok::<(), Error>(())
        })?;
        Ok(done.into_iter().map(Option::flatten).collect())
    }

    async fn live<T>(
        &self,
        model: &RunModel,
        step: &impl Fn(&[Outcome]) -> Step<T>,
    ) -> Result<Option<T>, Error> {
        let mut seen = Vec::new();
        loop {
            let effects = match step(&seen) {
                Step::Done(value) => return Ok(Some(value)),
                Step::Need(effects) => effects,
            };
            for effect in effects {
                let effect = model.adapt(effect, 0, 1, self.seed);
                let digest = model.call_digest(&effect);
                let recorded = self.journal.get(&digest)?;
                let recorded = recorded.and_then(|line| JournalEntry::from_line(&line).ok()?.outcome.ok());
                if let Some(outcome) = recorded {
                    self.count(|tally| tally.recorded += 1);
                    seen.push(outcome);
                    continue;
                }
                let outcome = model.act(&effect, &CallContext::with_timeout(model.timeout)).await;
                let entry = JournalEntry {
                    key: CallKey { index: 0, repeat: 0, call: seen.len() as u32 },
                    sample_id: String::new(),
                    digest,
                    model: model.id.clone(),
                    effect,
                    outcome,
                    at: SystemTime::now()
                        .duration_since(SystemTime::UNIX_EPOCH)
                        .unwrap_or_default()
                        .as_secs_f64(),
                    cached: false,
                };
                match self.keep(entry)? {
                    Ok(outcome) => seen.push(outcome),
                    Err(failure) if failure.kind.is_fatal() => {
                        return Err(
                            evalscope_runner::Error::Model { model: model.id.clone(), failure }.into()
                        );
                    }
                    Err(_) => return Ok(None),
                }
            }
        }
    }

    /// Writes a call down. A failed one is not, so that it is made again.
    fn keep(&self, entry: JournalEntry) -> Result<Result<Outcome, CallFailure>, Error> {
        if entry.outcome.is_ok()
            && let Ok(line) = entry.to_line()
        {
            self.journal.put(&entry.digest, &entry.model, &line)?;
        }
        self.count(|tally| match &entry.outcome {
            Ok(outcome) => {
                tally.made += 1;
                let usage = outcome.as_generation().and_then(|reply| reply.usage);
                usage.iter().for_each(|usage| tally.tokens.add(usage));
            }
            Err(_) => tally.failed += 1,
        });
        Ok(entry.outcome)
    }

    fn count(&self, change: impl FnOnce(&mut Tally)) {
        change(&mut self.tally.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
