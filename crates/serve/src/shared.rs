//! What all requests share, and how a body is read.

use crate::refusal::Refusal;
use crate::served::Served;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use evalscope_core::Secret;
use evalscope_model_api::CallContext;
use std::time::{SystemTime, UNIX_EPOCH};

/// What all requests share.
pub(crate) struct Shared {
    pub(crate) served: Served,
    pub(crate) token: Option<Secret>,
}

impl Shared {
    /// A context for one call; dropping the guard in it cancels the call.
    pub(crate) fn context(&self) -> CallContext {
        CallContext::with_timeout(self.served.timeout)
    }

    /// Refuses a name that is not the served model's.
    pub(crate) fn check_model(&self, wanted: Option<&str>) -> Result<(), Refusal> {
        match wanted {
            Some(name) if name != self.served.name => {
                let message = format!("this server has no model `{name}`, but `{}`", self.served.name);
                Err(Refusal::not_found(message))
            }
            _ => Ok(()),
        }
    }
}

/// The request, or what is wrong with it.
pub(crate) fn body<T>(body: Result<Json<T>, JsonRejection>) -> Result<T, Refusal> {
    match body {
        Ok(Json(request)) => Ok(request),
        Err(rejection) => Err(Refusal::bad_request(rejection.body_text())),
    }
}

/// Seconds since 1970, for the field `created`, which decides nothing.
pub(crate) fn created() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
