//! Closed loop: so many slots, each of which sends its next request when the answer before is over. With conversations a
//! slot is a person, who thinks between two turns.

use crate::class::Class;
use crate::clock::Stamp;
use crate::load::shared::Shared;
use crate::load::stage::{Phase, Start};
use crate::load::work::{Sessions, Work};
use crate::wire::Connection;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// Runs the slots until there is nothing more to send and all answers are over.
pub async fn run(shared: &Rc<Shared>, parallel: u32) {
    let start = shared.stage.start().unwrap_or_default();
    let mut slots = JoinSet::new();
    for number in 0..parallel {
        let delay = start.delay(number, parallel);
        slots.spawn_local(slot(Rc::clone(shared), delay, start));
    }
    while slots.join_next().await.is_some() {}
}

/// Waits for a slot's turn to begin. Slots that begin apart do so no later than the first answer is over: a server that
/// is faster than they begin would never see them all.
async fn turn(shared: &Shared, delay: Duration, start: Start) {
    if delay.is_zero() {
        return;
    }
    let begin = shared.terms.clock.instant(shared.began.get().after(delay));
    tokio::select! {
        () = tokio::time::sleep_until(begin.into()) => {}
        () = shared.stop.cancelled() => {}
        () = shared.answered.cancelled(), if start == Start::Apart => {}
    }
}

async fn slot(shared: Rc<Shared>, delay: Duration, start: Start) {
    turn(&shared, delay, start).await;
    shared.full.slot_begins();
    let mut connection = shared.idle();
    match shared.work.clone() {
        Work::Requests(requests) => {
            let mut after = None;
            while let Some(ticket) = shared.ticket() {
                let request = shared.request(&requests, ticket.number);
                let outcome = shared.ask(ticket, request, &mut connection, after).await;
                after = outcome.leaves();
                shared.deliver(outcome);
            }
        }
        Work::Sessions(sessions) => {
            let mut after = None;
            while Box::pin(converse(&shared, &sessions, &mut connection, (None, &mut after))).await {}
        }
    }
}

/// Holds one conversation, in an open loop one that is due then; whether there may be another. `after` is when the slot's
/// answer before was over.
pub async fn converse(
    shared: &Rc<Shared>,
    sessions: &Arc<Sessions>,
    connection: &mut Option<Connection>,
    (due, after): (Option<(Stamp, Phase)>, &mut Option<Stamp>),
) -> bool {
    let mut begun = None;
    let (mut turn, mut thought) = (0, Duration::ZERO);
    loop {
        let ticket = match due {
            None => shared.ticket(),
            // Who has begun does not go on for ever.
            Some(_) if turn > 0 && shared.stop.is_cancelled() => None,
            Some(due) => Some(shared.scheduled(due).of_turn(turn)),
        };
        let Some(ticket) = ticket else { return false };
        // A conversation of which nothing may be asked was not begun.
        let session =
            begun.get_or_insert_with(|| sessions.begin(shared.next_session(), shared.before.sessions));
        let Some(request) = sessions.next(session) else { return true };
        turn += 1;
        let mut outcome = shared.ask(ticket, &request, connection, *after).await;
        outcome.turn = Some((session.number, turn));
        outcome.thought = thought;
        let ended = outcome.ended;
        *after = outcome.leaves();
        // A person whose question was not answered goes away; nor is what is said at the end waited for.
        let think = sessions.think(session).filter(|_| outcome.class == Class::Ok);
        let Some(think) = think else {
            shared.deliver(outcome);
            return true;
        };
        let Some(said) = shared.hear(outcome).await else { return true };
        session.heard(said);
        // The person thinks from the answer's last byte on; what comes on top is the client's time.
        let next = ended.after(think);
        (*after, thought) = (Some(next), think);
        tokio::select! {
            () = tokio::time::sleep_until(shared.terms.clock.instant(next).into()) => {}
            () = shared.stop.cancelled() => {}
        }
    }
}
