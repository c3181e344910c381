//! Writes replies that were made elsewhere into the journal, as if the model had been asked. Scores nothing: a run with
//! [`Stage::Review`](crate::Stage::Review) does that.

use crate::act::RunModel;
use crate::error::Error;
use crate::plan::PlanOptions;
use evalscope_benchmarks::OpenBenchmark;
use evalscope_core::{Completion, Effect, Generation, Outcome, Sample, Step};
use evalscope_runs::{CallKey, Journal, JournalEntry, RunFolder};
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

/// Asks `reply` for the text of each sample and repeat, and journals what it gives.
pub fn transcribe(
    to: &Transcribing,
    benchmark: &OpenBenchmark,
    mut reply: impl FnMut(&Sample) -> Option<String>,
) -> Result<(), Error> {
    let options = &to.options;
    for subset in benchmark.subsets().iter().filter(|subset| benchmark.is_available(subset)) {
        let journal = to.folder.journal(&to.model.id, benchmark.protocol().name(), subset)?;
        for sample in benchmark.samples(subset, options.seed, options.limit)? {
            let sample = sample?;
            for repeat in 0..options.repeats {
                if let Some(text) = reply(&sample) {
                    let effect = only_effect(benchmark, &sample)?;
                    write(to, &journal, (&sample, repeat), effect, text)?;
                }
            }
        }
        journal.sync()?;
    }
    Ok(())
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
