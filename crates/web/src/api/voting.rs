//! People as judges: the next pair for a voter, and votes.

use super::Shared;
use super::reply::json;
use crate::app::App;
use crate::error::Error;
use crate::shown::inside;
use crate::voting::Ballot;
use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use serde_json::Value;
use std::path::PathBuf;
use std::time::SystemTime;

/// Who asks.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Voter {
    voter: String,
}

/// `GET /api/runs/{run}/votes?voter=…`.
pub async fn next(
    State(app): Shared,
    Path(id): Path<String>,
    Query(asks): Query<Voter>,
) -> Result<Json<Value>, Error> {
    json(app, move |app| app.polls.next(&reviews(app, &id)?, &asks.voter)).await
}

/// `POST /api/runs/{run}/votes`.
pub async fn vote(
    State(app): Shared,
    Path(id): Path<String>,
    Json(ballot): Json<Ballot>,
) -> Result<Json<Value>, Error> {
    json(app, move |app| {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        app.polls.vote(&reviews(app, &id)?, &ballot, now.as_secs_f64())
    })
    .await
}

/// The file of reviews of an arena, or the one that is voted on here.
fn reviews(app: &App, id: &str) -> Result<PathBuf, Error> {
    match &app.voting {
        Some(voting) if voting.id == id => Ok(voting.reviews.clone()),
        Some(_) => Err(Error::missing(format!("vote on `{id}` here"))),
        None => inside(app, id, "reviews.jsonl"),
    }
}
