//! Failures of calls that several parts have.

use evalscope_core::{CallFailure, FailureKind};

/// The request asks for what cannot be done.
pub(crate) fn bad_request(message: impl Into<String>) -> CallFailure {
    CallFailure::new(FailureKind::BadRequest, message)
}

/// The weights are broken.
pub(crate) fn no_numbers() -> CallFailure {
    CallFailure::new(FailureKind::Unsupported, "the weights of this model give no numbers")
}

/// The engine is gone.
pub(crate) fn died() -> CallFailure {
    CallFailure::new(FailureKind::EngineDied, "the embedded engine has stopped")
}
