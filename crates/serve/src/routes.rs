//! The addresses of the server, and who may ask.

use crate::refusal::Refusal;
use crate::shared::{MAX_BODY, Shared};
use crate::{chat, completions, embeddings};
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::header::{AUTHORIZATION, HOST};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// All addresses.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let api = Router::new()
        .route("/v1/models", get(models))
        .route("/v1/models/{*name}", get(model))
        .route("/v1/completions", post(completions::answer))
        .route("/v1/chat/completions", post(chat::answer))
        .route("/v1/embeddings", post(embeddings::answer))
        .layer(from_fn_with_state(shared.clone(), check_asker))
        .layer(DefaultBodyLimit::max(MAX_BODY));
    Router::new()
        .route("/health", get(health))
        .merge(api)
        .fallback(async || Refusal::not_found("there is nothing at this address"))
        .method_not_allowed_fallback(async || Refusal::wrong_method())
        .with_state(shared)
}

/// Whoever has no token must mean this machine: a page in a browser can make a name of its own lead here.
async fn check_asker(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    if let Some(token) = &shared.token {
        let given = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let given = given.and_then(bearer).unwrap_or_default();
        if !is_same(given.as_bytes(), token.expose().as_bytes()) {
            return Err(Refusal::unauthorised());
        }
    } else if !request.headers().get(HOST).is_none_or(|host| host.to_str().is_ok_and(is_local)) {
        return Err(Refusal::wrong_host());
    }
    Ok(next.run(request).await)
}

/// The token of a header; the name of its scheme is in letters of any case (RFC 9110, 11.1).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_start_matches(' '))
}

/// Whether the host, with its port or without, is this machine's own name.
fn is_local(host: &str) -> bool {
    if let Ok(address) = host.parse::<SocketAddr>() {
        return address.ip().is_loopback();
    }
    let name = host.split_once(':').map_or(host, |(name, _)| name);
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    name.eq_ignore_ascii_case("localhost")
        || address.or_else(|_| name.parse()).is_ok_and(|address| address.is_loopback())
}

/// Compares without saying by its time where the first difference is.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

async fn health(State(shared): State<Arc<Shared>>) -> Result<Json<Value>, Refusal> {
    match shared.is_dead() {
        true => Err(Refusal::dead()),
        false => Ok(Json(json!({"status": "ok"}))),
    }
}

async fn models(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(json!({"object": "list", "data": [described(&shared)]}))
}

/// One model by its name, in which there may be slashes.
async fn model(State(shared): State<Arc<Shared>>, Path(name): Path<String>) -> Result<Json<Value>, Refusal> {
    shared.check_model(Some(&name))?;
    Ok(Json(described(&shared)))
}

fn described(shared: &Shared) -> Value {
    json!({
        "id": shared.served.name, "object": "model", "created": shared.begun, "owned_by": "evalscope",
        "max_model_len": shared.served.model.most_tokens(),
    })
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn only_names_of_this_machine_are_local() {
        for host in ["localhost", "LOCALHOST:8000", "127.0.0.1:80", "127.0.0.1", "[::1]:8000", "[::1]"] {
            assert!(is_local(host), "{host}");
        }
        for host in ["example.org", "localhost.example.org:80", "10.0.0.1:80", "127.0.0.1.example.org", ""] {
            assert!(!is_local(host), "{host}");
        }
    }
}
