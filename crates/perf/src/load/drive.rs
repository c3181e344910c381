//! Runs one stage on a thread of its own: connections first, then requests, then nothing until all answers are over.

use crate::api::Api;
use crate::clock::{Clock, Stamp};
use crate::error::Error;
use crate::load::cpu;
use crate::load::lag::{Lag, watch};
use crate::load::outcome::Outcome;
use crate::load::schedule::Schedule;
use crate::load::shared::{Gauge, Shared};
use crate::load::stage::{Shape, Stage};
use crate::load::{closed, open};
use crate::wire::{BUFFER, Connector, Request, Target, Terms};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;
use tokio::task::{JoinSet, LocalSet};
use tokio_util::sync::CancellationToken;

/// Connections that are made at the same time before a stage: a server's queue for them is short.
const CONNECTING: usize = 64;
/// Connections that are made before an open loop without a cap.
const MOST_READY: f64 = 64.0;

/// All that a stage needs.
#[derive(Clone)]
pub struct Job {
    /// The stage.
    pub stage: Stage,
    /// Where to.
    pub target: Target,
    /// How.
    pub api: &'static dyn Api,
    /// The requests; after the last comes the first again.
    pub requests: Arc<[Request]>,
    /// The time.
    pub clock: Clock,
    /// Seed of the schedule.
    pub seed: u64,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long nothing may come.
    pub read_timeout: Duration,
    /// How long a request may take.
    pub total_timeout: Duration,
    /// Texts of answers are wanted.
    pub keep_text: bool,
    /// No new requests.
    pub stop: CancellationToken,
    /// At once.
    pub abort: CancellationToken,
    /// Counters for the outside.
    pub gauge: Arc<Gauge>,
}

/// What the load loop says of a stage that is over.
#[derive(Debug, Clone, Default)]
pub struct Driven {
    /// When the first request could be sent.
    pub began: Stamp,
    /// When the last answer was over.
    pub ended: Stamp,
    /// How late the load loop ran.
    pub lag: Lag,
    /// CPU time of the load loop's thread, in nanoseconds.
    pub cpu: u64,
    /// The user ended it at once.
    pub aborted: bool,
}

/// Runs a stage; its outcomes go to `sender`. Blocks until it is over.
pub fn drive(job: Job, sender: Sender<Vec<Outcome>>) -> Result<Driven, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::Thread { reason: error.to_string() })?;
    let local = LocalSet::new();
    let driven = local.block_on(&runtime, run(job, sender));
    // What is still in flight after an abort ends here.
    drop(local);
    driven
}

async fn run(job: Job, sender: Sender<Vec<Outcome>>) -> Result<Driven, Error> {
    let Job { stage, target, clock, abort, seed, .. } = job.clone();
    let connector = Connector::new(&target, job.connect_timeout, clock).await?;
    let terms = Terms {
        api: job.api,
        clock,
        read_timeout: job.read_timeout,
        total_timeout: job.total_timeout,
        keep_text: job.keep_text,
        buffer: RefCell::new(vec![0; BUFFER].into_boxed_slice()),
    };
    let sharing = ((stage, job.requests), (terms, connector), (job.stop, job.gauge), sender);
    let shared = Rc::new(Shared::new(sharing.0, sharing.1, sharing.2, sharing.3));
    tokio::select! {
        () = connect_ahead(&shared) => {}
        () = abort.cancelled() => {}
    }
    let cpu_before = cpu::of_thread();
    shared.begin();
    let lag = Rc::new(RefCell::new(Lag::default()));
    let watching = tokio::task::spawn_local(watch(Rc::clone(&lag), clock, {
        let shared = Rc::clone(&shared);
        move || shared.flush()
    }));
    let aborted = tokio::select! {
        biased;
        () = abort.cancelled() => true,
        () = send(&shared, seed) => false,
    };
    watching.abort();
    shared.flush();
    let lag = lag.borrow().clone();
    let cpu = cpu::of_thread().saturating_sub(cpu_before);
    Ok(Driven { began: shared.began.get(), ended: clock.now(), lag, cpu, aborted })
}

async fn send(shared: &Rc<Shared>, seed: u64) {
    match shared.stage.shape {
        Shape::Closed { parallel, ramp } => closed::run(shared, parallel, ramp).await,
        Shape::Open { rate, process, cap } => {
            open::run(shared, Schedule::new(process, rate, seed), cap).await;
        }
    }
}

/// Makes the connections that the stage will use, so that no request waits for one. Those that cannot be made are tried
/// again by the requests, and counted there.
async fn connect_ahead(shared: &Rc<Shared>) {
    let wanted = match shared.stage.shape {
        Shape::Closed { parallel, .. } => u64::from(parallel),
        Shape::Open { cap: Some(cap), .. } => u64::from(cap),
        Shape::Open { rate, .. } => rate.rate.ceil().min(MOST_READY) as u64,
    };
    let wanted = wanted.min(shared.stage.most()) as usize;
    let mut connecting = JoinSet::new();
    for _ in 0..wanted {
        if connecting.len() >= CONNECTING {
            connecting.join_next().await;
        }
        let shared = Rc::clone(shared);
        connecting.spawn_local(async move {
            let made = shared.connector.connect().await;
            shared.put_back(made.ok());
        });
    }
    while connecting.join_next().await.is_some() {}
}
