//! Open loop: requests go out when the schedule says so, whatever becomes of those before.
//!
//! The schedule is kept by a thread of its own that does nothing else, so that a busy load loop does not shift it. How
//! late the load loop then takes a request up is in each outcome.

use crate::clock::{Clock, Stamp};
use crate::load::closed::converse;
use crate::load::phases::Phases;
use crate::load::shared::{Shared, Ticket};
use crate::load::stage::Phase;
use crate::load::work::{Work, at};
use std::rc::Rc;
use std::sync::Arc;
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
pub async fn run(shared: &Rc<Shared>, schedule: Arrivals, cap: Option<u32>) {
    let (sender, mut due) = unbounded_channel();
    let dispatcher = Dispatcher {
        schedule,
        phases: Phases::new(shared.stage.clone()),
        began: shared.began.get(),
        clock: shared.terms.clock,
        stop: shared.stop.clone(),
    };
    let thread =
        std::thread::Builder::new().name("perf-dispatch".into()).spawn(move || dispatcher.run(&sender));
    let slots = cap.map(|cap| Arc::new(Semaphore::new(cap as usize)));
    take_up(shared, &mut due, slots).await;
    if let Ok(thread) = thread {
        // A panic in it has been printed; the figures show how much was sent.
        let _ = thread.join();
    }
}

async fn take_up(shared: &Rc<Shared>, due: &mut UnboundedReceiver<Due>, slots: Option<Arc<Semaphore>>) {
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

async fn one(shared: Rc<Shared>, (number, due, phase): Due, slots: Option<Arc<Semaphore>>) {
    let permit = match slots {
        Some(slots) => Some(slots.acquire_owned().await),
        None => None,
    };
    if permit.is_some() && shared.stop.is_cancelled() {
        // It waited for a slot when somebody ended the test, and there may be thousands like it.
        return;
    }
    let mut connection = shared.idle();
    match shared.work.clone() {
        Work::Requests(requests) => {
            let ticket = Ticket { number, phase, due: Some(due), taken: shared.terms.clock.now() };
            let outcome = shared.ask(ticket, at(&requests, number), &mut connection, None).await;
            shared.deliver(outcome);
        }
        Work::Sessions(sessions) => {
            converse(&shared, &sessions, &mut connection, (Some((due, phase)), &mut None)).await;
        }
    }
    shared.is_full();
    shared.put_back(connection);
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
