//! Fetches what a name needs, and writes down what came.

use super::PullStep;
use super::gather::Absent;
use super::kept::Kept;
use super::wanted::{Wanted, check_hub_of, command};
use crate::argument::ArgumentError;
use crate::catalogue;
use crate::environment::{Environment, Hub};
use crate::error::Error;
use crate::missing::is_absence;
use crate::prepare::{check_argument_names, library, roots};
use evalscope_benchmarks::DatasetArgs;
use evalscope_data::{GivenOut, Pull, Pulls, damage, discard};
use indexmap::IndexMap;
use std::path::PathBuf;

/// From where and what.
#[derive(Debug, Clone)]
pub struct PullOptions {
    /// The hub that is asked for data sets, and for models that are named by their hub id.
    pub hub: Hub,
    /// The option that names the hub, for messages.
    pub hub_option: &'static str,
    /// Arguments by benchmark name, as of an evaluation.
    pub dataset_args: IndexMap<String, DatasetArgs>,
    /// Files or folders with benchmarks of the user's own.
    pub benchmark_paths: Vec<PathBuf>,
}

/// All that can be pulled from the hub: every model of the catalogue, every benchmark in all of its protocols.
pub fn all_names(options: &PullOptions) -> Result<Vec<String>, Error> {
    let library = library(&options.benchmark_paths)?;
    let mut names: Vec<String> = catalogue::entries().iter().map(|entry| entry.name.clone()).collect();
    for name in library.names() {
        let benchmark = library.get(&name)?;
        if benchmark.is_on(options.hub) {
            names.extend(benchmark.protocols().iter().map(|protocol| format!("{name}@{protocol}")));
        }
    }
    Ok(names)
}

/// Refuses arguments of benchmarks that are not among `names`, and a hub that fetches none of them.
pub fn check_arguments(names: &[String], options: &PullOptions) -> Result<(), ArgumentError> {
    check_hub_of(names, options)?;
    check_argument_names(names, "the names", &options.dataset_args)
}

/// Fetches all that a run of `name` needs into the caches that runs read, and writes down each file with its SHA-256.
/// What is there and whole is not fetched again; what is damaged is.
pub fn pull(
    name: &str,
    options: &PullOptions,
    environment: &Environment,
    watch: &mut dyn FnMut(PullStep<'_>),
) -> Result<Kept, Error> {
    let (pull, missing) = make(name, options, environment, watch)?;
    let mut kept = Kept::of_pull(&pull, &roots(environment));
    kept.not_on_hub = missing;
    Ok(kept)
}

/// The pull, written down, and the subsets that the hub does not have.
pub(super) fn make(
    name: &str,
    options: &PullOptions,
    environment: &Environment,
    watch: &mut dyn FnMut(PullStep<'_>),
) -> Result<(Pull, Vec<String>), Error> {
    let wanted = Wanted::find(name, options)?;
    let mut pull = wanted.pull(name, options);
    let (roots, pulls) = (roots(environment), Pulls::new(&roots(environment)));
    if !environment.offline {
        discard_damaged(&pull, &pulls, environment)?;
    }
    let mut gather = || {
        let gathered = wanted.gather(options, environment, Absent::Refuse, watch).map_err(|error| {
            let is_missing = environment.offline && is_absence(&error);
            let explained = |source| Error::Missing { source: Box::new(source), command: command(&pull) };
            if is_missing { explained(error) } else { error }
        })?;
        let given_out = gathered.store.given_out()?;
        Ok::<_, Error>((gathered, given_out))
    };
    let (mut gathered, mut given_out) = gather()?;
    if !environment.offline && given_out.iter().any(|file| !file.is_as_published()) {
        let mut wrong = given_out.iter().filter(|file| !file.is_as_published());
        wrong.try_for_each(|wrong| discard(&roots, &wrong.file))?;
        (gathered, given_out) = gather()?;
    }
    if let Some(GivenOut { file, published }) = given_out.iter().find(|file| !file.is_as_published()) {
        return Err(evalscope_data::Error::Checksum {
            file: file.place(&roots).display().to_string(),
            expected: published.clone().unwrap_or_default(),
            found: file.sha256.clone(),
        }
        .into());
    }
    pull.origin = gathered.origin;
    pull.files = given_out.into_iter().map(|given| given.file).collect();
    pulls.save(&pull)?;
    Ok((pull, gathered.missing))
}

/// Throws away the files of an earlier pull that are not what they were, so that they are fetched again.
fn discard_damaged(wanted: &Pull, pulls: &Pulls, environment: &Environment) -> Result<(), Error> {
    let roots = roots(environment);
    let is_same = |pull: &&Pull| {
        (&pull.name, &pull.hub, &pull.arguments) == (&wanted.name, &wanted.hub, &wanted.arguments)
    };
    for file in pulls.load()?.iter().filter(is_same).flat_map(|pull| &pull.files) {
        if damage(&roots, file)?.is_some() {
            discard(&roots, file)?;
        }
    }
    Ok(())
}
