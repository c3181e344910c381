//! Mathematical answers: found in a text, compared, one pair or many.

use crate::argument::ArgumentError;
use crate::error::Error;
use evalscope_math::{Mode, Verdict};
use serde::{Deserialize, Serialize};
use std::io::BufRead;

/// A pair and what was found out about it.
#[derive(Debug, Serialize)]
pub struct Compared {
    /// `equal`, `different` or `unparsed`.
    pub verdict: &'static str,
    /// Why there is no verdict.
    pub reason: Option<String>,
    /// What the answer should be.
    pub a: String,
    /// The answer.
    pub b: String,
}

/// An answer that was found in a text.
#[derive(Debug, Serialize)]
pub struct Extracted {
    /// The answer.
    pub text: String,
    /// What led to it.
    pub rule: &'static str,
    /// Where it stands: first byte and the one after the last, for each part.
    pub spans: Vec<(usize, usize)>,
}

/// A line of a file of pairs.
#[derive(Deserialize)]
struct Pair {
    a: String,
    b: String,
}

/// Names of the ways in which answers can be found and compared, the default first.
pub fn mode_names() -> Vec<&'static str> {
    Mode::all().map(Mode::name).collect()
}

fn mode(name: &str) -> Result<Mode, ArgumentError> {
    Mode::named(name).ok_or_else(|| {
        let near = evalscope_core::suggest::nearest(name, mode_names());
        ArgumentError::new(format!("there is no mode `{name}`"))
            .with_hint(near.map(|near| format!("did you mean `{near}`?")))
    })
}

/// Compares two answers.
pub fn compare(mode_name: &str, a: &str, b: &str) -> Result<Compared, Error> {
    Ok(compared(mode(mode_name)?, a.to_owned(), b.to_owned()))
}

fn compared(mode: Mode, a: String, b: String) -> Compared {
    let verdict = mode.compare(&a, &b);
    let reason = match verdict {
        Verdict::Unparsed(reason) => Some(reason.to_string()),
        Verdict::Equal | Verdict::Different => None,
    };
    Compared { verdict: verdict.name(), reason, a, b }
}

/// Compares pairs, `{"a": …, "b": …}` a line, and hands each to `next` as it is done; `name` is said in errors.
pub fn compare_pairs(
    mode_name: &str,
    name: &str,
    pairs: impl BufRead,
    mut next: impl FnMut(Compared),
) -> Result<(), Error> {
    let mode = mode(mode_name)?;
    for (index, line) in pairs.lines().enumerate() {
        let number = index + 1;
        let line = line
            .map_err(|error| ArgumentError::new(format!("{name}: line {number} cannot be read: {error}")))?;
        if line.trim().is_empty() {
            continue;
        }
        let pair: Pair = serde_json::from_str(&line).map_err(|error| {
            let message = format!("{name}: line {number} is no pair: {error}");
            ArgumentError::new(message).with_hint(Some("a line is {\"a\": \"…\", \"b\": \"…\"}".into()))
        })?;
        next(compared(mode, pair.a, pair.b));
    }
    Ok(())
}

/// Finds the final answer in a text.
pub fn extract(mode_name: &str, text: &str) -> Result<Option<Extracted>, Error> {
    Ok(mode(mode_name)?.extract(text).map(|found| Extracted {
        text: found.text,
        rule: found.rule.name(),
        spans: found.spans.into_iter().map(|span| (span.start, span.end)).collect(),
    }))
}
