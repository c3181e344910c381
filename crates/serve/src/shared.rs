//! What all requests share, and how a body is read.

use crate::refusal::Refusal;
use crate::served::Served;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use evalscope_core::{CallFailure, FailureKind, Secret};
use evalscope_model_api::{CallContext, Overflow};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Bytes of a request at most: more than any context takes.
pub(crate) const MAX_BODY: usize = 64 << 20;

/// What all requests share.
pub(crate) struct Shared {
    pub(crate) served: Served,
    pub(crate) token: Option<Secret>,
    /// Seconds since 1970 at which the server began.
    pub(crate) begun: u64,
    /// Whether the engine was dead when it was asked last.
    is_dead: AtomicBool,
}

impl Shared {
    pub(crate) fn new(served: Served, token: Option<Secret>) -> Self {
        Shared { served, token, begun: now(), is_dead: AtomicBool::new(false) }
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

/// The request, or what is wrong with it.
pub(crate) fn body<T>(body: Result<Json<T>, JsonRejection>) -> Result<T, Refusal> {
    match body {
        Ok(Json(request)) => Ok(request),
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            let message = format!("the request has more than {} MiB, which no context takes", MAX_BODY >> 20);
            Err(Refusal::too_large(message))
        }
        Err(rejection) => Err(Refusal::bad_request(rejection.body_text())),
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
