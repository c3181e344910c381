//! `evalscope models`: the catalogue, the models of this machine, and what is known of one.

use crate::arguments::{ModelsArguments, ModelsCommand, PullArguments};
use crate::commands::{data, one_model};
use crate::environment;
use crate::output::{self, Failure, printable};
use evalscope::catalogue;
use std::path::PathBuf;
use std::process::ExitCode;

pub fn run(arguments: ModelsArguments) -> Result<ExitCode, Failure> {
    match arguments.command {
        None => show_catalogue(arguments.json),
        Some(ModelsCommand::List { folders, json }) => list(&folders, json)?,
        Some(ModelsCommand::Show(model)) => return one_model::show(&model),
        Some(ModelsCommand::Pull { names, hub }) => {
            let pull = PullArguments {
                names,
                all: false,
                dataset_hub: hub,
                dataset_args: None,
                benchmark_path: Vec::new(),
            };
            return data::pull_models(pull);
        }
        Some(ModelsCommand::Template { model, template_type, conversation, source }) => {
            return one_model::template(&model, template_type, conversation.as_deref(), source);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn show_catalogue(json: bool) {
    if json {
        output::json(&catalogue::entries());
        return;
    }
    let line = |entry: &catalogue::CatalogueEntry| {
        let (megabytes, license) = (entry.bytes as f64 / 1e6, &entry.license);
        format!("{:<16} {} ({}, {megabytes:.0} MB, {license})", entry.name, entry.about, entry.title)
    };
    output::result(&catalogue::entries().iter().map(line).collect::<Vec<_>>().join("\n"));
}

fn list(folders: &[PathBuf], json: bool) -> Result<(), Failure> {
    let found = evalscope::list_models(folders, &environment::read(true))?;
    if json {
        output::json(&found);
        return Ok(());
    }
    if found.is_empty() {
        output::note(
            "no model is here; `evalscope models pull NAME` fetches one, `evalscope models` lists names",
        );
    }
    let width = found.iter().map(|model| model.name.chars().count()).max().unwrap_or_default();
    for model in &found {
        let size = output::bytes(model.bytes);
        let (name, format, place) = (&model.name, model.format, model.place);
        let line = format!("{name:<width$}  {format:<11}  {size:>9}  {place:<11}  {}", model.path.display());
        output::result(&printable(&line));
    }
    Ok(())
}
