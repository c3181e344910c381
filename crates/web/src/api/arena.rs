//! An arena: its leaderboard, and its battles page by page.

use super::Shared;
use super::reply::json;
use crate::app::App;
use crate::arena::{Wanted, battles, leaderboard};
use crate::error::Error;
use crate::outputs::FoundKind;
use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use serde_json::{Value, json as value};
use std::path::PathBuf;

/// Battles of a page at most, and unless it is said.
const MAX_BATTLES: usize = 200;
const BATTLES: usize = 50;

/// `GET /api/runs/{run}/arena`.
pub async fn arena(State(app): Shared, Path(id): Path<String>) -> Result<Json<Value>, Error> {
    json(app, move |app| {
        let file = inside(app, &id, "leaderboard.json")?;
        let board = leaderboard(&file)?;
        let found = app.outputs.find(&id)?;
        Ok(value!({"run": app.listing.row(&found, &app.launched), "arena": board}))
    })
    .await
}

/// Which battles are wanted.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wish {
    category: Option<String>,
    model: Option<String>,
    winner: Option<String>,
    at: usize,
    limit: Option<usize>,
}

/// `GET /api/runs/{run}/battles`.
pub async fn list(
    State(app): Shared,
    Path(id): Path<String>,
    Query(wish): Query<Wish>,
) -> Result<Json<Value>, Error> {
    json(app, move |app| {
        let some = |text: Option<String>| text.filter(|text| !text.is_empty());
        let wanted = Wanted {
            category: some(wish.category),
            model: some(wish.model),
            winner: some(wish.winner),
            at: wish.at,
            limit: wish.limit.unwrap_or(BATTLES).min(MAX_BATTLES),
        };
        battles(&inside(app, &id, "reviews.jsonl")?, &wanted)
    })
    .await
}

/// A file of the arena. It may be a link, which must not lead out of the folder of results.
pub fn inside(app: &App, id: &str, name: &str) -> Result<PathBuf, Error> {
    let found = app.outputs.find(id)?;
    if !matches!(found.kind, FoundKind::Arena) {
        return Err(Error::missing(format!("arena `{id}`")));
    }
    let file = app.outputs.inside(&found.path.join(name));
    file.ok_or_else(|| Error::missing(format!("{name} of `{id}` in the folder")))
}
