//! Prompts from files: lines of text, and rows of JSON, JSONL, CSV or Parquet.

use crate::api::{Prompt, Turn};
use crate::error::Error;
use evalscope_core::Row;
use evalscope_data::{Dataset, ReadOptions};
use serde_json::Value;
use std::io::BufRead;
use std::path::Path;

/// Which part of a row is the prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column {
    /// The column of this name.
    Named(String),
    /// The first of `messages`, `prompt`, `question`, `instruction`, `text` that is there.
    Usual,
    /// The first thing that a person says in `conversations` or `conversation`.
    FirstTurn,
}

const USUAL: [&str; 5] = ["messages", "prompt", "question", "instruction", "text"];
const FORMATS: [&str; 5] = ["**/*.jsonl", "**/*.json", "**/*.parquet", "**/*.csv", "**/*.tsv"];

/// The lines of a text file that are not empty.
pub fn lines(path: &Path) -> Result<impl Iterator<Item = Result<Prompt, Error>>, Error> {
    let file = std::fs::File::open(path).map_err(Error::file("read", path))?;
    let path = path.to_owned();
    let lines = std::io::BufReader::new(file).lines().map(move |line| {
        let line = line.map_err(Error::file("read", &path))?;
        Ok(line.trim().to_owned())
    });
    Ok(lines.filter_map(|line| match line {
        Ok(line) if line.is_empty() => None,
        Ok(line) => Some(Ok(Prompt::Text(line))),
        Err(error) => Some(Err(error)),
    }))
}

/// The prompts of all rows of a data set.
pub fn rows<'a>(
    dataset: &'a Dataset,
    column: &'a Column,
) -> Result<impl Iterator<Item = Result<Prompt, Error>> + 'a, Error> {
    let files = FORMATS.iter().map(|pattern| dataset.matching(pattern)).find(|files| !files.is_empty());
    let files = files.ok_or_else(|| Error::Prompts {
        place: dataset.origin(),
        reason: "there is no file of rows: .jsonl, .json, .parquet, .csv".into(),
    })?;
    let rows = files.into_iter().flat_map(move |file| {
        let rows = dataset.rows(&file, &ReadOptions::default());
        let (rows, error) = match rows {
            Ok(rows) => (Some(rows), None),
            Err(error) => (None, Some(Err(Error::from(error)))),
        };
        let prompts = rows.into_iter().flatten().enumerate().map(move |(number, row)| {
            prompt_of(&row?, column).ok_or_else(|| Error::Prompts {
                place: format!("row {} of {file}", number + 1),
                reason: missing(column),
            })
        });
        error.into_iter().chain(prompts)
    });
    Ok(rows)
}

fn missing(column: &Column) -> String {
    match column {
        Column::Named(name) => format!("it has no column `{name}` with a text or messages"),
        Column::Usual => format!("it has none of the columns {}", USUAL.join(", ")),
        Column::FirstTurn => "it has no `conversations` in which a person speaks".into(),
    }
}

fn prompt_of(row: &Row, column: &Column) -> Option<Prompt> {
    match column {
        Column::Named(name) => prompt(&value(row, name)?),
        Column::Usual => USUAL.iter().find_map(|name| prompt(&value(row, name)?)),
        Column::FirstTurn => first_turn(&value(row, "conversations").or_else(|| value(row, "conversation"))?),
    }
}

fn value(row: &Row, name: &str) -> Option<Value> {
    serde_json::to_value(row.get(name)?).ok()
}

/// A text, or a list of messages.
fn prompt(value: &Value) -> Option<Prompt> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(Prompt::Text(text.clone())),
        Value::Array(turns) => {
            let turns: Option<Vec<Turn>> = turns.iter().map(turn).collect();
            turns.filter(|turns| !turns.is_empty()).map(Prompt::Messages)
        }
        _ => None,
    }
}

fn turn(value: &Value) -> Option<Turn> {
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(Turn { role: text("role")?, content: text("content")? })
}

/// What the person says first, in the forms in which ShareGPT is passed on.
fn first_turn(value: &Value) -> Option<Prompt> {
    let text = value.as_array()?.iter().find_map(|turn| {
        let role = ["from", "role"].iter().find_map(|name| turn.get(*name)).and_then(Value::as_str);
        let said = ["value", "content", "human"].iter().find_map(|name| turn.get(*name)?.as_str())?;
        let is_person = role.is_none_or(|role| matches!(role, "human" | "user"));
        (is_person && !said.trim().is_empty()).then(|| said.to_owned())
    })?;
    Some(Prompt::Text(text))
}
