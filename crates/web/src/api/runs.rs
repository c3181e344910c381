//! The list of runs, and one run.

use super::Shared;
use super::reply::json;
use crate::app::App;
use crate::error::Error;
use crate::listing::{RunRow, progress};
use crate::outputs::FoundKind;
use crate::summary::summary;
use crate::tags;
use axum::Json;
use axum::extract::{Path, State};
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

fn of_run(app: &App, id: &str) -> Result<Value, Error> {
    let found = app.outputs.find(id)?;
    let folder = app.run(id)?;
    let plan = folder.plan();
    let mut row: RunRow = app.listing.row(&found, &app.launched);
    row.models = plan.models.iter().map(|model| model.id.clone()).collect();
    row.benchmarks = plan.benchmarks.iter().map(|planned| planned.name.clone()).collect();
    Ok(value!({
        "run": row,
        "state": folder.status(),
        "samples": plan.samples(),
        "summary": summary(&app.outputs, id, &folder)?,
        "progress": progress(folder.path()),
        "manifest": folder.manifest()?,
        // Without what was given nothing is wrong with a run.
        "options": folder.given().unwrap_or_default(),
        "plan": plan,
    }))
}

/// `GET /api/runs/{run}/perf`.
pub async fn perf(State(app): Shared, Path(id): Path<String>) -> Result<Json<Value>, Error> {
    json(app, move |app| {
        let found = app.outputs.find(&id)?;
        if !matches!(found.kind, FoundKind::Perf) {
            return Err(Error::missing(format!("load test `{id}`")));
        }
        let path = found.path.join("summary.json");
        let text = std::fs::read_to_string(&path).map_err(Error::file("read", &path))?;
        let broken =
            |error: serde_json::Error| Error::Broken { message: format!("{}: {error}", path.display()) };
        let summary: Value = serde_json::from_str(&text).map_err(broken)?;
        Ok(value!({"run": app.listing.row(&found, &app.launched), "summary": summary}))
    })
    .await
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
