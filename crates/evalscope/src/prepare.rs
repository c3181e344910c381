//! From names to data: resolves benchmarks, opens their data sets, finds what is missing. Asks no model.

use crate::argument::ArgumentError;
use crate::environment::{Environment, Hub};
use crate::error::Error;
use crate::missing;
use crate::options::EvalOptions;
use evalscope_benchmarks::{DatasetArgs, Library, OpenBenchmark};
use evalscope_core::suggest;
use evalscope_data::{CacheRoots, Store, StoreOptions};
use indexmap::IndexMap;
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
        cache: roots(environment),
        offline: environment.offline,
        modelscope_endpoint: environment.modelscope_endpoint.clone(),
        huggingface_endpoint: environment.huggingface_endpoint.clone(),
        modelscope_token: environment.modelscope_token.clone(),
        huggingface_token: environment.huggingface_token.clone(),
        pip: environment.pip.clone(),
    })?)
}

/// The caches of these surroundings.
pub(crate) fn roots(environment: &Environment) -> CacheRoots {
    CacheRoots {
        evalscope: environment.cache.clone(),
        modelscope: environment.modelscope_cache.clone(),
        huggingface: environment.huggingface_cache.clone(),
    }
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
    check_argument_names(&options.datasets, "`--datasets`", &options.dataset_args)?;
    let store = store_for(environment, options.dataset_hub, options.dataset_dir.as_deref())?;
    let mut prepared = Prepared { benchmarks: Vec::new(), notices: Vec::new() };
    for reference in &options.datasets {
        let mut arguments = arguments_for(reference, &options.dataset_args);
        if arguments.system_prompt.is_none() {
            arguments.system_prompt = options.system_prompt.clone();
        }
        let missing_here = |error| missing::of_benchmark(error, reference, &arguments, options, environment);
        let protocol = Arc::new(library.resolve(reference, &arguments)?);
        if prepared.benchmarks.iter().any(|known| known.protocol().name() == protocol.name()) {
            prepared.notices.push(format!("{} is named twice and run once", protocol.name()));
            continue;
        }
        let open = protocol.open(&store).map_err(|error| missing_here(error.into()))?;
        let missing = open.missing_subsets();
        if !missing.is_empty() {
            let name = open.protocol().name().to_owned();
            let total = open.subsets().len();
            let looked_for = open.looked_for();
            let error =
                Error::MissingSubsets { benchmark: name, missing: missing.clone(), total, looked_for };
            if !options.allow_missing || missing.len() == total {
                return Err(missing_here(error));
            }
            prepared.notices.push(format!(
                "{}: {} without data: {}",
                open.protocol().name(),
                missing.len(),
                missing.join(", ")
            ));
        }
        open.check(options.seed, options.limit).map_err(|error| missing_here(error.into()))?;
        prepared.benchmarks.push(Arc::new(open));
    }
    Ok(prepared)
}

/// The arguments for `mmlu@lm-eval-0.4`: those given under that name over those given for `mmlu`.
pub(crate) fn arguments_for(reference: &str, all: &IndexMap<String, DatasetArgs>) -> DatasetArgs {
    let name = reference.split('@').next().unwrap_or(reference);
    let of = |name: &str| all.get(name).cloned().unwrap_or_default();
    if reference == name { of(name) } else { of(reference).over(of(name)) }
}

/// Refuses arguments for what is not among `names`, which the user knows as `names_of`.
pub(crate) fn check_argument_names(
    names: &[String],
    names_of: &str,
    arguments: &IndexMap<String, DatasetArgs>,
) -> Result<(), ArgumentError> {
    let known: Vec<&str> = names
        .iter()
        .flat_map(|reference| [reference.as_str(), reference.split('@').next().unwrap_or(reference)])
        .collect();
    match arguments.keys().find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => {
            let hint = match suggest::nearest(name, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("add `{name}` to {names_of}, or take its arguments out"),
            };
            Err(ArgumentError::new(format!("--dataset-args: `{name}` is not among {names_of}"))
                .with_hint(Some(hint)))
        }
    }
}
