//! Rows from JSON lines and JSON documents.

use super::MAX_DOCUMENT;
use super::lines::Lines;
use crate::content::Content;
use crate::error::Error;
use crate::rows::Rows;
use evalscope_core::json::{self, JsonError};
use evalscope_core::{Row, Value};

/// One object a line; blank lines do not count.
pub(crate) fn lines(content: Content) -> Rows {
    let lines = Lines::new(content);
    let name = lines.name().to_owned();
    Rows::new(lines.map(move |line| line.and_then(|(number, line)| line_to_row(&name, number, &line))))
}

/// A list of objects; or an object with the list in `field`; or, as some upstream sets have it under this name,
/// JSON lines.
pub(crate) fn document(content: Content, field: Option<&str>) -> Result<Rows, Error> {
    let name = content.name.clone();
    let text = content.into_text(MAX_DOCUMENT)?;
    if field.is_none() && is_json_lines(&text) {
        return Ok(text_lines(name, text));
    }
    let value = json::parse(&text).map_err(|error| place(&name, &text, error))?;
    let list = match (value, field) {
        (Value::List(rows), None) => rows,
        (object @ Value::Object(_), None) => vec![object],
        (Value::Object(mut members), Some(field)) => match members.swap_remove(field) {
            Some(Value::List(rows)) => rows,
            Some(other) => {
                let found = other.kind_name();
                return Err(damaged(&name, format!("`{field}` must be a list of rows, not {found}")));
            }
            None => {
                let known: Vec<&str> = members.keys().map(String::as_str).collect();
                return Err(damaged(&name, format!("no member `{field}`; it has: {}", known.join(", "))));
            }
        },
        (other, _) => {
            let wanted =
                field.map_or("a list of rows".to_owned(), |field| format!("an object with `{field}`"));
            return Err(damaged(&name, format!("expected {wanted}, found {}", other.kind_name())));
        }
    };
    Ok(Rows::new(list.into_iter().enumerate().map(move |(index, value)| match value {
        Value::Object(row) => Ok(row),
        other => {
            let (number, kind) = (index + 1, other.kind_name());
            Err(damaged(&name, format!("row {number} must be an object, not {kind}")))
        }
    })))
}

/// Whether the first line is a whole object and more follows.
fn is_json_lines(text: &str) -> bool {
    let text = text.trim();
    match text.split_once('\n') {
        Some((first, _)) => first.starts_with('{') && json::parse(first).is_ok(),
        None => false,
    }
}

fn text_lines(name: String, text: String) -> Rows {
    let mut at = 0;
    let mut number = 0;
    Rows::new(std::iter::from_fn(move || {
        while at < text.len() {
            let end = text[at..].find('\n').map_or(text.len(), |length| at + length);
            let line = &text[at..end];
            at = end + 1;
            number += 1;
            if !line.trim().is_empty() {
                return Some(line_to_row(&name, number, line));
            }
        }
        None
    }))
}

fn line_to_row(name: &str, number: u64, line: &str) -> Result<Row, Error> {
    let file = || name.to_owned();
    match json::parse(line) {
        Ok(Value::Object(row)) => Ok(row),
        Ok(other) => Err(Error::Line {
            file: file(),
            line: number,
            message: format!("expected an object, found {}", other.kind_name()),
        }),
        Err(source) => Err(Error::Json { file: file(), line: number, source }),
    }
}

/// An error's place in the whole text as line and column.
fn place(name: &str, text: &str, error: JsonError) -> Error {
    let before = &text.as_bytes()[..(error.column - 1).min(text.len())];
    let line = 1 + before.iter().filter(|byte| **byte == b'\n').count() as u64;
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let source = JsonError { column: error.column - start, ..error };
    Error::Json { file: name.to_owned(), line, source }
}

fn damaged(name: &str, message: String) -> Error {
    Error::Damaged { file: name.to_owned(), message }
}
