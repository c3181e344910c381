//! The threads that drive the samples of a model. One is enough for what most endpoints bear; where many samples are in
//! flight a second one takes half of them, from the same queue.
//!
//! Each thread has a runtime of its own, and a sample stays on the thread that took it: threads that share a runtime hand
//! every reply to each other.

use crate::act::RunModel;
use crate::busy::Watch;
use crate::drive::drive;
use crate::error::Error;
use crate::job::{Job, Stage};
use crate::queue::{self, Batch};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use std::sync::Arc;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinError;
use tokio_util::sync::CancellationToken;

/// Samples in flight for which a thread is worth its start.
const SAMPLES_PER_DRIVER: usize = 32;
/// Threads for one model at most; more were not measured.
const MOST_DRIVERS: usize = 2;

type Queue = Arc<Mutex<mpsc::Receiver<Batch>>>;

/// Brings all samples of one model to their end.
pub(crate) async fn run_model(job: Arc<Job>, model: usize) -> Result<(), Error> {
    let (work, producer) = queue::produce(Arc::clone(&job), model);
    let queue = Arc::new(Mutex::new(work));
    let mut shares = shares(&job.models[model], job.options.stage).into_iter();
    let here = shares.next().unwrap_or(1);
    let elsewhere: Vec<_> = shares
        .map(|in_flight| {
            let share = drive_share(Arc::clone(&job), model, Arc::clone(&queue), in_flight);
            let (job, over) = (Arc::clone(&job), job.over.clone());
            async move {
                // The other thread is not to ask all samples for a run that has failed.
                on_own_thread(share, over).await.inspect_err(|error| job.stop_early(model, error))
            }
        })
        .collect();
    let here = drive_share(job, model, queue, here);
    let (result, others) = futures::future::join(here, futures::future::join_all(elsewhere)).await;
    let result = others.into_iter().fold(result, Result::and);
    result.and(joined(producer.await.map(Ok)))
}

/// How many samples each thread has in flight. A review asks nobody but judges, so that mostly processors bound it; an
/// engine of our own has threads itself.
fn shares(model: &RunModel, stage: Stage) -> Vec<usize> {
    let in_flight = model.concurrency.max(1);
    let worth = match stage {
        Stage::Review => in_flight,
        Stage::All | Stage::Infer if model.pace.is_none() => 1,
        Stage::All | Stage::Infer => in_flight / SAMPLES_PER_DRIVER,
    };
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let drivers = worth.min(processors).clamp(1, MOST_DRIVERS);
    (0..drivers).map(|driver| in_flight / drivers + usize::from(driver < in_flight % drivers)).collect()
}

/// What a share brings that is driven on a thread and runtime of its own. These stay until the run is over: a model that
/// was started there, such as a program, may still be asked from other threads.
async fn on_own_thread(
    share: impl Future<Output = Result<(), Error>> + Send + 'static,
    over: CancellationToken,
) -> Result<(), Error> {
    let (sender, ended) = oneshot::channel();
    tokio::task::spawn_blocking(move || {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return drop(sender.send(Err(Error::Worker(error.to_string())))),
        };
        runtime.block_on(async {
            // The receiver is gone only when the run is.
            let _ = sender.send(share.await);
            over.cancelled().await;
        });
    });
    ended.await.unwrap_or_else(|_| Err(Error::Worker("a thread that drives calls is gone".into())))
}

/// Takes samples from the queue until there are no more, and brings each to its end.
async fn drive_share(job: Arc<Job>, model: usize, queue: Queue, in_flight: usize) -> Result<(), Error> {
    let watch = Watch::begin();
    let mut flying = FuturesUnordered::new();
    let mut result = Ok(());
    let mut taken = Vec::new().into_iter();
    let mut more = true;
    while more || !flying.is_empty() {
        while flying.len() < in_flight
            && let Some(work) = taken.next()
        {
            let job = Arc::clone(&job);
            flying.push(tokio::spawn(async move { drive(&job, work).await }));
        }
        let next = async { queue.lock().await.recv().await };
        let ended = tokio::select! {
            biased;
            Some(ended) = flying.next(), if !flying.is_empty() => joined(ended),
            next = next, if more && flying.len() < in_flight => match next {
                Some(Ok(batch)) => {
                    taken = batch.into_iter();
                    Ok(())
                }
                Some(Err(error)) => Err(error),
                None => {
                    more = false;
                    Ok(())
                }
            },
        };
        if let Err(error) = ended {
            job.stop_early(model, &error);
            result = result.and(Err(error));
        }
    }
    job.busy.note(&watch);
    result
}

/// What a part of the run brought; a part that ended without a word is an error.
fn joined(ended: Result<Result<(), Error>, JoinError>) -> Result<(), Error> {
    ended.unwrap_or_else(|error| Err(Error::Worker(error.to_string())))
}
