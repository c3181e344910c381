//! Prompts from files: lines of text, and rows of JSON, JSONL, CSV or Parquet.

use crate::api::{Prompt, Turn, turn};
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
    let rows = each(dataset)?.enumerate().map(move |(number, row)| {
        prompt_of(&row?, column).ok_or_else(|| Error::Prompts {
            place: format!("row {} of {}", number + 1, dataset.origin()),
            reason: missing(column),
        })
    });
    Ok(rows)
}

/// What a person says in each conversation of a data set, turn by turn, so many turns at most; a system message before.
pub fn scripts(
    dataset: &Dataset,
    most: usize,
) -> Result<impl Iterator<Item = Result<Vec<Turn>, Error>> + '_, Error> {
    let scripts = each(dataset)?.map(move |row| Ok(script_of(&row?, most)));
    // A conversation in which nobody asks anything is none.
    Ok(scripts
        .filter(|script: &Result<Vec<Turn>, Error>| script.as_ref().map_or(true, |turns| !turns.is_empty())))
}

/// All rows of a data set.
pub fn each(dataset: &Dataset) -> Result<impl Iterator<Item = Result<Row, Error>> + '_, Error> {
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
        error.into_iter().chain(rows.into_iter().flatten().map(|row| row.map_err(Error::from)))
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
        Column::Usual => ranking(row).or_else(|| USUAL.iter().find_map(|name| prompt(&value(row, name)?))),
        Column::FirstTurn => first_turn(&value(row, "conversations").or_else(|| value(row, "conversation"))?),
    }
}

fn value(row: &Row, name: &str) -> Option<Value> {
    serde_json::to_value(row.get(name)?).ok()
}

/// A question and what is to be ranked by it.
fn ranking(row: &Row) -> Option<Prompt> {
    let Some(Value::String(query)) = value(row, "query") else { return None };
    let Some(Value::Array(documents)) = value(row, "documents") else { return None };
    let documents: Option<Vec<String>> =
        documents.iter().map(|document| document.as_str().map(str::to_owned)).collect();
    Some(Prompt::Ranking { query, documents: documents.filter(|documents| !documents.is_empty())? })
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

/// What the person says first, in the forms in which ShareGPT is passed on.
fn first_turn(value: &Value) -> Option<Prompt> {
    let said = value.as_array()?.iter().filter_map(said).find(|turn| turn.role == "user")?;
    Some(Prompt::Text(said.content))
}

fn script_of(row: &Row, most: usize) -> Vec<Turn> {
    let names = ["conversations", "conversation", "messages"];
    let turns = names.iter().find_map(|name| match value(row, name)? {
        Value::Array(turns) => Some(turns),
        _ => None,
    });
    let mut asked = 0;
    let turns = turns.iter().flatten().filter_map(said).take_while(|turn| {
        asked += usize::from(turn.role == "user");
        asked <= most
    });
    let turns: Vec<Turn> = turns.collect();
    if turns.iter().any(|turn| turn.role == "user") { turns } else { Vec::new() }
}

/// What a person or a system says in a turn.
fn said(turn: &Value) -> Option<Turn> {
    let role = ["from", "role"].iter().find_map(|name| turn.get(*name)).and_then(Value::as_str);
    let said = ["value", "content", "human"].iter().find_map(|name| turn.get(*name)?.as_str())?;
    let role = match role {
        None | Some("human" | "user") => "user",
        Some("system") => "system",
        Some(_) => return None,
    };
    (!said.trim().is_empty()).then(|| Turn::new(role, said.to_owned()))
}
