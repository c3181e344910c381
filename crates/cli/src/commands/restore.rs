//! Options of a recorded run, read back as if they had been typed again.

use crate::arguments::{Cli, Command, EvalArguments};
use crate::command_line::typed;
use crate::environment;
use crate::output::{self, Failure};
use clap::Parser;
use evalscope::{ArgumentError, Recorded};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The recorded options that make a run what it is; each is named as its flag is. Place and stage are for the command to
/// say, and the benchmarks are taken from the plan, which has their protocols.
const OPTIONS: [&str; 34] = [
    "model",
    "model_id",
    "api_url",
    "serve",
    "eval_type",
    "model_args",
    "precision",
    "generation_config",
    "chat_template",
    "system_prompt",
    "dataset_args",
    "dataset_hub",
    "dataset_dir",
    "benchmark_path",
    "allow_missing",
    "offline",
    "sandbox",
    "limit",
    "repeats",
    "seed",
    "eval_batch_size",
    "cache",
    "choice_mode",
    "judge",
    "judge_strategy",
    "collection",
    "no_probe",
    "rpm",
    "tpm",
    "max_errors",
    "ignore_errors",
    "price",
    "prices",
    "max_cost",
];

/// A recorded run as it was started.
pub struct Restored {
    /// Its folder, from the root.
    pub folder: PathBuf,
    /// What it recorded.
    pub recorded: Recorded,
    /// The same as arguments.
    pub arguments: EvalArguments,
}

/// Reads how the run in `folder` was started, and goes to the folder in which it was: paths among its options are
/// relative to that.
pub fn restore(folder: &Path) -> Result<Restored, Failure> {
    let folder = environment::absolute(folder);
    let recorded = evalscope::recorded(&folder)?;
    let mut words: Vec<String> = vec!["evalscope".into(), "eval".into()];
    words.extend(recorded.datasets.iter().map(|name| format!("--datasets={name}")));
    for name in OPTIONS {
        let flag = format!("--{}", name.replace('_', "-"));
        words.extend(typed(&flag, recorded.given.get(name).unwrap_or(&Value::Null)));
    }
    if recorded.given.get("stage").and_then(Value::as_str) == Some("infer") {
        words.push("--stage=infer".into());
    }
    let unreadable = |error: clap::Error| {
        let reason = error.to_string().lines().next().unwrap_or_default().replace("error: ", "");
        let message = format!("{}: the recorded options cannot be read: {reason}", folder.display());
        ArgumentError::new(message)
            .with_hint(Some("give them again to `evalscope eval`, with `--use-cache RUN_DIR`".into()))
    };
    let Command::Eval(arguments) = Cli::try_parse_from(words).map_err(unreadable)?.command else {
        return Err(ArgumentError::new("the recorded options are not those of an evaluation").into());
    };
    if let Some(directory) = recorded.given.get("directory").and_then(Value::as_str)
        && !environment::enter(Path::new(directory))
    {
        output::note(&format!(
            "note: {} is not there; relative paths among the recorded options are taken from here",
            output::printable(directory)
        ));
    }
    Ok(Restored { folder, recorded, arguments: *arguments })
}
