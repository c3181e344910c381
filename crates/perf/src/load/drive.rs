//! Runs one stage on a thread of its own: connections first, then requests, then nothing until all answers are over.

use crate::clock::{Clock, Stamp};
use crate::error::Error;
use crate::load::cpu;
use crate::load::lag::{Lag, watch};
use crate::load::machine::Cores;
use crate::load::outcome::Batch;
use crate::load::schedule::Schedule;
use crate::load::shared::{Gauge, Shared};
use crate::load::stage::{Shape, Stage};
use crate::load::work::{Before, Work};
use crate::load::{ahead, closed, open};
use crate::wire::{BUFFER, Connecting, Connector, Passes, Target, Terms};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;
use tokio::task::LocalSet;
use tokio_util::sync::CancellationToken;

/// All that a stage needs.
#[derive(Clone)]
pub struct Job {
    /// The stage.
    pub stage: Stage,
    /// Where to.
    pub target: Target,
    /// How to connect.
    pub connecting: Connecting,
    /// What there is to send.
    pub work: Work,
    /// What stages before have sent of it.
    pub before: Before,
    /// When the requests of a recorded trace came.
    pub trace: Arc<[Duration]>,
    /// The time.
    pub clock: Clock,
    /// Seed of the schedule.
    pub seed: u64,
    /// How long nothing may come.
    pub read_timeout: Duration,
    /// How long a request may take.
    pub total_timeout: Duration,
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
    /// How long the loop stood still, because whoever reads answers could not follow, in nanoseconds.
    pub blocked: u64,
    /// The user ended it at once.
    pub aborted: bool,
    /// Share of their time in which this machine's cores worked.
    pub busy: Option<f64>,
    /// The server runs on this machine.
    pub shares_machine: bool,
    /// Since when all slots were in use, with measured requests only.
    pub full_since: Option<Stamp>,
}

/// Runs a stage; what comes of it goes to `sender`. Blocks until it is over.
pub fn drive(job: Job, sender: SyncSender<Batch>) -> Result<Driven, Error> {
    let passes = Passes::default();
    let runtime = passes.runtime(job.clock).map_err(|error| Error::Thread { reason: error.to_string() })?;
    let local = LocalSet::new();
    let driven = local.block_on(&runtime, run(job, sender, passes));
    // What is still in flight after an abort ends here.
    drop(local);
    driven
}

async fn run(job: Job, sender: SyncSender<Batch>, passes: Passes) -> Result<Driven, Error> {
    let Job { stage, target, clock, abort, seed, trace, .. } = job.clone();
    let (stop, began) = (job.stop.clone(), clock.now());
    let connecting = Connector::new(&target, &job.connecting, clock);
    let Some(connector) = unless_ended(&stop, &abort, connecting).await else {
        let aborted = abort.is_cancelled();
        return Ok(Driven { began, ended: clock.now(), aborted, ..Driven::default() });
    };
    let connector = connector?;
    let terms = Terms {
        clock,
        read_timeout: job.read_timeout,
        total_timeout: job.total_timeout,
        passes,
        buffer: RefCell::new(vec![0; BUFFER].into_boxed_slice()),
        events: RefCell::default(),
    };
    let sharing = ((stage, job.work, job.before), (terms, connector), (job.stop, job.gauge), sender);
    let shared = Rc::new(Shared::new(sharing.0, sharing.1, sharing.2, sharing.3));
    unless_ended(&stop, &abort, ahead::connect(&shared)).await;
    let (cpu_before, cores_before) = (cpu::of_thread(), Cores::now());
    shared.begin();
    let lag = Rc::new(RefCell::new(Lag::default()));
    let watching = tokio::task::spawn_local(watch(Rc::clone(&lag), clock, {
        let shared = Rc::clone(&shared);
        move || shared.flush_what_is_over()
    }));
    let aborted = tokio::select! {
        biased;
        () = abort.cancelled() => Ok(true),
        sent = send(&shared, seed, &trace) => sent.map(|()| false),
    };
    let (began, ended, blocked) = (shared.began.get(), clock.now(), shared.blocked());
    shared.gauge.ends();
    watching.abort();
    shared.flush();
    let lag = lag.borrow().clone();
    let cpu = cpu::of_thread().saturating_sub(cpu_before);
    let busy = Cores::now().zip(cores_before).and_then(|(now, before)| now.busy_since(before));
    let (shares_machine, full_since) = (shared.connector.is_here(), shared.full.since());
    let aborted = aborted?;
    Ok(Driven { began, ended, lag, cpu, blocked, aborted, busy, shares_machine, full_since })
}

/// What comes of it before somebody ends the test.
async fn unless_ended<T>(
    stop: &CancellationToken,
    abort: &CancellationToken,
    work: impl Future<Output = T>,
) -> Option<T> {
    tokio::select! {
        biased;
        () = stop.cancelled() => None,
        () = abort.cancelled() => None,
        done = work => Some(done),
    }
}

async fn send(shared: &Rc<Shared>, seed: u64, trace: &Arc<[Duration]>) -> Result<(), Error> {
    match shared.stage.shape {
        Shape::Closed { parallel, .. } => {
            closed::run(shared, parallel).await;
            Ok(())
        }
        Shape::Open { rate, process, cap } => {
            open::run(shared, Box::new(Schedule::new(process, rate, seed)), cap).await
        }
        Shape::Replay { speed, cap } => {
            let trace = Arc::clone(trace);
            let times = (0..trace.len()).map(move |place| trace[place].div_f64(speed));
            open::run(shared, Box::new(times), cap).await
        }
    }
}
