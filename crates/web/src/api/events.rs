//! Live runs, as server-sent events: how far each is, once a second while that changes.

use super::Shared;
use super::reply::blocking;
use crate::app::App;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::stream::{Stream, unfold};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

/// Time between two looks.
const PAUSE: Duration = Duration::from_secs(1);

/// `GET /api/events`.
pub async fn events(State(app): Shared) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let stream = unfold((app, Value::Null), |(app, last)| async move {
        let now = changed(app.clone(), &last).await;
        let event = Event::default().event("runs").data(now.to_string());
        Some((Ok(event), (app, now)))
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}

/// Waits until what is to be told differs from the last.
async fn changed(app: Arc<App>, last: &Value) -> Value {
    loop {
        let now = blocking(app.clone(), |app| Ok(live(app))).await.unwrap_or_default();
        if now != *last {
            return now;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The live runs, and how each of the others stands, so that a page sees when one ends or begins.
fn live(app: &App) -> Value {
    let rows = app.listing.all(&app.outputs, &app.launched);
    let live = rows.iter().filter(|row| row.is_running());
    let live: Vec<Value> = live.map(|row| json!({"id": row.id, "progress": row.progress})).collect();
    let stands: Vec<String> =
        rows.iter().map(|row| format!("{}{:?}{:?}", row.id, row.status, row.ended_at)).collect();
    json!({"live": live, "state": crate::hash::short_hash(&stands.join("\n"))})
}
