//! What the load loop knows of one request when it is over. What its answer says is read, and made a row, outside the loop.

use crate::class::Class;
use crate::clock::Stamp;
use crate::load::stage::Phase;
use crate::wire::{Answer, Events};
use std::time::Duration;
use tokio::sync::oneshot::Sender;

/// What the load loop hands on at a time.
#[derive(Debug, Default)]
pub struct Batch {
    /// Events that came, of requests that are over and of others.
    pub events: Events,
    /// Requests that are over; their events are in this batch or in one before.
    pub over: Vec<Outcome>,
}

/// A request that is over.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Its number in the stage, from 0.
    pub number: u64,
    /// Which part of the stage it belongs to.
    pub phase: Phase,
    /// When the schedule wanted it sent.
    pub due: Option<Stamp>,
    /// When the load loop took it up.
    pub taken: Stamp,
    /// When the answer before it on the same slot was over.
    pub after: Option<Stamp>,
    /// How long the person of its conversation thought before it.
    pub thought: Duration,
    /// Nanoseconds that a new connection took; none when one was there.
    pub connect: Option<u64>,
    /// When its first byte was handed to the kernel.
    pub sent: Stamp,
    /// When its answer was over.
    pub ended: Stamp,
    /// How it ended; `Ok` until its answer was read, when nothing failed before.
    pub class: Class,
    /// Why, when not well.
    pub message: Option<String>,
    /// What is known of the answer.
    pub answer: Answer,
    /// The number of its conversation, and of its turn in it, from 1.
    pub turn: Option<(u64, u32)>,
    /// It ended while all slots were in use, and a measured request followed it.
    pub steady: bool,
    /// Who goes on with what it said; nothing when it failed.
    pub waiting: Option<Sender<Option<String>>>,
}

impl Outcome {
    /// Since when its slot waits for the client to send the next request. Without a connection the slot was made to wait.
    pub fn leaves(&self) -> Option<Stamp> {
        (self.class != Class::Connect).then_some(self.ended)
    }
}
