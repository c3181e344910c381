//! The addresses of the server, and who may ask.

use crate::refusal::Refusal;
use crate::served::Served;
use crate::shared::{Shared, created};
use crate::{chat, completions};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use evalscope_core::Secret;
use serde_json::{Value, json};
use std::sync::Arc;

/// Bytes of a request at most: more than any context takes.
const MAX_BODY: usize = 64 << 20;

/// All addresses.
pub(crate) fn router(served: Served, token: Option<Secret>) -> Router {
    let shared = Arc::new(Shared { served, token });
    let api = Router::new()
        .route("/v1/models", get(models))
        .route("/v1/completions", post(completions::answer))
        .route("/v1/chat/completions", post(chat::answer))
        .layer(from_fn_with_state(shared.clone(), check_token))
        .layer(DefaultBodyLimit::max(MAX_BODY));
    Router::new()
        .route("/health", get(health))
        .merge(api)
        .fallback(async || Refusal::not_found("there is nothing at this address"))
        .with_state(shared)
}

async fn check_token(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    if let Some(token) = &shared.token {
        let given = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let given = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        if !is_same(given.as_bytes(), token.expose().as_bytes()) {
            return Err(Refusal::unauthorised());
        }
    }
    Ok(next.run(request).await)
}

/// Compares without saying by its time where the first difference is.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

async fn health() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

async fn models(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let context = shared.served.model.capabilities().max_context;
    Json(json!({
        "object": "list",
        "data": [{
            "id": shared.served.name, "object": "model", "created": created(), "owned_by": "evalscope",
            "max_model_len": context,
        }]
    }))
}
