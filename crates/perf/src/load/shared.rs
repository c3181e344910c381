//! What all requests of a stage share: tickets, connections, and where outcomes go.

use crate::class::Class;
use crate::clock::Stamp;
use crate::load::full::Full;
use crate::load::outcome::{Batch, Outcome};
use crate::load::phases::Phases;
use crate::load::queue::Queue;
use crate::load::stage::{Phase, Shape, Stage};
use crate::load::work::{Before, Work, at};
use crate::wire::{Connection, Connector, Events, Request, Terms, exchange};
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Outcomes that are handed on together: waking another thread for each would cost more than the request.
const BATCH: usize = 256;
/// Bytes of answers that are handed on together, but for the last one.
const BATCH_BYTES: usize = 128 * 1024;
/// After a connection could not be made, the slot waits so long: a server that is down is not asked in a hot loop.
const AFTER_NO_CONNECTION: Duration = Duration::from_millis(100);

/// How a stage goes, for whoever watches it from outside.
#[derive(Debug, Default)]
pub struct Gauge {
    /// Requests that were sent.
    pub started: AtomicU64,
    /// Requests that are over.
    pub finished: AtomicU64,
    /// Conversations that were begun.
    pub sessions: AtomicU64,
    /// Most requests in flight.
    pub most_in_flight: AtomicU64,
    began: AtomicU64,
    is_over: AtomicBool,
}

impl Gauge {
    /// Requests in flight.
    pub fn in_flight(&self) -> u64 {
        let finished = self.finished.load(Ordering::Relaxed);
        self.started.load(Ordering::Relaxed).saturating_sub(finished)
    }

    /// When the stage began.
    pub fn began(&self) -> Stamp {
        Stamp(self.began.load(Ordering::Relaxed))
    }

    /// No request is in flight any more, and none will be.
    pub fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// That was the last of it.
    pub fn ends(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    fn begin(&self) {
        self.started.fetch_add(1, Ordering::Relaxed);
        self.most_in_flight.fetch_max(self.in_flight(), Ordering::Relaxed);
    }

    fn end(&self) {
        self.finished.fetch_add(1, Ordering::Relaxed);
    }
}

/// A request that may be sent.
#[derive(Debug, Clone, Copy)]
pub struct Ticket {
    /// Its number in the stage.
    pub number: u64,
    /// Which part of the stage it belongs to.
    pub phase: Phase,
    /// When the schedule wanted it sent.
    pub due: Option<Stamp>,
    /// When the load loop took it up.
    pub taken: Stamp,
}

impl Ticket {
    /// Of a conversation, only the first turn is due at a time that the schedule says.
    pub fn of_turn(self, turn: u32) -> Ticket {
        Ticket { due: self.due.filter(|_| turn == 0), ..self }
    }
}

/// What all requests of a stage share.
pub struct Shared {
    /// The stage.
    pub stage: Stage,
    /// What there is to send.
    pub work: Work,
    /// What was sent of it by stages before.
    pub before: Before,
    /// Deadlines, clock, API.
    pub terms: Terms,
    /// Makes connections.
    pub connector: Connector,
    /// When the stage began.
    pub began: Cell<Stamp>,
    /// No new requests.
    pub stop: CancellationToken,
    /// The first request is over.
    pub answered: CancellationToken,
    /// How far it is to the full load.
    pub full: Full,
    /// Counters for the outside.
    pub gauge: Arc<Gauge>,
    phases: RefCell<Phases>,
    next: Cell<u64>,
    idle: RefCell<Vec<Connection>>,
    out: RefCell<Vec<Outcome>>,
    /// Bytes of whole answers in `out`.
    bodies: Cell<usize>,
    queue: Queue,
    may_send: Cell<bool>,
}

impl Shared {
    /// Shared things of a stage; `sender` gets its outcomes in batches.
    pub fn new(
        (stage, work, before): (Stage, Work, Before),
        (terms, connector): (Terms, Connector),
        (stop, gauge): (CancellationToken, Arc<Gauge>),
        sender: SyncSender<Batch>,
    ) -> Shared {
        let queue = Queue::new(sender, terms.clock);
        Shared {
            phases: RefCell::new(Phases::new(stage.clone())),
            full: Full::new(stage.shape),
            stage,
            work,
            before,
            terms,
            connector,
            began: Cell::default(),
            stop,
            answered: CancellationToken::new(),
            gauge,
            next: Cell::new(0),
            idle: RefCell::default(),
            out: RefCell::default(),
            bodies: Cell::new(0),
            queue,
            may_send: Cell::new(true),
        }
    }

    /// The stage begins now.
    pub fn begin(&self) {
        let now = self.terms.clock.now();
        self.began.set(now);
        self.full.reaches(now.after(self.stage.ramp()));
        self.gauge.began.store(now.0, Ordering::Relaxed);
    }

    /// The next request of a closed loop, while there are any.
    pub fn ticket(&self) -> Option<Ticket> {
        let taken = self.terms.clock.now();
        let phase = self.phases.borrow_mut().next(self.at(taken));
        let phase = phase.filter(|_| !self.stop.is_cancelled())?;
        let number = self.next.replace(self.next.get() + 1);
        Some(Ticket { number, phase, due: None, taken })
    }

    /// A request of a conversation of an open loop, which is due then.
    pub fn scheduled(&self, (due, phase): (Stamp, Phase)) -> Ticket {
        let number = self.next.replace(self.next.get() + 1);
        Ticket { number, phase, due: Some(due), taken: self.terms.clock.now() }
    }

