//! From names to data: resolves benchmarks, opens their data sets, finds what is missing. Asks no model.

use crate::argument::ArgumentError;
use crate::collection;
use crate::collection_file::{self, Member};
use crate::environment::{Environment, Hub};
use crate::error::Error;
use crate::missing;
use crate::options::EvalOptions;
use evalscope_benchmarks::{DatasetArgs, JudgeStrategy, Library, OpenBenchmark};
use evalscope_core::{PlannedCollection, suggest};
use evalscope_data::{CacheRoots, Store, StoreOptions};
use indexmap::IndexMap;
use std::path::Path;
use std::sync::Arc;

/// Bytes of samples that are kept from the check of the data to the run, which need not make them again.
const KEPT_SAMPLES: usize = 64 << 20;

/// Subsets that are named at most where only some of them are needed to understand.
const NAMED: usize = 3;

/// Benchmarks with their data, and what a person should know of them.
pub(crate) struct Prepared {
    pub benchmarks: Vec<Arc<OpenBenchmark>>,
    /// Mixes of them that are reported as one.
    pub collections: Vec<PlannedCollection>,
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
        watch: environment.watch.clone(),
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
    let wanted = wanted(options)?;
    let store = store_for(environment, options.dataset_hub, options.dataset_dir.as_deref())?;
    let mut prepared = Prepared { benchmarks: Vec::new(), collections: Vec::new(), notices: Vec::new() };
    let mut names: IndexMap<String, String> = IndexMap::new();
    let mut first_by: IndexMap<String, &Wanted> = IndexMap::new();
    let mut room = KEPT_SAMPLES;
    for wish in &wanted {
        let Wanted { reference, arguments, .. } = wish;
        let missing_here = |error| missing::of_benchmark(error, reference, arguments, options, environment);
        let wishes = options.judge.as_ref().map(|judge| &judge.wishes);
        let protocol = Arc::new(library.resolve(reference, arguments)?.judged(wishes)?);
        names.insert(reference.clone(), protocol.name().to_owned());
        if let Some(first) = first_by.get(protocol.name()) {
            first.check_same(wish, protocol.name())?;
            if wish.mix.is_none() {
                prepared.notices.push(format!("{} is named twice and run once", protocol.name()));
            }
            continue;
        }
        first_by.insert(protocol.name().to_owned(), wish);
        let open = protocol.open(&store).map_err(|error| missing_here(error.into()))?;
        let missing = open.missing_subsets();
        if !missing.is_empty() && (!options.allow_missing || missing.len() == open.subsets().len()) {
            return Err(missing_here(Error::missing_subsets(&open, missing)));
        }
        prepared.notices.extend(notices(&open, &missing));
        open.check(options.seed, options.limit, &mut room).map_err(|error| missing_here(error.into()))?;
        prepared.benchmarks.push(Arc::new(open));
    }
    prepared.notices.extend(idle_judge(options, &prepared.benchmarks));
    draw(&mut prepared, options, &names)?;
    Ok(prepared)
}

/// What is said of a judge that no benchmark has a use for.
fn idle_judge(options: &EvalOptions, benchmarks: &[Arc<OpenBenchmark>]) -> Option<String> {
    let judge = options.judge.as_ref().filter(|judge| judge.wishes.strategy == JudgeStrategy::Auto)?;
    if judge.models.is_empty() || benchmarks.iter().any(|benchmark| benchmark.protocol().is_judged()) {
        return None;
    }
    let what = "--judge is not asked: no benchmark of this run has one by its protocol (`\"strategy\": \"llm\"` in it asks it all the same)";
    Some(what.to_owned())
}

/// A benchmark as it is asked for.
struct Wanted {
    reference: String,
    arguments: DatasetArgs,
    /// The mix that it is in; absent when it is named for itself.
    mix: Option<String>,
}

