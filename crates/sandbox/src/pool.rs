//! Launchers that wait for work, so that a warm interpreter serves many programs, and so many at once and no more.

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
    /// How many more may be at work.
    room: usize,
}

impl Pool {
    /// A pool of at most `parallel` launchers. None is started yet.
    pub fn new(launcher: PathBuf, parallel: usize) -> Pool {
        let state = State { idle: Vec::new(), room: parallel.max(1) };
        Pool { launcher, state: Mutex::new(state), freed: Condvar::new() }
    }

    /// Has one job done, as soon as a launcher is free.
    pub fn call(&self, job: &Job) -> Result<Answer, Error> {
        let idle = {
            let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let mut state =
                self.freed.wait_while(state, |state| state.room == 0).unwrap_or_else(PoisonError::into_inner);
            state.room -= 1;
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
        state.room += 1;
        state.idle.extend(worker);
        drop(state);
        self.freed.notify_one();
        answer
    }
}
