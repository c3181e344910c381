//! Opens what answers in place of a model that we reach ourselves: a program of the user's, or a recording.

use crate::argument::ArgumentError;
use crate::error::Error;
use crate::open_model::{
    DEFAULT_ENDPOINT_TIMEOUT, OpenModel, defaults, refuse_options_except, user_sampling,
};
use crate::options::EvalOptions;
use evalscope_model_api::Model;
use evalscope_models::command::{self, CommandOptions};
use evalscope_models::replay::{self, ReplayOptions};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;

/// Reads the program and its arguments from `--model-args`.
pub(crate) fn command_options(options: &EvalOptions) -> Result<CommandOptions, Error> {
    refuse_options_except(&["extra_body"], "a command", options)?;
    let command = match only_argument(options, "command", "'{\"command\": [\"PROGRAM\", \"ARGUMENT\"]}'")? {
        Value::String(program) => vec![program.clone()],
        Value::Array(words) => words
            .iter()
            .map(|word| word.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .ok_or_else(|| ArgumentError::new("--model-args: `command` must be a list of texts"))?,
        _ => return Err(ArgumentError::new("--model-args: `command` must be a list of texts").into()),
    };
    Ok(CommandOptions { command, model: name(options, command::NAME) })
}

/// Reads the place of the recording from `--model-args`.
pub(crate) fn replay_options(options: &EvalOptions) -> Result<ReplayOptions, Error> {
    refuse_options_except(&[], "a replay", options)?;
    let path = only_argument(options, "path", "path=RUN_FOLDER")?;
    let path = path.as_str().ok_or_else(|| ArgumentError::new("--model-args: `path` must be a text"))?;
    Ok(ReplayOptions { path: PathBuf::from(path), model: name(options, replay::NAME) })
}

pub(crate) fn open_command(options: &EvalOptions) -> Result<OpenModel, Error> {
    let given = command_options(options)?;
    let name = given.model.clone();
    Ok(opened(options, name, command::open(given)))
}

pub(crate) fn open_replay(options: &EvalOptions) -> Result<OpenModel, Error> {
    let given = replay_options(options)?;
    let name = given.model.clone();
    Ok(opened(options, name, replay::open(given)?))
}

fn opened(options: &EvalOptions, name: String, model: Arc<dyn Model>) -> OpenModel {
    OpenModel {
        id: options.model.id.clone().unwrap_or(name),
        model,
        defaults: defaults(options.model.eval_type()),
        sampling: user_sampling(options),
        timeout: options.generation.timeout.unwrap_or(DEFAULT_ENDPOINT_TIMEOUT),
        limits: None,
    }
}

fn name(options: &EvalOptions, otherwise: &str) -> String {
    options.model.model.clone().unwrap_or_else(|| otherwise.to_owned())
}

/// The one argument that there must be.
fn only_argument<'a>(
    options: &'a EvalOptions,
    name: &str,
    example: &str,
) -> Result<&'a Value, ArgumentError> {
    let hint = Some(format!("add `--model-args {example}`"));
    let args = &options.model.args;
    if let Some(other) = args.keys().find(|known| *known != name) {
        return Err(ArgumentError::new(format!("--model-args: `{other}` means nothing here")).with_hint(hint));
    }
    args.get(name).ok_or_else(|| {
        ArgumentError::new(format!("this `--eval-type` needs `{name}` in `--model-args`")).with_hint(hint)
    })
}
