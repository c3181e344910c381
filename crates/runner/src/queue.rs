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

/// Samples that the queue has room for at least, and that are handed over at once at most: else its ends wake each other
/// for every sample.
const LEAST_ROOM: usize = 128;
const BATCH: usize = 16;

/// Some samples in a row, or why there are no more.
pub(crate) type Batch = Result<Vec<Work>, Error>;

/// One sample to be asked once.
pub(crate) struct Work {
    pub subset: Arc<SubsetRun>,
    pub sample: Arc<Sample>,
    pub repeat: u32,
}

/// Starts producing the work for one model. The receiver sees it in plan order and ends after the first error; the
/// handle tells whether the producer ended as it should.
pub(crate) fn produce(job: Arc<Job>, model: usize) -> (mpsc::Receiver<Batch>, JoinHandle<()>) {
    let in_flight = job.models[model].concurrency;
    let room = (2 * in_flight).max(LEAST_ROOM);
    // So few at once that each of two threads has its share of what is in flight.
    let batch = (in_flight / 2).clamp(1, BATCH);
    let (sender, receiver) = mpsc::channel(room.div_ceil(batch));
    let producer = tokio::task::spawn_blocking(move || {
        let mut outbox = Outbox { sender, waiting: Vec::new(), batch };
        let sent = send_all(&job, model, &mut outbox);
        // The receiver is gone only when the run has stopped for another reason.
        let _ = outbox.flush();
        if let Err(error) = sent {
            let _ = outbox.sender.blocking_send(Err(error));
        }
    });
    (receiver, producer)
}

/// Collects samples and hands them over.
struct Outbox {
    sender: mpsc::Sender<Batch>,
    waiting: Vec<Work>,
    /// How many are handed over at once.
    batch: usize,
}

/// Nobody takes samples any more.
struct Closed;

impl Outbox {
    fn send(&mut self, work: Work) -> Result<(), Closed> {
        self.waiting.push(work);
        if self.waiting.len() < self.batch { Ok(()) } else { self.flush() }
    }

    fn flush(&mut self) -> Result<(), Closed> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.sender.blocking_send(Ok(std::mem::take(&mut self.waiting))).map_err(|_| Closed)
    }
}

fn send_all(job: &Job, model: usize, outbox: &mut Outbox) -> Result<(), Error> {
    let options = &job.options;
    for benchmark in &job.benchmarks {
        for subset in &benchmark.subsets() {
            if job.is_stopping(model) || outbox.sender.is_closed() {
                return Ok(());
            }
            let count = benchmark.count(subset, options.limit)?;
            if count == 0 {
                continue;
            }
            let run = Arc::new(open_subset(job, model, benchmark, subset, count)?);
            job.remember(Arc::clone(&run));
            for sample in benchmark.samples(subset, options.seed, options.limit)? {
                let sample = Arc::new(sample?);
                for repeat in 0..options.repeats {
                    let work = Work { subset: Arc::clone(&run), sample: Arc::clone(&sample), repeat };
                    if job.is_stopping(model) || outbox.send(work).is_err() {
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
    let options = &job.options;
    // Neither judges nor programs: all that is needed is there, and is done again in no time.
    let is_settled =
        options.stage == Stage::Review && options.judges.is_empty() && options.executor.is_none();
    let reviews = match options.stage {
        Stage::Infer => None,
        Stage::All | Stage::Review => Some(job.folder.reviews(id, name, subset)?),
    };
    let reviews = reviews.map(|reviews| if is_settled { reviews.held_back() } else { reviews });
    let count = samples * u64::from(options.repeats);
    let about = (model, Arc::clone(benchmark), subset.to_owned());
    Ok(SubsetRun::new(about, (journal, is_settled), reviews, count))
}
