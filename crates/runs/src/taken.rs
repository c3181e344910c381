//! Reads what calls took and how they ended, and of their texts nothing.

use crate::entry::{Brought, CallKey, Taken};
use crate::error::Error;
use crate::exact::Exact;
use crate::folder::RunFolder;
use crate::lines;
use crate::output::TakenOutput;
use crate::read::Lines;
use evalscope_core::Isolation;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::borrow::Cow;

/// What is read of a line; the texts in it are passed over.
#[derive(Deserialize)]
struct TakenLine<'a> {
    index: u64,
    #[serde(default)]
    repeat: u32,
    #[serde(default)]
    call: u32,
    #[serde(borrow)]
    model: Cow<'a, str>,
    #[serde(default)]
    judge: Option<u32>,
    #[serde(default)]
    execute: Option<IgnoredAny>,
    #[serde(default, borrow)]
    model_output: Option<TakenOutput<'a>>,
    #[serde(default)]
    loglikelihoods: Option<IgnoredAny>,
    #[serde(default)]
    execution: Option<TakenExecution>,
    #[serde(default)]
    error: Option<IgnoredAny>,
    at: Exact,
    #[serde(default)]
    cached: bool,
}

#[derive(Deserialize)]
struct TakenExecution {
    isolation: Isolation,
}

/// Reads the calls of a subset in order of sample, repeat and call.
pub struct TakenReader(Lines);

impl RunFolder {
    /// Reads what the calls of a subset took; one that was not begun has none.
    pub fn read_taken(&self, model: &str, benchmark: &str, subset: &str) -> Result<TakenReader, Error> {
        Ok(TakenReader(Lines::open(&[self.predictions_path(model, benchmark, subset)?])?))
    }
}

impl Iterator for TakenReader {
    type Item = Result<Taken, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.parse_next(parse)
    }
}

fn parse(line: &[u8]) -> Result<Taken, String> {
    let line: TakenLine = serde_json::from_slice(line).map_err(|error| lines::json_message(&error))?;
    let brought = match (line.model_output, line.loglikelihoods, line.execution, line.error) {
        (Some(output), None, None, None) => output.brought(),
        (None, Some(_), None, None) => Brought::Loglikelihoods,
        (None, None, Some(execution), None) => Brought::Execution(execution.isolation),
        (None, None, None, Some(_)) => Brought::Failure,
        _ => return Err("expected one of `model_output`, `loglikelihoods`, `execution` and `error`".into()),
    };
    Ok(Taken {
        key: CallKey { index: line.index, repeat: line.repeat, call: line.call },
        model: line.model.into_owned(),
        judge: line.judge,
        is_program: line.execute.is_some(),
        brought,
        at: line.at.0,
        cached: line.cached,
    })
}
