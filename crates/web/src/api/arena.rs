//! An arena: its leaderboard, and its battles page by page.

use super::Shared;
use super::reply::json;
use crate::error::Error;
use crate::shown::{inside, of_arena};
use axum::Json;
use axum::extract::{Path, Query, State};
use evalscope_report::page::Wanted;
use serde::Deserialize;
use serde_json::Value;

/// Battles of a page at most, and unless it is said.
const MAX_BATTLES: usize = 200;
const BATTLES: usize = 50;

/// `GET /api/runs/{run}/arena`.
pub async fn arena(State(app): Shared, Path(id): Path<String>) -> Result<Json<Value>, Error> {
    json(app, move |app| of_arena(app, &id)).await
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
        Ok(app.battles.page(&inside(app, &id, "reviews.jsonl")?, &wanted)?)
    })
    .await
}
