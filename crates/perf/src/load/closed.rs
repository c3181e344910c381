//! Closed loop: so many slots, each of which sends its next request when the answer before is over. With conversations a
//! slot is a person, who thinks between two turns.

use crate::clock::Stamp;
use crate::load::shared::Shared;
use crate::load::work::{Sessions, Work, at};
use crate::wire::Connection;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// Runs the slots until there is nothing more to send and all answers are over.
pub async fn run(shared: &Rc<Shared>, parallel: u32, (ramp, steps): (Duration, u32)) {
    let mut slots = JoinSet::new();
    for number in 0..parallel {
        let share = f64::from(number) / f64::from(parallel);
        // On a staircase, those of one step begin together.
        let share = if steps > 0 { (share * f64::from(steps)).floor() / f64::from(steps) } else { share };
        let is_last = number + 1 == parallel;
        slots.spawn_local(slot(Rc::clone(shared), ramp.mul_f64(share), is_last));
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
    match shared.work.clone() {
        Work::Requests(requests) => {
            let mut after = None;
            while let Some(ticket) = shared.ticket() {
                if is_last {
                    shared.is_full();
                }
                let request = at(&requests, ticket.number);
                let outcome = shared.ask(ticket, request, &mut connection, after).await;
                after = Some(outcome.ended);
                shared.deliver(outcome);
            }
        }
        Work::Sessions(sessions) => {
            while Box::pin(converse(&shared, &sessions, &mut connection, None)).await {
                if is_last {
                    shared.is_full();
                }
            }
        }
    }
}

/// Holds one conversation, in an open loop one that is due then; whether there may be another.
pub async fn converse(
    shared: &Rc<Shared>,
    sessions: &Arc<Sessions>,
    connection: &mut Option<Connection>,
    due: Option<Stamp>,
) -> bool {
    let mut session = sessions.begin(shared.next_session());
    let mut turn = 0;
    loop {
        let ticket = match due {
            None => shared.ticket(),
            Some(due) => Some(shared.scheduled(due).of_turn(turn)),
        };
        let Some(ticket) = ticket else { return false };
        let Some(request) = sessions.next(&mut session) else { return true };
        turn += 1;
        let mut outcome = shared.ask(ticket, &request, connection, None).await;
        outcome.turn = Some((session.number, turn));
        let said = outcome.answer.text.clone().unwrap_or_default();
        let is_ok = outcome.class == crate::class::Class::Ok;
        shared.deliver(outcome);
        // A person whose question was not answered goes away.
        let Some(think) = sessions.think(&mut session).filter(|_| is_ok) else { return true };
        session.heard(said);
        tokio::select! {
            () = tokio::time::sleep(think) => {}
            () = shared.stop.cancelled() => {}
        }
    }
}
