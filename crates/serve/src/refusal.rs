//! Errors in the form of OpenAI's API.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use evalscope_core::{CallFailure, FailureKind};
use serde_json::json;

/// Why a request is not answered.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    kind: &'static str,
    message: String,
}

impl Refusal {
    /// The request asks for what cannot be done.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Refusal { status: StatusCode::BAD_REQUEST, kind: "invalid_request_error", message: message.into() }
    }

    /// The request does not carry the token.
    pub(crate) fn unauthorised() -> Self {
        Refusal {
            status: StatusCode::UNAUTHORIZED,
            kind: "authentication_error",
            message: "the request must carry `Authorization: Bearer` and the token of this server".into(),
        }
    }

    /// There is nothing at this address.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Refusal { status: StatusCode::NOT_FOUND, kind: "not_found_error", message: message.into() }
    }

    /// The error as JSON.
    pub(crate) fn body(&self) -> serde_json::Value {
        json!({"error": {"message": self.message, "type": self.kind, "param": null, "code": null}})
    }
}

impl From<CallFailure> for Refusal {
    fn from(failure: CallFailure) -> Self {
        match failure.kind {
            FailureKind::BadRequest | FailureKind::ContextTooLong | FailureKind::Unsupported => {
                Refusal::bad_request(failure.message)
            }
            FailureKind::Timeout => {
                Refusal { status: StatusCode::GATEWAY_TIMEOUT, kind: "timeout", message: failure.message }
            }
            _ => Refusal {
                status: StatusCode::INTERNAL_SERVER_ERROR,
                kind: "server_error",
                message: failure.message,
            },
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(self.body())).into_response()
    }
}
