//! JSON Schemas of the files of a run.

use crate::prediction::PredictionLine;
use crate::review::ReviewLine;
use crate::state::RunState;
use schemars::JsonSchema;
use serde_json::Value;

/// The schema of `run.json`.
pub fn run() -> Value {
    of::<RunState>()
}

/// The schema of a line in `predictions/`.
pub fn prediction() -> Value {
    of::<PredictionLine>()
}

/// The schema of a line in `reviews/`.
pub fn review() -> Value {
    of::<ReviewLine>()
}

fn of<T: JsonSchema>() -> Value {
    schemars::schema_for!(T).to_value()
}