impl Wanted {
    /// Refuses the same benchmark with other arguments: a run asks it in one way.
    fn check_same(&self, other: &Wanted, name: &str) -> Result<(), ArgumentError> {
        if self.arguments == other.arguments {
            return Ok(());
        }
        let by = |wish: &Wanted| match &wish.mix {
            Some(mix) => format!("the mix `{mix}`"),
            None => "`--datasets`".to_owned(),
        };
        let message = format!("{} and {} want {name} with different arguments", by(self), by(other));
        let hint = "a run asks a benchmark in one way: give both the same `args`, or evaluate them in runs of their own";
        Err(ArgumentError::new(message).with_hint(Some(hint.to_owned())))
    }
}

/// Everything that is asked for: what is named for itself, as a mix has it that has it too, then the benchmarks of mixes.
fn wanted(options: &EvalOptions) -> Result<Vec<Wanted>, ArgumentError> {
    let wish = |reference: &String, own: DatasetArgs, mix: Option<String>| {
        let mut arguments = arguments_for(reference, &options.dataset_args).over(own);
        if arguments.system_prompt.is_none() {
            arguments.system_prompt = options.system_prompt.clone();
        }
        Wanted { reference: reference.clone(), arguments, mix }
    };
    let mut mixed: Vec<(Member, String)> = Vec::new();
    for collection in &options.collections {
        let members = collection_file::members(collection)?.into_iter();
        mixed.extend(members.map(|member| (member, collection.name.clone())));
    }
    let named = options.datasets.iter().map(|reference| {
        let of_mix = mixed.iter().find(|(member, _)| member.reference == *reference);
        wish(reference, of_mix.map(|(member, _)| member.args.clone()).unwrap_or_default(), None)
    });
    let mut all: Vec<Wanted> = named.collect();
    all.extend(mixed.into_iter().map(|(member, mix)| wish(&member.reference, member.args, Some(mix))));
    let references: Vec<String> = all.iter().map(|wish| wish.reference.clone()).collect();
    check_argument_names(&references, "`--datasets`", &options.dataset_args)?;
    Ok(all)
}

/// What a person should know of a benchmark's data.
fn notices(open: &OpenBenchmark, missing: &[String]) -> Vec<String> {
    let name = open.protocol().name();
    let mut found = Vec::new();
    if !missing.is_empty() {
        found.push(format!("{name}: {} without data: {}", missing.len(), missing.join(", ")));
    }
    let without = open.shuffled_without();
    if !without.is_empty() {
        let named = without.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
        let dots = if without.len() > NAMED { ", …" } else { "" };
        found.push(format!(
            "{name}: samples or examples are shuffled without {} of its subsets whose data is not there, in another order than with \
             them: {named}{dots}",
            without.len(),
        ));
    }
    if open.shows_answers() {
        found.push(format!(
            "{name}: its examples are taken from the split that is asked, so that a prompt may hold the question and its answer"
        ));
    }
    found
}

/// Draws the samples of all mixes. A benchmark that is also named for itself is asked in full.
fn draw(
    prepared: &mut Prepared,
    options: &EvalOptions,
    names: &IndexMap<String, String>,
) -> Result<(), Error> {
    for file in &options.collections {
        let find = |reference: &str| {
            let name = names.get(reference)?;
            prepared.benchmarks.iter().find(|open| open.protocol().name() == name)
        };
        let planned = collection::plan(file, find, (options.seed, options.limit))?;
        prepared.collections.push(planned);
    }
    let named: Vec<&String> = options.datasets.iter().filter_map(|reference| names.get(reference)).collect();
    for open in &mut prepared.benchmarks {
        let name = open.protocol().name().to_owned();
        if named.contains(&&name) {
            continue;
        }
        if let Some(selection) = collection::wanted(&prepared.collections, &name) {
            let open = Arc::get_mut(open)
                .expect("benchmarks are shared once a run has begun, and this is before it");
            open.select(selection);
        }
    }
    Ok(())
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
