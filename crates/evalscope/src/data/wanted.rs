//! What a name names: a model of the catalogue, a model on a hub, or a benchmark.

use super::pull::PullOptions;
use crate::argument::ArgumentError;
use crate::catalogue::{self, CatalogueEntry};
use crate::environment::Hub;
use crate::error::Error;
use crate::hub_model::HubModel;
use crate::prepare::{arguments_for, library};
use crate::pull_command::{PullCommand, data_arguments, hub_name};
use evalscope_benchmarks::Protocol;
use evalscope_data::{Pull, PullKind};
use std::sync::Arc;

/// What a name names.
pub(super) enum Wanted {
    Catalogue(&'static CatalogueEntry),
    HubModel(HubModel),
    Benchmark(Arc<Protocol>),
}

impl Wanted {
    /// Finds what `name` names.
    pub fn find(name: &str, options: &PullOptions) -> Result<Wanted, Error> {
        if let Some(entry) = catalogue::find(name) {
            return Ok(Wanted::Catalogue(entry));
        }
        check_hub(options)?;
        if name.contains('/') {
            return Ok(Wanted::HubModel(HubModel::read(name)));
        }
        let arguments = arguments_for(name, &options.dataset_args);
        if arguments.local_path.is_some() {
            return Err(ArgumentError::new(format!(
                "--dataset-args: `{name}` has a `local_path`, so nothing is to be fetched"
            ))
            .with_hint(Some("take `local_path` out, or leave the name out".into()))
            .into());
        }
        Ok(Wanted::Benchmark(Arc::new(library(&options.benchmark_paths)?.resolve(name, &arguments)?)))
    }

    /// The pull of it, without its files.
    pub fn pull(&self, name: &str, options: &PullOptions) -> Pull {
        let hub = Some(hub_name(options.hub).to_owned());
        let (name, kind, hub, arguments) = match self {
            Wanted::Catalogue(entry) => (entry.name.clone(), PullKind::Model, None, None),
            Wanted::HubModel(model) => (model.to_string(), PullKind::Model, hub, None),
            Wanted::Benchmark(protocol) => {
                let arguments = data_arguments(&arguments_for(name, &options.dataset_args));
                (protocol.name().to_owned(), PullKind::Benchmark, hub, arguments)
            }
        };
        let is_benchmark = kind == PullKind::Benchmark;
        let benchmark_paths = if is_benchmark { options.benchmark_paths.clone() } else { Vec::new() };
        Pull { name, kind, hub, arguments, benchmark_paths, origin: String::new(), files: Vec::new() }
    }
}

/// Refuses to fetch from folders of this machine.
fn check_hub(options: &PullOptions) -> Result<(), ArgumentError> {
    let PullOptions { hub, hub_option, .. } = options;
    match hub {
        Hub::Local => {
            Err(ArgumentError::new(format!("{hub_option}: a pull fetches from a hub, and `local` is none"))
                .with_hint(Some(format!("give `{hub_option} modelscope` or `{hub_option} huggingface`"))))
        }
        _ => Ok(()),
    }
}

/// Refuses a hub that a name cannot be fetched from, before any is looked for.
pub(super) fn check_hub_of(names: &[String], options: &PullOptions) -> Result<(), ArgumentError> {
    match names.iter().all(|name| catalogue::find(name).is_some()) {
        true => Ok(()),
        false => check_hub(options),
    }
}

/// The command that makes a pull again.
pub(super) fn command(pull: &Pull) -> String {
    PullCommand::new(&pull.name)
        .with_hub_name(pull.hub.as_deref())
        .with_arguments(pull.arguments.clone())
        .with_benchmark_paths(&pull.benchmark_paths)
        .text()
}

/// Whether `name`, with or without protocol, means a pull of this name.
pub(super) fn is_meant(name: &str, pulled: &str) -> bool {
    name == pulled || pulled.split_once('@').is_some_and(|(start, _)| start == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_means_all_of_its_protocols() {
        assert!(is_meant("gsm8k", "gsm8k@evalscope-0.5"));
        assert!(is_meant("gsm8k@evalscope-0.5", "gsm8k@evalscope-0.5"));
        assert!(!is_meant("gsm", "gsm8k@evalscope-0.5"));
        assert!(!is_meant("gsm8k@evalscope-1.14", "gsm8k@evalscope-0.5"));
    }
}
