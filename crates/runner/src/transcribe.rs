//! Writes replies that were made elsewhere into the journal, as if the model had been asked. Scores nothing: a run with
//! [`Stage::Review`](crate::Stage::Review) does that.

use crate::act::RunModel;
use crate::error::Error;
use crate::plan::PlanOptions;
use evalscope_benchmarks::OpenBenchmark;
use evalscope_core::{Completion, Effect, Generation, Outcome, Sample, Step};
use evalscope_runs::{CallKey, Journal, JournalEntry, RunFolder};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// Where replies go, and for which calls they stand.
pub struct Transcribing<'a> {
    /// The model under whose name they are filed.
    pub model: &'a RunModel,
    /// The run.
    pub folder: &'a RunFolder,
    /// Samples, repeats and seed of the run.
    pub options: PlanOptions,
}

/// The texts of one subset's samples: of each all repeats, in order.
pub struct SubsetTexts {
    /// The subset.
    pub subset: String,
    /// None where there is no text.
    pub texts: VecDeque<Option<String>>,
}

/// Journals the texts of all subsets, on as many threads as there are processors.
pub fn transcribe(
    to: &Transcribing,
    benchmark: &OpenBenchmark,
    subsets: Vec<SubsetTexts>,
) -> Result<(), Error> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = processors.min(subsets.len());
    let left = Mutex::new(subsets.into_iter());
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || std::iter::from_fn(next).try_for_each(|one| transcribe_subset(to, benchmark, one));
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let gone = || Error::Worker("a thread that writes down replies is gone".into());
        workers.into_iter().try_for_each(|worker| worker.join().unwrap_or_else(|_| Err(gone())))
    })
}

fn transcribe_subset(to: &Transcribing, benchmark: &OpenBenchmark, one: SubsetTexts) -> Result<(), Error> {
    let SubsetTexts { subset, mut texts } = one;
    let options = &to.options;
    let journal = to.folder.journal(&to.model.id, benchmark.protocol().name(), &subset)?;
    benchmark.look_at_samples(&subset, options.seed, options.limit, |sample| {
        for repeat in 0..options.repeats {
            if let Some(text) = texts.pop_front().flatten() {
                let effect = only_effect(benchmark, sample)?;
                write(to, &journal, (sample, repeat), effect, text)?;
            }
        }
        Ok::<_, Error>(())
    })?;
    Ok(journal.sync()?)
}

/// What a sample asks for, when that is one text.
fn only_effect(benchmark: &OpenBenchmark, sample: &Sample) -> Result<Effect, Error> {
    let not_one =
        |what: String| Error::NotOneReply { benchmark: benchmark.protocol().name().to_owned(), what };
    let Step::Need(mut effects) = benchmark.protocol().step(sample, &[])? else {
        return Err(not_one("no reply at all".into()));
    };
    match (effects.len(), effects.pop()) {
        (1, Some(effect @ Effect::Generate(_))) => Ok(effect),
        (1, _) => Err(not_one("log-likelihoods".into())),
        (count, _) => Err(not_one(format!("{count} replies a sample"))),
    }
}

fn write(
    to: &Transcribing,
    journal: &Journal,
    (sample, repeat): (&Sample, u32),
    effect: Effect,
    text: String,
) -> Result<(), Error> {
    let effect = to.model.adapt(effect, repeat, to.options.repeats, to.options.seed);
    let completions = vec![Completion { text, ..Completion::default() }];
    journal.append(&JournalEntry {
        key: CallKey { index: sample.index, repeat, call: 0 },
        sample_id: sample.id.clone(),
        digest: to.model.call_digest(&effect),
        model: to.model.id.clone(),
        effect,
        outcome: Ok(Outcome::Generation(Generation { completions, ..Generation::default() })),
        at: SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64(),
        cached: false,
    })?;
    Ok(())
}
