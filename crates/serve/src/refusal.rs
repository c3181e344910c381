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
    code: Option<&'static str>,
    message: String,
}

impl Refusal {
    /// The request asks for what cannot be done.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Refusal::new(StatusCode::BAD_REQUEST, "invalid_request_error", message)
    }

    /// The request does not carry the token.
    pub(crate) fn unauthorised() -> Self {
        let message = "the request must carry `Authorization: Bearer` and the token of this server";
        Refusal::new(StatusCode::UNAUTHORIZED, "authentication_error", message)
    }

    /// The request names another host than the one that it was sent to.
    pub(crate) fn wrong_host() -> Self {
        let message = "without a token this server answers requests for localhost only";
        Refusal::new(StatusCode::FORBIDDEN, "permission_error", message)
    }

    /// There is nothing at this address.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Refusal::new(StatusCode::NOT_FOUND, "not_found_error", message)
    }

    fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Refusal { status, kind, code: None, message: message.into() }
    }

    /// The error as JSON.
    pub(crate) fn body(&self) -> serde_json::Value {
        json!({"error": {"message": self.message, "type": self.kind, "param": null, "code": self.code}})
    }
}

impl From<CallFailure> for Refusal {
    fn from(failure: CallFailure) -> Self {
        match failure.kind {
            FailureKind::ContextTooLong => {
                Refusal { code: Some("context_length_exceeded"), ..Refusal::bad_request(failure.message) }
            }
            FailureKind::BadRequest | FailureKind::Unsupported => Refusal::bad_request(failure.message),
            FailureKind::Timeout => Refusal::new(StatusCode::GATEWAY_TIMEOUT, "timeout", failure.message),
            _ => Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", failure.message),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(self.body())).into_response()
    }
}
