//! Several runs against each other.

use super::Shared;
use super::reply::json;
use super::samples::making;
use crate::app::App;
use crate::compare::{Column, Wanted, page};
use crate::error::Error;
use crate::index::Progress;
use crate::indexes::Lookup;
use axum::Json;
use axum::extract::{Query, State};
use evalscope_report::{compare as comparison, diff};
use evalscope_runs::RunFolder;
use serde_json::{Value, json as value};
use std::sync::Arc;

/// Questions of a page at most, and unless it is said.
const MAX_QUESTIONS: usize = 500;
const QUESTIONS: usize = 50;

/// With more models than these each is compared with the best one only: all pairs of 200 models would be 19,900.
const MAX_EACH: usize = 16;

/// The words of an address behind `?`; a name may come several times.
type Words = Query<Vec<(String, String)>>;

/// `GET /api/compare?run=…&run=…`.
pub async fn compare(State(app): Shared, Query(words): Words) -> Result<Json<Value>, Error> {
    json(app, move |app| {
        let ids: Vec<&String> = all(&words, "run").collect();
        if ids.is_empty() {
            return Err(Error::invalid("name at least one run as `run`"));
        }
        let folders: Vec<RunFolder> = ids.iter().map(|id| app.run(id)).collect::<Result<_, _>>()?;
        let models: usize = folders.iter().map(|folder| folder.plan().models.len()).sum();
        let compare = if models > MAX_EACH { comparison::compare_with_best } else { comparison::compare };
        let mut found = value!(compare(&folders, one(&words, "metric"))?);
        let models = folders.iter().zip(&ids).flat_map(|(folder, id)| {
            folder.plan().models.iter().map(move |model| value!({"run": id, "model": model.id}))
        });
        found["models"] = models.collect();
        let (first, others) = folders.split_at(1);
        let differences = others.iter().zip(&ids[1..]).map(
            |(other, id)| value!({"run": id, "differences": diff::plans(first[0].plan(), other.plan())}),
        );
        found["protocols"] = differences.collect();
        Ok(found)
    })
    .await
}

/// `GET /api/compare/samples?run=…&run=…`: every model of each run is a column; with as many `model` as runs only these.
pub async fn samples(State(app): Shared, Query(words): Words) -> Result<Json<Value>, Error> {
    json(app, move |app| {
        let columns = match columns(app, &words)? {
            Columns::Ready(columns) => columns,
            Columns::Making(progress) => return Ok(making(&progress)),
        };
        let number = |name: &str, usual: usize| match one(&words, name) {
            Some(text) => text.parse().map_err(|_| Error::invalid(format!("`{name}` is not a number"))),
            None => Ok(usual),
        };
        let wanted = wanted(one(&words, "want").unwrap_or("differing"), columns.len())?;
        let limit = number("limit", QUESTIONS)?.min(MAX_QUESTIONS);
        Ok(value!(page(&columns, one(&words, "benchmark"), wanted, (number("at", 0)?, limit))?))
    })
    .await
}

/// The columns, or how far the index of one of them is.
enum Columns {
    Ready(Vec<Column>),
    Making(Arc<Progress>),
}

fn columns(app: &App, words: &[(String, String)]) -> Result<Columns, Error> {
    let runs: Vec<&String> = all(words, "run").collect();
    let named: Vec<&String> = all(words, "model").collect();
    if !named.is_empty() && named.len() != runs.len() {
        return Err(Error::invalid("name as many `model` as `run`, or none"));
    }
    let mut columns = Vec::new();
    for (place, run) in runs.into_iter().enumerate() {
        let folder = app.run(run)?;
        let index = match app.index(run, &folder)? {
            Lookup::Ready(index) => index,
            Lookup::Making(progress) => return Ok(Columns::Making(progress)),
        };
        let of_run = folder.plan().models.iter().map(|model| &model.id);
        let models: Vec<&String> = named.get(place).map_or_else(|| of_run.collect(), |model| vec![*model]);
        columns.extend(models.into_iter().map(|model| Column { model: model.clone(), index: index.clone() }));
    }
    if columns.len() < 2 {
        return Err(Error::invalid("name runs as `run` with at least two models"));
    }
    Ok(Columns::Ready(columns))
}

fn wanted(word: &str, columns: usize) -> Result<Wanted, Error> {
    let column = |text: &str| text.parse().ok().filter(|number| *number < columns);
    let found = match word {
        "all" => Some(Wanted::All),
        "differing" => Some(Wanted::Differing),
        "none_right" => Some(Wanted::NoneRight),
        other => match other.split_once(':') {
            Some(("only_right", number)) => column(number).map(Wanted::OnlyRight),
            Some(("only_wrong", number)) => column(number).map(Wanted::OnlyWrong),
            _ => None,
        },
    };
    found.ok_or_else(|| Error::invalid("`want` is all, differing, none_right, only_right:N or only_wrong:N"))
}

fn all<'a>(words: &'a [(String, String)], name: &'a str) -> impl Iterator<Item = &'a String> {
    words.iter().filter(move |(key, _)| key == name).map(|(_, value)| value)
}

fn one<'a>(words: &'a [(String, String)], name: &str) -> Option<&'a str> {
    words.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
}
