//! New runs, and the end of those that were started here.

use super::Shared;
use super::reply::json;
use crate::app::App;
use crate::error::Error;
use crate::launch::log as run_log;
use crate::wish::{Start, Wish, command_line};
use axum::Json;
use axum::extract::{Path, State};
use evalscope_core::calendar::utc_text;
use serde_json::{Value, json as value};
use std::time::SystemTime;

/// `POST /api/launch`: the command line that does the same.
pub async fn preview(State(app): Shared, Json(wish): Json<Wish>) -> Result<Json<Value>, Error> {
    json(app, move |app| {
        let folder = app.outputs.root().join(timestamp_name());
        let words = wish.words(&folder.to_string_lossy(), Start::New)?;
        Ok(value!({"command": command_line(&words)}))
    })
    .await
}

/// `POST /api/runs`.
pub async fn start(State(app): Shared, Json(wish): Json<Wish>) -> Result<Json<Value>, Error> {
    json(app, move |app| {
        let id = unused(app);
        app.launched.start(&app.outputs, &id, &wish, Start::New)?;
        Ok(value!({"id": id}))
    })
    .await
}

/// `POST /api/runs/{run}/stop`.
pub async fn stop(State(app): Shared, Path(id): Path<String>) -> Result<Json<Value>, Error> {
    json(app, move |app| app.launched.stop(&id).map(|()| value!({"id": id}))).await
}

/// `POST /api/runs/{run}/resume`.
pub async fn resume(State(app): Shared, Path(id): Path<String>) -> Result<Json<Value>, Error> {
    json(app, move |app| {
        app.outputs.find(&id)?;
        let missing = || Error::missing(format!("run `{id}` that was started here"));
        let wish = app.launched.wish(&app.outputs, &id).ok_or_else(missing)?;
        app.launched.start(&app.outputs, &id, &wish, Start::Again)?;
        Ok(value!({"id": id}))
    })
    .await
}

/// `GET /api/runs/{run}/log`.
pub async fn log(State(app): Shared, Path(id): Path<String>) -> Result<Json<Value>, Error> {
    json(app, move |app| {
        let (text, is_cut) = run_log(&app.outputs, &id)?
            .ok_or_else(|| Error::missing(format!("log of `{id}`: it was not started from here")))?;
        let wish = app.launched.wish(&app.outputs, &id).filter(|_| app.launched.is_allowed());
        let folder = app.outputs.root().join(&id);
        let again = wish.and_then(|wish| wish.words(&folder.to_string_lossy(), Start::Again).ok());
        Ok(value!({
            "text": text,
            "is_cut": is_cut,
            "running": app.launched.is_running(&id),
            "exit_code": app.launched.ended(&id).flatten(),
            "exists": app.outputs.find(&id).is_ok(),
            "can_resume": again.is_some(),
            "command": again.as_deref().map(command_line),
        }))
    })
    .await
}

/// A name for a new run that no other has.
fn unused(app: &App) -> String {
    let name = timestamp_name();
    let mut unused = name.clone();
    for number in 2.. {
        if !app.outputs.root().join(&unused).exists() && !app.launched.is_running(&unused) {
            break;
        }
        unused = format!("{name}-{number}");
    }
    unused
}

/// `20261124_010203` (UTC), as `evalscope eval` names folders.
fn timestamp_name() -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    utc_text(now.as_secs()).replace(['-', ':', 'Z'], "").replace('T', "_")
}