    /// The number of the next conversation.
    pub fn next_session(&self) -> u64 {
        self.gauge.sessions.fetch_add(1, Ordering::Relaxed)
    }

    /// The request with this number.
    pub fn request<'a>(&self, requests: &'a [Request], number: u64) -> &'a Request {
        at(requests, self.before.requests + number)
    }

    /// The schedule of an open loop has come to its end.
    pub fn nothing_more(&self) {
        self.may_send.set(false);
    }

    fn at(&self, now: Stamp) -> Duration {
        Duration::from_nanos(now.since(self.began.get()))
    }

    /// A request is about to be sent.
    fn sends(&self, phase: Phase) {
        self.gauge.begin();
        self.full.sends(phase, || self.terms.clock.now());
    }

    /// An answer is over.
    fn has_ended(&self, outcome: &mut Outcome) {
        self.gauge.end();
        self.full.ends(outcome.phase);
        if !self.answered.is_cancelled() {
            self.answered.cancel();
        }
        let is_full = self.full.since().is_some_and(|since| outcome.ended >= since);
        outcome.steady = is_full && outcome.phase == Phase::Measured && self.goes_on();
    }

    /// Whether a measured request follows.
    fn goes_on(&self) -> bool {
        let next = match self.stage.shape {
            Shape::Closed { .. } => self.phases.borrow().peek(self.at(self.terms.clock.now())),
            // The schedule is kept elsewhere.
            Shape::Open { .. } | Shape::Replay { .. } => self.may_send.get().then_some(self.full.phase()),
        };
        next == Some(Phase::Measured) && !self.stop.is_cancelled()
    }

    /// A connection on which nothing is asked, when there is one.
    pub fn idle(&self) -> Option<Connection> {
        let mut idle = self.idle.borrow_mut();
        while let Some(mut connection) = idle.pop() {
            if connection.is_quiet() {
                return Some(connection);
            }
        }
        None
    }

    /// Puts a connection back.
    pub fn put_back(&self, connection: Option<Connection>) {
        self.idle.borrow_mut().extend(connection);
    }

    /// Sends the request of a ticket, on `connection` when it is there, and leaves there what can be used again.
    pub async fn ask(
        &self,
        ticket: Ticket,
        request: &Request,
        connection: &mut Option<Connection>,
        after: Option<Stamp>,
    ) -> Outcome {
        let Ticket { number, phase, due, taken } = ticket;
        let mut outcome = Outcome { number, phase, due, taken, after, ..Outcome::default() };
        self.sends(phase);
        if let Err(message) = self.connected(connection, &mut outcome).await {
            outcome.sent = self.terms.clock.now();
            outcome.ended = outcome.sent;
            (outcome.class, outcome.message) = (Class::Connect, Some(message));
            tokio::time::sleep(AFTER_NO_CONNECTION).await;
        } else if let Some(open) = connection {
            let exchange = exchange(open, (number, &request.0), &self.terms).await;
            if !exchange.reusable {
                *connection = None;
            }
            outcome.sent = exchange.sent;
            outcome.ended = exchange.ended;
            if let Some((class, message)) = exchange.failure {
                (outcome.class, outcome.message) = (class, Some(message));
            }
            outcome.answer = exchange.answer;
        }
        self.has_ended(&mut outcome);
        outcome
    }

    async fn connected(
        &self,
        connection: &mut Option<Connection>,
        outcome: &mut Outcome,
    ) -> Result<(), String> {
        if connection.as_mut().is_some_and(Connection::is_quiet) {
            return Ok(());
        }
        let before = self.terms.clock.now();
        *connection = None;
        // In a box, as what is rare would take memory in every task.
        let made = Box::pin(self.connector.connect()).await;
        outcome.connect = Some(self.terms.clock.now().since(before));
        *connection = Some(made?);
        Ok(())
    }

    /// Hands an outcome on.
    pub fn deliver(&self, outcome: Outcome) {
        self.bodies.set(self.bodies.get() + outcome.answer.body.as_ref().map_or(0, Vec::len));
        self.out.borrow_mut().push(outcome);
        if self.out.borrow().len() >= BATCH || self.is_large() {
            self.flush();
        }
    }

    /// Hands an outcome on, and waits for what its answer said; nothing when it failed.
    pub async fn hear(&self, mut outcome: Outcome) -> Option<String> {
        let (waiting, heard) = tokio::sync::oneshot::channel();
        outcome.waiting = Some(waiting);
        self.out.borrow_mut().push(outcome);
        self.flush();
        heard.await.ok().flatten()
    }

    /// Hands on what is waiting, unless it is but the beginning of answers.
    pub fn flush_what_is_over(&self) {
        if !self.out.borrow().is_empty() || self.is_large() {
            self.flush();
        }
    }

    /// Hands on all that is waiting.
    pub fn flush(&self) {
        let over = std::mem::take(&mut *self.out.borrow_mut());
        self.bodies.set(0);
        let mut events = self.terms.events.borrow_mut();
        if over.is_empty() && events.is_empty() {
            return;
        }
        let next = Events::with_room_of(&events);
        let events = std::mem::replace(&mut *events, next);
        self.queue.put(Batch { events, over });
    }

    /// Nanoseconds in which the loop stood still, because whoever reads answers could not follow.
    pub fn blocked(&self) -> u64 {
        self.queue.blocked()
    }

    /// Whether answers that wait take much memory.
    fn is_large(&self) -> bool {
        self.terms.events.borrow().size() + self.bodies.get() >= BATCH_BYTES
    }
}
