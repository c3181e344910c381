//! Launchers that wait for work, so that a warm interpreter serves many programs; at once so many as there are places and
//! memory for, and no more.

use crate::error::Error;
use crate::wire::{Answer, Job};
use crate::worker::Worker;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, PoisonError};

/// Launchers of one sandbox.
pub struct Pool {
    launcher: PathBuf,
    state: Mutex<State>,
    freed: Condvar,
}

struct State {
    idle: Vec<Worker>,
    room: Room,
}

/// What running programs may take together, and what they have been promised.
struct Room {
    places: usize,
    memory_mb: u64,
    running: usize,
    promised_mb: u64,
}

impl Room {
    /// Whether one more with this limit may begin. One that asks for more than there is runs alone.
    fn is_open(&self, memory_mb: u64) -> bool {
        let fits = self.promised_mb.saturating_add(memory_mb) <= self.memory_mb;
        self.running == 0 || (self.running < self.places && fits)
    }

    fn enter(&mut self, memory_mb: u64) {
        self.running += 1;
        self.promised_mb = self.promised_mb.saturating_add(memory_mb);
    }

    fn leave(&mut self, memory_mb: u64) {
        self.running -= 1;
        self.promised_mb = self.promised_mb.saturating_sub(memory_mb);
    }
}

impl Pool {
    /// A pool of at most `parallel` launchers, whose programs have limits of `memory_mb` together. None is started yet.
    pub fn new(launcher: PathBuf, parallel: usize, memory_mb: u64) -> Pool {
        let room = Room { places: parallel, memory_mb, running: 0, promised_mb: 0 };
        let state = State { idle: Vec::new(), room };
        Pool { launcher, state: Mutex::new(state), freed: Condvar::new() }
    }

    /// Has one job done, as soon as there is room for it.
    pub fn call(&self, job: &Job) -> Result<Answer, Error> {
        let memory_mb = job.limits.memory_mb;
        let idle = {
            let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let waited = self.freed.wait_while(state, |state| !state.room.is_open(memory_mb));
            let mut state = waited.unwrap_or_else(PoisonError::into_inner);
            state.room.enter(memory_mb);
            state.idle.pop()
        };
        let worker = idle.map_or_else(|| Worker::start(&self.launcher), Ok);
        let (worker, answer) = match worker {
            Ok(mut worker) => {
                let answer = worker.call(job);
                (answer.is_ok().then_some(worker), answer)
            }
            Err(error) => (None, Err(error)),
        };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.room.leave(memory_mb);
        state.idle.extend(worker);
        drop(state);
        // Not one: the next in line may be too large, and another not.
        self.freed.notify_all();
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_at_once_are_bounded_by_places_and_by_memory() {
        let mut room = Room { places: 3, memory_mb: 1000, running: 0, promised_mb: 0 };
        room.enter(400);
        assert!(room.is_open(600) && !room.is_open(601));
        room.enter(400);
        assert!(!room.is_open(400) && room.is_open(200));
        room.enter(200);
        assert!(!room.is_open(0), "no place is left");
        room.leave(400);
        assert!(room.is_open(400) && !room.is_open(401));
    }

    #[test]
    fn a_program_that_may_use_more_than_there_is_runs_alone() {
        let mut room = Room { places: 3, memory_mb: 1000, running: 0, promised_mb: 0 };
        assert!(room.is_open(u64::MAX));
        room.enter(u64::MAX);
        assert!(!room.is_open(1));
        room.leave(u64::MAX);
        assert!(room.is_open(1000));
    }
}
