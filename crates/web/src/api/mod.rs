//! The JSON API. `openapi.json` describes it, and a test holds the two together.

mod arena;
mod comparing;
mod events;
mod launching;
mod reply;
mod runs;
mod samples;
mod voting;

use crate::app::App;
use crate::assets::asset;
use crate::guard::{COOKIE, Refusal, query};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use std::sync::Arc;

/// What every request sees.
type Shared = State<Arc<App>>;

/// The description of the API.
const OPENAPI: &str = include_str!("../../openapi.json");

/// Nothing but our own files runs, and no page of another site can frame this one.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
    trusted-types svelte-trusted-html";

/// Headers of every reply.
const HEADERS: [(&str, &str); 5] = [
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// All paths; only those that a voter needs where nothing but voting is served.
pub fn router(app: Arc<App>) -> Router {
    let shared = Router::new()
        .route("/api/openapi.json", get(|| async { ([(header::CONTENT_TYPE, "application/json")], OPENAPI) }))
        .route("/api/about", get(runs::about))
        .route("/api/runs/{run}/votes", get(voting::next).post(voting::vote));
    let all = if app.voting.is_some() { shared } else { shared.merge(of_runs()) };
    all.fallback(file).layer(from_fn_with_state(app.clone(), guarded)).with_state(app)
}

fn of_runs() -> Router<Arc<App>> {
    Router::new()
        .route("/api/events", get(events::events))
        .route("/api/runs", get(runs::list).post(launching::start))
        .route("/api/launch", post(launching::preview))
        .route("/api/runs/{run}", get(runs::run))
        .route("/api/runs/{run}/arena", get(arena::arena))
        .route("/api/runs/{run}/battles", get(arena::list))
        .route("/api/runs/{run}/page.html", get(runs::page))
        .route("/api/runs/{run}/perf", get(runs::perf))
        .route("/api/runs/{run}/tags", put(runs::tags))
        .route("/api/runs/{run}/log", get(launching::log))
        .route("/api/runs/{run}/stop", post(launching::stop))
        .route("/api/runs/{run}/resume", post(launching::resume))
        .route("/api/runs/{run}/failures", get(samples::failures))
        .route("/api/runs/{run}/facets", get(samples::facets))
        .route("/api/runs/{run}/samples", get(samples::list))
        .route("/api/runs/{run}/samples/{seq}", get(samples::one))
        .route("/api/runs/{run}/samples/{seq}/images/{call}/{number}", get(samples::image))
        .route("/api/runs/{run}/samples.parquet", get(samples::parquet))
        .route("/api/compare", get(comparing::compare))
        .route("/api/compare/samples", get(comparing::samples))
}

async fn file(request: Request) -> Response {
    match asset(request.uri().path()) {
        Some(file) if request.method() == Method::GET => file,
        _ => crate::error::Error::missing("such page").into_response(),
    }
}

/// Answers only whom the guard lets in, and gives every reply its headers.
async fn guarded(State(app): Shared, request: Request, next: Next) -> Response {
    let checked = app.guard.check(request.method(), request.uri(), request.headers());
    let is_api = request.uri().path().starts_with("/api/");
    let first_token = query(request.uri()).filter(|_| app.guard.wants_token() && !is_api);
    let mut response = match (checked, first_token) {
        (Err(refusal), _) => refused(refusal),
        // The token goes from the address, where it would be copied along with links, into a cookie.
        (Ok(()), Some(token)) => {
            let cookie = format!("{COOKIE}={token}; HttpOnly; SameSite=Strict; Path=/");
            (StatusCode::SEE_OTHER, [(header::LOCATION, "/".to_owned()), (header::SET_COOKIE, cookie)])
                .into_response()
        }
        (Ok(()), None) => next.run(request).await,
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_api {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

fn refused(refusal: Refusal) -> Response {
    let (status, text) = match refusal {
        Refusal::Host => {
            (StatusCode::MISDIRECTED_REQUEST, "this server does not answer to that name; see --allow-host")
        }
        Refusal::Origin => (StatusCode::FORBIDDEN, "another site's page cannot call this one"),
        Refusal::Token => {
            (StatusCode::UNAUTHORIZED, "open the address that the command printed: it has the token")
        }
    };
    (status, text).into_response()
}
