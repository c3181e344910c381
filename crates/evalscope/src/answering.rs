//! Opens what answers in place of a model that we reach ourselves: a program of the user's, or a recording.

use crate::argument::ArgumentError;
use crate::error::Error;
use crate::open_model::{
    DEFAULT_ENDPOINT_TIMEOUT, OpenModel, defaults, refuse_options_except, user_sampling,
};
use crate::options::ModelOptions;
use evalscope_model_api::Model;
use evalscope_models::command::{self, CommandOptions};
use evalscope_models::replay::{self, ReplayOptions};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;

/// Reads the program and its arguments from `--model-args`.
pub(crate) fn command_options(given: &ModelOptions) -> Result<CommandOptions, Error> {
    refuse_options_except(&["extra_body"], "a command", given)?;
    let command = match only_argument(given, "command", "'{\"command\": [\"PROGRAM\", \"ARGUMENT\"]}'")? {
        Value::String(program) => vec![program.clone()],
        Value::Array(words) => words
            .iter()
            .map(|word| word.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .ok_or_else(|| ArgumentError::new("--model-args: `command` must be a list of texts"))?,
        _ => return Err(ArgumentError::new("--model-args: `command` must be a list of texts").into()),
    };
    Ok(CommandOptions { command, model: name(given, command::NAME) })
}

/// Reads the place of the recording from `--model-args`.
pub(crate) fn replay_options(given: &ModelOptions) -> Result<ReplayOptions, Error> {
    refuse_options_except(&[], "a replay", given)?;
    let path = only_argument(given, "path", "path=RUN_FOLDER")?;
    let path = path.as_str().ok_or_else(|| ArgumentError::new("--model-args: `path` must be a text"))?;
    Ok(ReplayOptions { path: PathBuf::from(path), model: name(given, replay::NAME) })
}

pub(crate) fn open_command(given: &ModelOptions) -> Result<OpenModel, Error> {
    let options = command_options(given)?;
    let name = options.model.clone();
    Ok(opened(given, name, command::open(options)))
}

pub(crate) fn open_replay(given: &ModelOptions) -> Result<OpenModel, Error> {
    let options = replay_options(given)?;
    let name = options.model.clone();
    Ok(opened(given, name, replay::open(options)?))
}

fn opened(given: &ModelOptions, name: String, model: Arc<dyn Model>) -> OpenModel {
    OpenModel {
        id: given.id.clone().unwrap_or(name),
        model,
        defaults: defaults(given.eval_type()),
        sampling: user_sampling(given),
        timeout: given.generation.timeout.unwrap_or(DEFAULT_ENDPOINT_TIMEOUT),
        batch_size: given.batch_size,
        limits: None,
    }
}

fn name(given: &ModelOptions, otherwise: &str) -> String {
    given.model.clone().unwrap_or_else(|| otherwise.to_owned())
}

/// The one argument that there must be.
fn only_argument<'a>(given: &'a ModelOptions, name: &str, example: &str) -> Result<&'a Value, ArgumentError> {
    let hint = Some(format!("add `--model-args {example}`"));
    let args = &given.args;
    if let Some(other) = args.keys().find(|known| *known != name) {
        return Err(ArgumentError::new(format!("--model-args: `{other}` means nothing here")).with_hint(hint));
    }
    args.get(name).ok_or_else(|| {
        ArgumentError::new(format!("this `--eval-type` needs `{name}` in `--model-args`")).with_hint(hint)
    })
}
