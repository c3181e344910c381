//! The turns of one call's tries: asked for at the pace, which is told how each try ended.
//!
//! A reply in which nothing was said may be the model's or mean that the endpoint is out of order. So it is no failure of
//! the endpoint by itself: another one is asked, and when that one answers, the silence was the endpoint's.

use evalscope_core::CallFailure;
use evalscope_model_api::{Pace, Turn};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::time::Instant as Clock;

/// How a try ended without an answer.
pub enum Miss {
    /// It failed.
    Failed(CallFailure),
    /// Nothing was said.
    Silent {
        /// What that comes to where nothing else is said.
        failure: CallFailure,
        /// Whether to try again.
        again: bool,
    },
}

impl From<CallFailure> for Miss {
    fn from(failure: CallFailure) -> Miss {
        Miss::Failed(failure)
    }
}

impl Miss {
    /// What it comes to.
    pub fn failure(&self) -> &CallFailure {
        match self {
            Miss::Failed(failure) | Miss::Silent { failure, .. } => failure,
        }
    }

    /// The same, as the end of the call.
    pub fn into_failure(self) -> CallFailure {
        match self {
            Miss::Failed(failure) | Miss::Silent { failure, .. } => failure,
        }
    }
}

/// An endpoint that said nothing to a try that began then.
#[derive(Clone, Copy)]
struct Silence {
    endpoint: usize,
    began: Instant,
}

/// A turn that was waited for.
pub struct Begun {
    turn: Box<dyn Turn>,
    began: Instant,
}

impl Begun {
    /// Which endpoint is to be asked.
    pub fn endpoint(&self) -> usize {
        self.turn.endpoint()
    }
}

/// The turns of one call.
pub struct Turns<'a> {
    pace: Option<&'a Arc<dyn Pace>>,
    /// Endpoints that said nothing to it.
    silent: Mutex<Vec<Silence>>,
}

impl<'a> Turns<'a> {
    /// The turns of a call at this pace.
    pub fn at(pace: Option<&'a Arc<dyn Pace>>) -> Turns<'a> {
        Turns { pace, silent: Mutex::default() }
    }

    fn silent(&self) -> MutexGuard<'_, Vec<Silence>> {
        self.silent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the next turn, rather at an endpoint that was not silent; nothing where there is no pace.
    pub async fn next(&self) -> Option<Begun> {
        let pace = Arc::clone(self.pace?);
        let silent: Vec<usize> = self.silent().iter().map(|silence| silence.endpoint).collect();
        let turn = pace.turn_besides(&silent).await;
        Some(Begun { turn, began: Clock::now().into_std() })
    }

    /// A try on this turn ended so.
    pub fn ended<T>(&self, turn: Option<Begun>, result: &Result<T, Miss>) {
        let (Some(pace), Some(Begun { turn, began })) = (self.pace, turn) else { return };
        let endpoint = turn.endpoint();
        match result {
            Ok(_) => {
                turn.ended(Ok(()));
                let silent = std::mem::take(&mut *self.silent());
                let others = silent.into_iter().filter(|silence| silence.endpoint != endpoint);
                others.for_each(|silence| pace.was_silent(silence.endpoint, silence.began));
            }
            Err(Miss::Failed(failure)) => turn.ended(Err(failure)),
            Err(Miss::Silent { .. }) => {
                turn.silent();
                self.silent().push(Silence { endpoint, began });
            }
        }
    }
}
