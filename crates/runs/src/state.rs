//! How a run stands, as `run.json` says.

use crate::atomic::write_json;
use crate::clock;
use crate::error::Error;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Version of the form of a run folder.
pub const RUN_VERSION: u32 = 1;

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// A process works on it.
    Running,
    /// Every planned sample was scored.
    Finished,
    /// Every planned sample was asked, and some failed.
    Partial,
    /// An error ended it.
    Failed,
    /// It was stopped or killed.
    Interrupted,
}

/// What `run.json` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunState {
    /// Version of the folder's form ([`RUN_VERSION`]).
    pub version: u32,
    /// How the run stands.
    pub status: Status,
    /// The program that worked on it last, with version.
    pub program: String,
    /// When it began, in UTC.
    pub started_at: String,
    /// When it last ended, in UTC; absent while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<String>,
    /// How often it was gone on with.
    #[serde(default)]
    pub resumed: u32,
    /// Samples for which scoring found no recorded reply that fits the data; absent without any. They are in no score.
    #[serde(default, skip_serializing_if = "is_none")]
    pub unanswered: u64,
}

fn is_none(count: &u64) -> bool {
    *count == 0
}

impl RunState {
    /// A run that begins now.
    pub(crate) fn begin() -> RunState {
        RunState {
            version: RUN_VERSION,
            status: Status::Running,
            program: program(),
            started_at: clock::now(),
            ended_at: None,
            resumed: 0,
            unanswered: 0,
        }
    }

    /// The same run, gone on with.
    pub(crate) fn again(&self) -> RunState {
        RunState {
            status: Status::Running,
            program: program(),
            ended_at: None,
            resumed: self.resumed.saturating_add(1),
            unanswered: 0,
            ..self.clone()
        }
    }

    /// The same run with another status; an end has its time.
    pub(crate) fn with(&self, status: Status) -> RunState {
        let ended_at = (status != Status::Running).then(clock::now);
        RunState { status, ended_at, ..self.clone() }
    }

    pub(crate) fn read(path: &Path) -> Result<RunState, Error> {
        let broken = |message: String| Error::BrokenFile {
            path: path.to_owned(),
            message: format!("not a run: {message}"),
        };
        let text = std::fs::read_to_string(path).map_err(Error::file("read", path))?;
        let json: serde_json::Value =
            serde_json::from_str(&text).map_err(|error| broken(error.to_string()))?;
        let version = json.get("version").and_then(serde_json::Value::as_u64);
        match version {
            Some(found) if found == u64::from(RUN_VERSION) => {
                serde_json::from_value(json).map_err(|error| broken(error.to_string()))
            }
            Some(found) => Err(Error::Version { path: path.to_owned(), found, known: RUN_VERSION }),
            None => Err(broken("it has no `version`".into())),
        }
    }

    pub(crate) fn write(&self, path: &Path) -> Result<(), Error> {
        write_json(path, self)
    }
}

fn program() -> String {
    format!("evalscope-rs {}", env!("CARGO_PKG_VERSION"))
}
