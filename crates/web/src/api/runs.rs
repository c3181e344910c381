//! The list of runs, and one run.

use super::Shared;
use super::reply::{blocking, json};
use crate::error::Error;
use crate::outputs::FoundKind;
use crate::shown::{as_file, of_perf, of_run};
use crate::tags;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json as value};

/// `GET /api/about`.
pub async fn about(State(app): Shared) -> Json<Value> {
    Json(value!({
        "program": "evalscope-rs",
        "version": env!("CARGO_PKG_VERSION"),
        "outputs": app.outputs.root().to_string_lossy(),
        "allow_run": app.launched.is_allowed(),
        "voting": app.voting.as_ref().map(|voting| &voting.id),
    }))
}

/// `GET /api/runs`.
pub async fn list(State(app): Shared) -> Result<Json<Value>, Error> {
    json(app, |app| Ok(value!({"runs": app.listing.all(&app.outputs, &app.launched)}))).await
}

/// `GET /api/runs/{run}`.
pub async fn run(State(app): Shared, Path(id): Path<String>) -> Result<Json<Value>, Error> {
    json(app, move |app| of_run(app, &id)).await
}

/// `GET /api/runs/{run}/perf`.
pub async fn perf(State(app): Shared, Path(id): Path<String>) -> Result<Json<Value>, Error> {
    json(app, move |app| of_perf(app, &id)).await
}

/// `GET /api/runs/{run}/page.html`.
pub async fn page(State(app): Shared, Path(id): Path<String>) -> Result<Response, Error> {
    let name = format!("{}.html", id.replace(|c: char| !c.is_ascii_alphanumeric(), "_"));
    let page = blocking(app, move |app| as_file(app, &id)).await?;
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, page).into_response())
}

/// The tags of a run.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tags {
    tags: Vec<String>,
}

/// `PUT /api/runs/{run}/tags`.
pub async fn tags(
    State(app): Shared,
    Path(id): Path<String>,
    Json(given): Json<Tags>,
) -> Result<Json<Value>, Error> {
    json(app, move |app| {
        let found = app.outputs.find(&id)?;
        if matches!(found.kind, FoundKind::Foreign(_)) {
            return Err(Error::invalid(
                "another program's files are not written to; import them to tag them",
            ));
        }
        Ok(value!({"tags": tags::write(&found.path, &given.tags)?}))
    })
    .await
}
