//! Produces the work of a run in order, on a thread of its own, so that rows are read while models answer and no
//! more of them than the calls in flight are in memory.

use crate::error::Error;
use crate::job::{Job, Stage};
use crate::questions::Questions;
use crate::subset::SubsetRun;
use evalscope_core::Sample;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Samples that the queue has room for at least: with less, its ends wake each other for every sample where nobody is
/// waited for, as when a run is scored again.
const LEAST_ROOM: usize = 128;

/// One sample to be asked once.
pub(crate) struct Work {
    pub subset: Arc<SubsetRun>,
    pub sample: Sample,
    pub repeat: u32,
}

/// Starts producing the work for one model. The receiver sees it in plan order and ends after the first error; the
/// handle tells whether the producer ended as it should.
pub(crate) fn produce(job: Arc<Job>, model: usize) -> (mpsc::Receiver<Result<Work, Error>>, JoinHandle<()>) {
    let (sender, receiver) = mpsc::channel((2 * job.models[model].concurrency).max(LEAST_ROOM));
    let producer = tokio::task::spawn_blocking(move || {
        if let Err(error) = send_all(&job, model, &sender) {
            // The receiver is gone only when the run has stopped for another reason.
            let _ = sender.blocking_send(Err(error));
        }
    });
    (receiver, producer)
}

fn send_all(job: &Job, model: usize, sender: &mpsc::Sender<Result<Work, Error>>) -> Result<(), Error> {
    let options = &job.options;
    for benchmark in &job.benchmarks {
        for subset in &benchmark.subsets() {
            if job.is_stopping(model) || sender.is_closed() {
                return Ok(());
            }
            let count = benchmark.count(subset, options.limit)?;
            if count == 0 {
                continue;
            }
            let run = Arc::new(open_subset(job, model, benchmark, subset, count)?);
            job.remember(Arc::clone(&run));
            for sample in benchmark.samples(subset, options.seed, options.limit)? {
                let sample = sample?;
                for repeat in 0..options.repeats {
                    let work = Work { subset: Arc::clone(&run), sample: sample.clone(), repeat };
                    if job.is_stopping(model) || sender.blocking_send(Ok(work)).is_err() {
                        return Ok(());
                    }
                }
            }
        }
    }
    Ok(())
}

fn open_subset(
    job: &Job,
    model: usize,
    benchmark: &Arc<dyn Questions>,
    subset: &str,
    samples: u64,
) -> Result<SubsetRun, Error> {
    let (id, name) = (&job.models[model].id, benchmark.name());
    let journal = job.folder.journal(id, name, subset)?;
    if journal.repaired_bytes() > 0 {
        job.notice(format!(
            "{name}, {subset}: dropped {} bytes of a line that was torn when the last run ended",
            journal.repaired_bytes()
        ));
    }
    let reviews = match job.options.stage {
        Stage::Infer => None,
        Stage::All | Stage::Review => Some(job.folder.reviews(id, name, subset)?),
    };
    let count = samples * u64::from(job.options.repeats);
    Ok(SubsetRun::new(model, Arc::clone(benchmark), subset.to_owned(), journal, reviews, count))
}
