//! From names to data: resolves benchmarks, opens their data sets, finds what is missing. Asks no model.

use crate::argument::ArgumentError;
use crate::environment::{Environment, Hub};
use crate::error::Error;
use crate::options::EvalOptions;
use evalscope_benchmarks::{DatasetArgs, Library, OpenBenchmark};
use evalscope_core::suggest;
use evalscope_data::{CacheRoots, Store, StoreOptions};
use std::path::Path;
use std::sync::Arc;

/// Benchmarks with their data, and what a person should know of them.
pub(crate) struct Prepared {
    pub benchmarks: Vec<Arc<OpenBenchmark>>,
    pub notices: Vec<String>,
}

/// A store of data sets and models in these surroundings.
pub(crate) fn store_for(
    environment: &Environment,
    hub: Hub,
    dataset_dir: Option<&Path>,
) -> Result<Store, Error> {
    Ok(Store::new(StoreOptions {
        hub,
        dataset_dir: dataset_dir.map(Path::to_owned),
        cache: CacheRoots {
            evalscope: environment.cache.clone(),
            modelscope: environment.modelscope_cache.clone(),
            huggingface: environment.huggingface_cache.clone(),
        },
        offline: environment.offline,
        modelscope_endpoint: environment.modelscope_endpoint.clone(),
        huggingface_endpoint: environment.huggingface_endpoint.clone(),
        modelscope_token: environment.modelscope_token.clone(),
        huggingface_token: environment.huggingface_token.clone(),
        pip: environment.pip.clone(),
    })?)
}

/// The built-in benchmarks and the user's own.
pub(crate) fn library(paths: &[std::path::PathBuf]) -> Result<Library, Error> {
    let mut library = Library::builtin()?;
    for path in paths {
        library.add_path(path)?;
    }
    Ok(library)
}

/// Resolves and opens every benchmark that is asked for.
pub(crate) fn prepare(options: &EvalOptions, environment: &Environment) -> Result<Prepared, Error> {
    let library = library(&options.benchmark_paths)?;
    check_argument_names(options)?;
    let store = store_for(environment, options.dataset_hub, options.dataset_dir.as_deref())?;
    let mut prepared = Prepared { benchmarks: Vec::new(), notices: Vec::new() };
    for reference in &options.datasets {
        let protocol = Arc::new(library.resolve(reference, &arguments_for(reference, options))?);
        if prepared.benchmarks.iter().any(|known| known.protocol().name() == protocol.name()) {
            prepared.notices.push(format!("{} is named twice and run once", protocol.name()));
            continue;
        }
        let open = protocol.open(&store)?;
        let missing = open.missing_subsets();
        if !missing.is_empty() {
            let name = open.protocol().name().to_owned();
            let total = open.subsets().len();
            let looked_for = open.looked_for();
            let error =
                Error::MissingSubsets { benchmark: name, missing: missing.clone(), total, looked_for };
            if !options.allow_missing || missing.len() == total {
                return Err(error);
            }
            prepared.notices.push(format!(
                "{}: {} without data: {}",
                open.protocol().name(),
                missing.len(),
                missing.join(", ")
            ));
        }
        open.check(options.seed, options.limit)?;
        prepared.benchmarks.push(Arc::new(open));
    }
    Ok(prepared)
}

/// The arguments for `mmlu@lm-eval-0.4`: those given under that name over those given for `mmlu`.
fn arguments_for(reference: &str, options: &EvalOptions) -> DatasetArgs {
    let name = reference.split('@').next().unwrap_or(reference);
    let of = |name: &str| options.dataset_args.get(name).cloned().unwrap_or_default();
    let mut arguments = if reference == name { of(name) } else { of(reference).over(of(name)) };
    if arguments.system_prompt.is_none() {
        arguments.system_prompt = options.system_prompt.clone();
    }
    arguments
}

fn check_argument_names(options: &EvalOptions) -> Result<(), ArgumentError> {
    let known: Vec<&str> = options
        .datasets
        .iter()
        .flat_map(|reference| [reference.as_str(), reference.split('@').next().unwrap_or(reference)])
        .collect();
    match options.dataset_args.keys().find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => {
            let hint = match suggest::nearest(name, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("add `{name}` to `--datasets`, or take its arguments out"),
            };
            Err(ArgumentError::new(format!("--dataset-args: `{name}` is not among `--datasets`"))
                .with_hint(Some(hint)))
        }
    }
}
