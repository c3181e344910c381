//! The paths that the server answers.

use crate::answer::{self, Endpoint};
use crate::behaviour::{Behaviour, Echo, Seen, StreamStyle};
use crate::fault::Fault;
use crate::habits::Habits;
use crate::line::Line;
use crate::question::Question;
use crate::stream::{self, End};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// What says the answers.
pub type Answer = Box<dyn Fn(&str) -> String + Send + Sync>;

/// What the routes and the [`Server`](crate::Server) share.
pub struct Shared {
    pub answer: Answer,
    pub calls: watch::Sender<u64>,
    pub behaviour: Mutex<Behaviour>,
}

impl Shared {
    pub fn behaviour(&self) -> MutexGuard<'_, Behaviour> {
        self.behaviour.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, uri: &Uri, headers: &HeaderMap, body: &[u8]) {
        if let Some(seen) = &mut self.behaviour().seen {
            seen.push(Seen {
                path: uri.path().to_owned(),
                query: uri.query().map(str::to_owned),
                headers: headers
                    .iter()
                    .map(|(name, value)| {
                        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
                    })
                    .collect(),
                body: String::from_utf8_lossy(body).into_owned(),
            });
        }
    }
}

/// All routes over this state.
pub fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/v1/models", get(models))
        .route("/health", get(|| async { StatusCode::OK }))
        .route("/v1/chat/completions", post(chat))
        .route("/v1/completions", post(completions))
        .fallback(other)
        .layer(DefaultBodyLimit::disable())
        .with_state(shared)
}

async fn models(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(line): ConnectInfo<Line>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    shared.remember(&uri, &headers, b"");
    let fault = shared.behaviour().fault_for_models();
    let list = json!({"object": "list", "data": shared.behaviour().models});
    let right = |_: Given| json_response(list.to_string().into_bytes());
    match fault {
        None => right(Given::Right),
        Some(fault) => fail(fault, (&headers, &line), right).await,
    }
}

async fn chat(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(line): ConnectInfo<Line>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    shared.remember(&uri, &headers, &body);
    call(&shared, Endpoint::Chat, (&headers, &line), &body).await
}

async fn completions(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(line): ConnectInfo<Line>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    shared.remember(&uri, &headers, &body);
    call(&shared, Endpoint::Completions, (&headers, &line), &body).await
}

/// A path of another protocol. There are no answers of the server's own, only what it was told to send.
async fn other(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(line): ConnectInfo<Line>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if method == Method::GET {
        return models(State(shared), ConnectInfo(line), uri, headers).await;
    }
    shared.remember(&uri, &headers, &body);
    shared.calls.send_modify(|calls| *calls += 1);
    let fault = shared.behaviour().fault_for_call(&body);
    let untold = |_: Given| error_response(404, "the stand-in was not told what to answer here", None);
    match fault {
        None => untold(Given::Right),
        Some(fault) => fail(fault, (&headers, &line), untold).await,
    }
}

async fn call(shared: &Shared, endpoint: Endpoint, from: (&HeaderMap, &Line), body: &[u8]) -> Response {
    shared.calls.send_modify(|calls| *calls += 1);
    let (fault, delay, manner) = {
        let mut behaviour = shared.behaviour();
        let manner = Manner { echo: behaviour.echo, style: behaviour.style, habits: behaviour.habits };
        (behaviour.fault_for_call(body), behaviour.delay, manner)
    };
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let right = |given| right(shared, endpoint, body, manner.so(given));
    match fault {
        None => right(Given::Right),
        Some(fault) => fail(fault, from, right).await,
    }
}

/// What is given of a right answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Given {
    /// All of it.
    Right,
    /// Its form alone.
    Empty,
}

/// How a right answer is given.
#[derive(Clone, Copy)]
struct Manner {
    echo: Echo,
    style: StreamStyle,
    habits: Habits,
}

impl Manner {
    fn so(self, given: Given) -> Manner {
        match given {
            Given::Right => self,
            Given::Empty => {
                Manner { echo: Echo::Ignored, habits: Habits { says_nothing: true, ..self.habits }, ..self }
            }
        }
    }
}

