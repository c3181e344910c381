//! Closed loop: so many slots, each of which sends its next request when the answer before is over.

use crate::load::shared::Shared;
use std::rc::Rc;
use std::time::Duration;
use tokio::task::JoinSet;

/// Runs the slots until there is nothing more to send and all answers are over.
pub async fn run(shared: &Rc<Shared>, parallel: u32, ramp: Duration) {
    let mut slots = JoinSet::new();
    for number in 0..parallel {
        let delay = ramp.mul_f64(f64::from(number) / f64::from(parallel));
        let is_last = number + 1 == parallel;
        slots.spawn_local(slot(Rc::clone(shared), delay, is_last));
    }
    while slots.join_next().await.is_some() {}
}

async fn slot(shared: Rc<Shared>, delay: Duration, is_last: bool) {
    if !delay.is_zero() {
        let start = shared.began.get().after(delay);
        tokio::select! {
            () = tokio::time::sleep_until(shared.terms.clock.instant(start).into()) => {}
            () = shared.stop.cancelled() => {}
        }
    }
    let mut connection = shared.idle();
    let mut after = None;
    while let Some(ticket) = shared.ticket() {
        if is_last {
            shared.is_full();
        }
        let outcome = shared.ask(ticket, &mut connection, after).await;
        after = Some(outcome.ended);
        shared.deliver(outcome);
    }
}
