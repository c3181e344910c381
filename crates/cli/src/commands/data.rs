//! `evalscope data`: pull, list, verify, where, bundle, unbundle.

use crate::arguments::{DataCommand, PullArguments};
use crate::commands::{eval, hub};
use crate::output::{self, Failure};
use crate::{environment, pull_progress::PullDisplay};
use evalscope::core::Kind;
use evalscope::data::{self, Existing, Kept, PullOptions};
use evalscope::{ArgumentError, catalogue};
use indexmap::IndexMap;
use std::path::Path;
use std::process::ExitCode;

pub fn run(command: DataCommand) -> Result<ExitCode, Failure> {
    match command {
        DataCommand::Pull(arguments) => pull(arguments, "--dataset-hub"),
        DataCommand::List { json } => list(json),
        DataCommand::Verify { names, json } => verify(&names, json),
        DataCommand::Where { name } => whereabouts(&name),
        DataCommand::Bundle { names, output } => bundle(&names, &output),
        DataCommand::Unbundle { file, replace } => unbundle(&file, replace),
    }
}

/// Pulls names of which each must be that of a model.
pub fn pull_models(arguments: PullArguments) -> Result<ExitCode, Failure> {
    let is_model = |name: &String| name.contains('/') || catalogue::find(name).is_some();
    if let Some(name) = arguments.names.iter().find(|name| !is_model(name)) {
        let hint =
            "`evalscope models` lists the names; data of benchmarks is fetched by `evalscope data pull`";
        return Err(ArgumentError::new(format!("there is no model `{name}`"))
            .with_hint(Some(hint.into()))
            .into());
    }
    pull(arguments, "--hub")
}

/// Pulls each name; one that fails does not keep the others from being pulled. The hub was named with `hub_option`.
fn pull(arguments: PullArguments, hub_option: &'static str) -> Result<ExitCode, Failure> {
    let options = PullOptions {
        hub: hub(Some(arguments.dataset_hub), false),
        hub_option,
        dataset_args: match &arguments.dataset_args {
            Some(text) => eval::dataset_args(text)?,
            None => IndexMap::new(),
        },
        benchmark_paths: arguments.benchmark_path,
    };
    let names = if arguments.all { data::all_names(&options)? } else { arguments.names };
    data::check_arguments(&names, &options)?;
    let environment = environment::read(false);
    let mut code = ExitCode::SUCCESS;
    for name in &names {
        let display = PullDisplay::new(name, environment::plain_output());
        let pulled =
            data::pull(name, &options, &display.watching(&environment), &mut |step| display.show(step));
        display.finish();
        match pulled {
            Ok(kept) => show_pulled(&kept),
            Err(error) => {
                let failed = Failure::from(error).print();
                if code == ExitCode::SUCCESS {
                    code = failed;
                }
            }
        }
    }
    Ok(code)
}

/// Says what a pull has brought.
pub fn show_pulled(kept: &Kept) {
    let text = if kept.files == 0 {
        format!("{}: needs nothing from elsewhere", kept.name)
    } else {
        format!("{}: {}, from {}", kept.name, amount(kept), kept.origin)
    };
    output::note(&output::printable(&text));
    if !kept.not_on_hub.is_empty() {
        let subsets = kept.not_on_hub.join(", ");
        output::note(&output::printable(&format!("note: {} has no data for: {subsets}", kept.origin)));
    }
}

fn list(json: bool) -> Result<ExitCode, Failure> {
    let all = data::list(&environment::read(true))?;
    if json {
        output::json(&all);
        return Ok(ExitCode::SUCCESS);
    }
    if all.is_empty() {
        output::note("the caches hold no data and no model; `evalscope data pull NAME` fetches some");
    }
    let width = all.iter().map(|kept| kept.name.chars().count()).max().unwrap_or_default();
    for kept in &all {
        let line = format!("{:<width$}  {}  {}, {}", kept.name, kept.origin, amount(kept), state(kept));
        output::result(&output::printable(&line));
    }
    Ok(ExitCode::SUCCESS)
}

fn state(kept: &Kept) -> String {
    match kept.missing.as_slice() {
        [] if kept.is_pulled => "complete".into(),
        [] => "complete (fetched by a run)".into(),
        [only] => format!("incomplete: {only} is missing"),
        [first, more @ ..] => format!("incomplete: {first} and {} more are missing", more.len()),
    }
}

fn amount(kept: &Kept) -> String {
    let files = if kept.files == 1 { "1 file".into() } else { format!("{} files", kept.files) };
    format!("{files}, {}", output::bytes(kept.bytes))
}

fn verify(names: &[String], json: bool) -> Result<ExitCode, Failure> {
    let checked = data::verify(names, &environment::read(true))?;
    let damaged: usize = checked.iter().map(|checked| checked.damaged.len()).sum();
    if json {
        output::json(&checked);
    }
    for checked in checked.iter().filter(|_| !json) {
        for file in &checked.damaged {
            let line = format!("{}: {} {}", checked.name, file.path.display(), file.what);
            output::result(&output::printable(&line));
        }
        if !checked.damaged.is_empty() {
            output::note(&output::printable(&format!("hint: fetch it again: `{}`", checked.command)));
        }
    }
    let files: usize = checked.iter().map(|checked| checked.files).sum();
    output::note(&format!(
        "{} files checked, {} damaged",
        output::thousands(files as u64),
        output::thousands(damaged as u64)
    ));
    Ok(if damaged == 0 { ExitCode::SUCCESS } else { ExitCode::from(Kind::Data.exit_code()) })
}

fn whereabouts(name: &str) -> Result<ExitCode, Failure> {
    for folder in data::whereabouts(name, &environment::read(true))? {
        output::result(&folder.display().to_string());
    }
    Ok(ExitCode::SUCCESS)
}

fn bundle(names: &[String], out: &Path) -> Result<ExitCode, Failure> {
    let (kept, bytes) = data::bundle(names, out, &environment::read(true))?;
    for kept in &kept {
        output::note(&output::printable(&format!("{}: {}", kept.name, amount(kept))));
    }
    output::note(&format!("bundle: {} ({})", out.display(), output::bytes(bytes)));
    Ok(ExitCode::SUCCESS)
}

fn unbundle(file: &Path, replace: bool) -> Result<ExitCode, Failure> {
    let existing = if replace { Existing::Replace } else { Existing::Keep };
    let unbundled = data::unbundle(file, existing, &environment::read(true))?;
    let names: Vec<&str> = unbundled.pulls.iter().map(|pull| pull.name.as_str()).collect();
    output::note(&output::printable(&format!(
        "{}: {} files put in place, {} were there",
        names.join(", "),
        unbundled.placed,
        unbundled.there
    )));
    Ok(ExitCode::SUCCESS)
}