/// The answer of a server that works.
fn right(shared: &Shared, endpoint: Endpoint, body: &[u8], manner: Manner) -> Response {
    let Manner { echo, style, habits } = manner;
    let question = match Question::read(body) {
        Ok(question) => question.taken_up(habits),
        Err(error) => return error_response(400, &error.to_string(), None),
    };
    if echo == Echo::Refused && question.echo == Some(true) {
        return error_response(400, "echo not supported", None);
    }
    let answer = (shared.answer)(question.asked());
    let answer = answer::held(habits.draw(answer, question.temperature, question.seed), &question);
    if question.wants_stream() {
        let pieces = stream::events(endpoint, &question, &answer, style);
        let body = stream::in_pieces(pieces, End::Proper);
        return ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response();
    }
    json_response(answer::whole(endpoint, &question, &answer, echo))
}

async fn fail(
    fault: Fault,
    (headers, line): (&HeaderMap, &Line),
    right: impl FnOnce(Given) -> Response,
) -> Response {
    match fault {
        Fault::Status { status, message, retry_after } => {
            error_response(status, &message.replace("{key}", key(headers)), retry_after)
        }
        Fault::Bytes { status, content_type, pieces } => {
            let body = stream::in_pieces(pieces, End::Proper);
            (status_code(status), [(header::CONTENT_TYPE, content_type)], body).into_response()
        }
        Fault::Reset => {
            line.reset();
            StatusCode::OK.into_response()
        }
        Fault::Cut(bytes) => cut(right(Given::Right), |_| bytes, End::Broken).await,
        Fault::Stall(bytes) => cut(right(Given::Right), |_| bytes, End::Stalled).await,
        Fault::Unfinished => cut(right(Given::Right), stream::beginning, End::Proper).await,
        Fault::ErrorInside(error) => error_inside(right(Given::Right), error).await,
        Fault::EmptyReply => right(Given::Empty),
        Fault::Silence => std::future::pending().await,
        Fault::Endless => ([(header::CONTENT_TYPE, "application/json")], stream::endless()).into_response(),
        Fault::Redirect(to) => (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, to)]).into_response(),
    }
}

/// The same response with only the first bytes of its body.
async fn cut(response: Response, bytes: impl FnOnce(&[u8]) -> usize, end: End) -> Response {
    let (mut parts, body) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let whole = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let first = whole[..bytes(&whole).min(whole.len())].to_vec();
    Response::from_parts(parts, stream::in_pieces(vec![first], end))
}

/// The same response with an error in it.
async fn error_inside(response: Response, error: &str) -> Response {
    let (mut parts, body) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    if parts.headers.get(header::CONTENT_TYPE).is_none_or(|form| form != "text/event-stream") {
        return Response::from_parts(parts, stream::in_pieces(vec![error.into()], End::Proper));
    }
    let whole = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let first = whole[..stream::beginning(&whole)].to_vec();
    let pieces = vec![first, format!("data: {error}\n\n").into_bytes(), b"data: [DONE]\n\n".to_vec()];
    Response::from_parts(parts, stream::in_pieces(pieces, End::Proper))
}

/// The key that the client sent, in whichever header.
fn key(headers: &HeaderMap) -> &str {
    let names = [header::AUTHORIZATION.as_str(), "x-api-key", "x-goog-api-key"];
    let value = names.iter().find_map(|name| headers.get(*name)?.to_str().ok()).unwrap_or("");
    value.strip_prefix("Bearer ").unwrap_or(value)
}

fn json_response(body: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], Body::from(body)).into_response()
}

fn error_response(status: u16, message: &str, retry_after: Option<String>) -> Response {
    let kind = if status < 500 { "invalid_request_error" } else { "server_error" };
    let body: Value =
        json!({"error": {"message": message, "type": kind, "param": null, "code": status.to_string()}});
    let mut response = (status_code(status), json_response(body.to_string().into_bytes())).into_response();
    if let Some(value) = retry_after.and_then(|value| value.parse().ok()) {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}

fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
