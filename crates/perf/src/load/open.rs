//! Open loop: requests go out when the schedule says so, whatever becomes of those before.
//!
//! The schedule is kept by a thread of its own that does nothing else, so that a busy load loop does not shift it. How
//! late the load loop then takes a request up is in each outcome.

use crate::clock::{Clock, Stamp};
use crate::error::Error;
use crate::load::closed::converse;
use crate::load::phases::Phases;
use crate::load::shared::{Shared, Ticket};
use crate::load::stage::Phase;
use crate::load::work::Work;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How long the dispatcher sleeps at most before it looks whether it should stop.
const LOOK_UP: Duration = Duration::from_millis(50);

/// Points in time, from the beginning of the stage, in order.
pub type Arrivals = Box<dyn Iterator<Item = Duration> + Send>;

/// A request that is to be sent now: its number, when it was due, and the part of the stage that it belongs to.
type Due = (u64, Stamp, Phase);

/// Sends all of the schedule and waits until all answers are over.
pub async fn run(shared: &Rc<Shared>, schedule: Arrivals, cap: Option<u32>) -> Result<(), Error> {
    let (sender, mut due) = unbounded_channel();
    let dispatcher = Dispatcher {
        schedule,
        phases: Phases::new(shared.stage.clone()),
        began: shared.began.get(),
        clock: shared.terms.clock,
        stop: shared.stop.clone(),
    };
    let thread = std::thread::Builder::new()
        .name("perf-dispatch".into())
        .spawn(move || dispatcher.run(&sender))
        .map_err(|error| Error::Thread { reason: error.to_string() })?;
    let slots = cap.map(|cap| Rc::new(Slots::new(cap as usize, shared.began.get())));
    take_up(shared, &mut due, slots).await;
    thread.join().map_err(|_| Error::Thread { reason: "the thread that keeps the schedule panicked".into() })
}

async fn take_up(shared: &Rc<Shared>, due: &mut UnboundedReceiver<Due>, slots: Option<Rc<Slots>>) {
    let mut asked = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            next = due.recv() => match next {
                Some(due) => {
                    asked.spawn_local(one(Rc::clone(shared), due, slots.clone()));
                }
                None => break,
            },
            Some(_) = asked.join_next() => {}
        }
    }
    shared.nothing_more();
    while asked.join_next().await.is_some() {}
}

/// The slots of a cap, and since when each of those that are free is.
struct Slots {
    free: Semaphore,
    since: RefCell<VecDeque<Stamp>>,
}

impl Slots {
    fn new(cap: usize, began: Stamp) -> Slots {
        Slots { free: Semaphore::new(cap), since: RefCell::new(vec![began; cap].into()) }
    }
}

async fn one(shared: Rc<Shared>, (number, due, phase): Due, slots: Option<Rc<Slots>>) {
    let permit = match &slots {
        Some(slots) => Some(slots.free.acquire().await),
        None => None,
    };
    if permit.is_some() && shared.stop.is_cancelled() {
        // It waited for a slot when somebody ended the test, and there may be thousands like it.
        return;
    }
    // With a cap, the client has the request to send when it is due and there is a slot.
    let free = slots.as_ref().and_then(|slots| slots.since.borrow_mut().pop_front());
    let mut after = free.map(|free| free.max(due));
    let mut connection = shared.idle();
    match shared.work.clone() {
        Work::Requests(requests) => {
            let ticket = Ticket { number, phase, due: Some(due), taken: shared.terms.clock.now() };
            let request = shared.request(&requests, number);
            let outcome = shared.ask(ticket, request, &mut connection, after).await;
            after = outcome.leaves();
            shared.deliver(outcome);
        }
        Work::Sessions(sessions) => {
            converse(&shared, &sessions, &mut connection, (Some((due, phase)), &mut after)).await;
        }
    }
    shared.full.one_is_over(phase, due);
    shared.put_back(connection);
    if let Some(slots) = &slots {
        slots.since.borrow_mut().push_back(after.unwrap_or_else(|| shared.terms.clock.now()));
    }
    drop(permit);
}

struct Dispatcher {
    schedule: Arrivals,
    phases: Phases,
    began: Stamp,
    clock: Clock,
    stop: CancellationToken,
}

impl Dispatcher {
    fn run(mut self, sender: &UnboundedSender<Due>) {
        for (at, number) in self.schedule.zip(0..) {
            let Some(phase) = self.phases.next(at) else { return };
            let due = self.began.after(at);
            if !wait_until(due, self.clock, &self.stop) || sender.send((number, due, phase)).is_err() {
                return;
            }
        }
    }
}

/// Sleeps until then; whether nobody stopped it.
fn wait_until(due: Stamp, clock: Clock, stop: &CancellationToken) -> bool {
    loop {
        if stop.is_cancelled() {
            return false;
        }
        match due.since(clock.now()) {
            0 => return true,
            left => std::thread::sleep(Duration::from_nanos(left).min(LOOK_UP)),
        }
    }
}
