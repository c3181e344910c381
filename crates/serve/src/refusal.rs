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
    /// The field that is wrong.
    field: Option<String>,
    message: String,
}

impl Refusal {
    /// The request asks for what cannot be done.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Refusal::new(StatusCode::BAD_REQUEST, "invalid_request_error", message)
    }

    /// The request is longer than any that is read.
    pub(crate) fn too_large(message: impl Into<String>) -> Self {
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "invalid_request_error", message)
    }

    /// The request did not come to its end in time.
    pub(crate) fn too_slow() -> Self {
        let message = "the request did not come to its end in time";
        Refusal::new(StatusCode::REQUEST_TIMEOUT, "invalid_request_error", message)
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

    /// The address is asked with another method.
    pub(crate) fn wrong_method() -> Self {
        let message = "this address is not asked with this method";
        Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "invalid_request_error", message)
    }

    /// The request names another model.
    pub(crate) fn no_model(message: impl Into<String>) -> Self {
        Refusal { code: Some("model_not_found"), ..Refusal::not_found(message) }.about("model")
    }

    /// The engine cannot be asked any more.
    pub(crate) fn dead() -> Self {
        let message = "the engine died; start the server anew";
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "server_error", message)
    }

    fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Refusal { status, kind, code: None, field: None, message: message.into() }
    }

    /// The same about a field of the request.
    pub(crate) fn about(self, field: &str) -> Self {
        Refusal { field: Some(field.to_owned()), ..self }
    }

    /// The error as JSON.
    pub(crate) fn body(&self) -> serde_json::Value {
        json!({"error": {"message": self.message, "type": self.kind, "param": self.field, "code": self.code}})
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
