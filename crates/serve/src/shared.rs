//! What all requests share.

use crate::refusal::Refusal;
use crate::served::Served;
use evalscope_core::{CallFailure, FailureKind, Secret};
use evalscope_model_api::{CallContext, Overflow};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes of a request at most: more than any context takes.
pub(crate) const MAX_BODY: usize = 64 << 20;
/// Requests in flight at most: more than there can be connections.
const MOST_REQUESTS: u32 = 1 << 20;

/// What all requests share.
pub(crate) struct Shared {
    pub(crate) served: Served,
    pub(crate) token: Option<Secret>,
    /// Seconds since 1970 at which the server began.
    pub(crate) begun: u64,
    /// Whether the engine was dead when it was asked last.
    is_dead: AtomicBool,
    /// As many less as requests are in flight.
    requests: Arc<Semaphore>,
}

/// A request in flight, as long as it is kept.
pub(crate) type InFlight = Option<OwnedSemaphorePermit>;

impl Shared {
    pub(crate) fn new(served: Served, token: Option<Secret>) -> Self {
        Shared {
            served,
            token,
            begun: now(),
            is_dead: AtomicBool::new(false),
            requests: Arc::new(Semaphore::new(MOST_REQUESTS as usize)),
        }
    }

    /// One more request is in flight.
    pub(crate) async fn in_flight(&self) -> InFlight {
        self.requests.clone().acquire_owned().await.ok()
    }

    /// Waits until no request is in flight.
    pub(crate) async fn all_answered(&self) {
        let _all = self.requests.acquire_many(MOST_REQUESTS).await;
    }

    /// A context for one call; dropping the guard in it cancels the call. More tokens than the context has left are refused.
    pub(crate) fn context(&self) -> CallContext {
        CallContext { overflow: Overflow::Refuse, ..CallContext::with_timeout(self.served.timeout) }
    }

    /// Refuses a name that is not the served model's.
    pub(crate) fn check_model(&self, wanted: Option<&str>) -> Result<(), Refusal> {
        match wanted {
            Some(name) if name != self.served.name => {
                let message = format!("this server has no model `{name}`, but `{}`", self.served.name);
                Err(Refusal::no_model(message))
            }
            _ => Ok(()),
        }
    }

    /// What a call brought; notes whether the engine lives.
    pub(crate) fn seen<T>(&self, outcome: Result<T, CallFailure>) -> Result<T, CallFailure> {
        match &outcome {
            Ok(_) => self.is_dead.store(false, Ordering::Relaxed),
            Err(failure) if failure.kind == FailureKind::EngineDied => {
                self.is_dead.store(true, Ordering::Relaxed);
            }
            Err(_) => {}
        }
        outcome
    }

    /// Whether the engine was dead when it was asked last.
    pub(crate) fn is_dead(&self) -> bool {
        self.is_dead.load(Ordering::Relaxed)
    }
}

/// Seconds since 1970, for the field `created`, which decides nothing.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// A number that nobody can foretell, for seeds and for names of answers.
pub(crate) fn random() -> u64 {
    // The keys of each are drawn from the system's randomness.
    RandomState::new().hash_one(())
}
