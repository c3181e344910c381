//! The command line, with the options of a `--config` file where it has none.

use crate::arguments::Cli;
use crate::output::Failure;
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches};
use evalscope::ArgumentError;
use serde_json::Value;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The command that has a `--config`, which is also the first word behind the program's name.
const COMMAND: &str = "eval";

/// Reads the command line; ends the process when it asks for help or makes no sense.
pub fn read() -> Result<Cli, Failure> {
    let words: Vec<OsString> = std::env::args_os().collect();
    let mut matches = Cli::command().get_matches_from(&words);
    let of_command = matches.subcommand_matches(COMMAND);
    let config =
        of_command.and_then(|matches| matches.get_one::<PathBuf>("config").map(|path| (path, matches)));
    if let Some((path, given)) = config {
        matches = with_file(path, given, &words)?;
    }
    Cli::from_arg_matches(&matches).map_err(|error| error.exit())
}

/// The command line with the options of a file that it does not have itself.
fn with_file(path: &Path, given: &ArgMatches, words: &[OsString]) -> Result<ArgMatches, Failure> {
    let wrong = |message: String| ArgumentError::new(format!("{}: {message}", path.display()));
    let options = evalscope::read_config(path)?;
    let program = Cli::command();
    let command = program.find_subcommand(COMMAND).into_iter();
    let known: Vec<(String, String)> = command
        .flat_map(clap::Command::get_arguments)
        .filter_map(|argument| Some((argument.get_id().to_string(), argument.get_long()?.to_owned())))
        .filter(|(id, _)| id != "config" && id != "help")
        .collect();
    let mut all: Vec<OsString> = words[..2].to_vec();
    for (name, value) in &options {
        let Some((id, flag)) = known.iter().find(|(id, _)| *id == name.replace('-', "_")) else {
            let near = evalscope::core::suggest::nearest(name, known.iter().map(|(id, _)| id.as_str()));
            return Err(wrong(format!("there is no option `{name}`"))
                .with_hint(Some(match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => {
                        "options are named as the flags of `evalscope eval --help`, with `_` for `-`".into()
                    }
                }))
                .into());
        };
        if given.value_source(id) != Some(ValueSource::CommandLine) {
            all.extend(typed(&format!("--{flag}"), value).into_iter().map(OsString::from));
        }
    }
    all.extend_from_slice(&words[2..]);
    // The command line alone was in order, so that what is wrong now comes from the file.
    Cli::command().try_get_matches_from(all).map_err(|error| {
        let text = error.to_string();
        wrong(text.lines().next().unwrap_or_default().replace("error: ", "")).into()
    })
}

/// A value as words of a command line.
pub fn typed(flag: &str, value: &Value) -> Vec<String> {
    match value {
        Value::Null | Value::Bool(false) => Vec::new(),
        Value::Bool(true) => vec![flag.to_owned()],
        Value::Array(values) => values.iter().flat_map(|value| typed(flag, value)).collect(),
        Value::String(text) => vec![format!("{flag}={text}")],
        other => vec![format!("{flag}={other}")],
    }
}
