//! The samples of a run: filtered lists, one sample, all of them as a file.

use super::Shared;
use super::reply::{blocking, json};
use crate::app::App;
use crate::error::Error;
use crate::index::{Filter, Progress, RunIndex};
use crate::indexes::Lookup;
use crate::sample::{Texts, sample, sample_image};
use crate::shown::{of_facets, of_failures};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use evalscope_exchange::{Overwrite, export, named};
use evalscope_report::page::VERDICTS;
use serde::Deserialize;
use serde_json::{Value, json as value};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Rows of a page at most, and unless it is said.
const MAX_ROWS: usize = 1_000;
const ROWS: usize = 100;

/// What a list is narrowed to, and which part of it is wanted.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wish {
    model: Option<String>,
    benchmark: Option<String>,
    subset: Option<String>,
    verdict: Option<String>,
    error: Option<String>,
    min_length: Option<u32>,
    max_length: Option<u32>,
    text: Option<String>,
    at: Option<usize>,
    after: Option<u32>,
    around: Option<u32>,
    limit: Option<usize>,
}

impl Wish {
    fn filter(&self) -> Result<Filter, Error> {
        let words = self.verdict.as_deref().unwrap_or_default().split(',').filter(|word| !word.is_empty());
        let code = |word: &str| {
            let place = VERDICTS.iter().position(|known| *known == word);
            let message = || format!("there is no verdict `{word}`; there are {}", VERDICTS.join(", "));
            place.map(|place| place as u8).ok_or_else(|| Error::invalid(message()))
        };
        let some = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        Ok(Filter {
            model: some(&self.model),
            benchmark: some(&self.benchmark),
            subset: some(&self.subset),
            verdicts: words.map(code).collect::<Result<_, _>>()?,
            error: some(&self.error),
            min_length: self.min_length,
            max_length: self.max_length,
            text: some(&self.text),
        })
    }
}

/// `GET /api/runs/{run}/samples`.
pub async fn list(
    State(app): Shared,
    Path(id): Path<String>,
    Query(wish): Query<Wish>,
) -> Result<Json<Value>, Error> {
    with_index(app, id, move |_, index| page(index, &wish)).await
}

fn page(index: &RunIndex, wish: &Wish) -> Result<Value, Error> {
    let view = index.view(&wish.filter()?)?;
    let around = wish.around.and_then(|seq| view.position(seq));
    let at = match (wish.after, around) {
        (Some(seq), _) => view.after(seq),
        (None, Some(position)) => position.saturating_sub(wish.limit.unwrap_or(ROWS) / 2),
        (None, None) => wish.at.unwrap_or(0),
    };
    let numbers = view.slice(at, wish.limit.unwrap_or(ROWS).min(MAX_ROWS));
    let rows = index.rows(&numbers)?;
    let next = numbers.last().filter(|_| at + numbers.len() < view.len());
    Ok(value!({
        "total": view.len(),
        "is_cut": view.is_cut,
        "of": index.facts().len(),
        "at": at,
        "position": around,
        "rows": rows,
        "after": next,
    }))
}

/// `GET /api/runs/{run}/samples/{seq}`.
pub async fn one(
    State(app): Shared,
    Path((id, seq)): Path<(String, u32)>,
    Query(wish): Query<Whole>,
) -> Result<Json<Value>, Error> {
    json(app, move |app| {
        let folder = app.run(&id)?;
        let index = app.ready(&id, &folder)?;
        let texts = if wish.whole { Texts::Whole } else { Texts::Cut };
        sample(&app.outputs, folder.path(), &index, seq, texts)
    })
    .await
}

/// `GET /api/runs/{run}/samples/{seq}/images/{call}/{number}`.
pub async fn image(
    State(app): Shared,
    Path((id, seq, call, number)): Path<(String, u32, usize, usize)>,
) -> Result<Response, Error> {
    let found = blocking(app, move |app| {
        let folder = app.run(&id)?;
        let index = app.ready(&id, &folder)?;
        sample_image(&app.outputs, folder.path(), &index, (seq, call, number))
    })
    .await?;
    Ok(([(header::CONTENT_TYPE, found.media_type)], found.bytes).into_response())
}

/// Whether long texts are wanted as they are.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Whole {
    whole: bool,
}

/// `GET /api/runs/{run}/failures`.
pub async fn failures(State(app): Shared, Path(id): Path<String>) -> Result<Json<Value>, Error> {
    with_index(app, id, |_, index| Ok(value!(of_failures(index)?))).await
}

/// `GET /api/runs/{run}/facets`.
pub async fn facets(State(app): Shared, Path(id): Path<String>) -> Result<Json<Value>, Error> {
    with_index(app, id, |_, index| Ok(value!(of_facets(index)))).await
}

/// `GET /api/runs/{run}/samples.parquet`.
pub async fn parquet(State(app): Shared, Path(id): Path<String>) -> Result<Response, Error> {
    let name = format!("{}.parquet", id.replace(|c: char| !c.is_ascii_alphanumeric(), "_"));
    let bytes = blocking(app, move |app| {
        let folder = app.run(&id)?;
        let format = named("parquet").ok_or_else(|| Error::missing("form `parquet`"))?;
        let path = app.outputs.derived(&format!("export-{}.parquet", crate::hash::short_hash(&id)))?;
        export(&folder, format, Some(&path), Overwrite::Replace)?;
        let bytes = std::fs::read(&path).map_err(Error::file("read", &path))?;
        std::fs::remove_file(&path).map_err(Error::file("remove", &path))?;
        Ok(bytes)
    })
    .await?;
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [
        (header::CONTENT_TYPE, "application/vnd.apache.parquet".to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, bytes).into_response())
}

/// Answers from the index, or says how far its making is: `{"making": {"done", "total"}}`.
async fn with_index(
    app: Arc<App>,
    id: String,
    work: impl FnOnce(&App, &RunIndex) -> Result<Value, Error> + Send + 'static,
) -> Result<Json<Value>, Error> {
    json(app, move |app| {
        let folder = app.run(&id)?;
        match app.index(&id, &folder)? {
            Lookup::Ready(index) => work(app, &index),
            Lookup::Making(progress) => Ok(making(&progress)),
        }
    })
    .await
}

/// How far the making of an index is.
pub fn making(progress: &Progress) -> Value {
    let (done, total) = (progress.done.load(Ordering::Relaxed), progress.total.load(Ordering::Relaxed));
    value!({"making": {"done": done, "total": total}})
}
