//! What can go wrong in an evaluation, from every part below.

use crate::argument::ArgumentError;
use evalscope_benchmarks::OpenBenchmark;
use evalscope_core::{Diagnose, Kind};
use std::path::PathBuf;

/// How llama.cpp is had.
#[cfg(feature = "local")]
pub(crate) const HOW_TO_BUILD_LLAMA: &str = "build evalscope with it: `cargo build --release --features llama` (needs cmake, libclang and a C++ compiler)";

/// What went wrong. Each part's own error says what, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An argument makes no sense.
    #[error(transparent)]
    Argument(#[from] ArgumentError),
    /// A benchmark.
    #[error(transparent)]
    Benchmark(#[from] evalscope_benchmarks::Error),
    /// A data set, hub or package.
    #[error(transparent)]
    Data(#[from] evalscope_data::Error),
    /// A model endpoint.
    #[error(transparent)]
    Endpoint(#[from] evalscope_models::Error),
    /// The embedded engine.
    #[cfg(feature = "local")]
    #[error(transparent)]
    Engine(#[from] evalscope_engine_candle::Error),
    /// The embedded engine does not compute a file that llama.cpp may, and this build has none.
    #[cfg(feature = "local")]
    #[error("{error}")]
    NeedsLlama {
        /// What the embedded engine says.
        error: evalscope_engine_candle::Error,
    },
    /// llama.cpp.
    #[cfg(feature = "local")]
    #[error(transparent)]
    Llama(#[from] evalscope_engine_llama::Error),
    /// The response cache.
    #[error(transparent)]
    Cache(#[from] evalscope_cache::Error),
    /// The run folder.
    #[error(transparent)]
    Runs(#[from] evalscope_runs::Error),
    /// The run.
    #[error(transparent)]
    Runner(#[from] evalscope_runner::Error),
    /// The report.
    #[error(transparent)]
    Report(#[from] evalscope_report::Error),
    /// An export or import.
    #[error(transparent)]
    Exchange(#[from] evalscope_exchange::Error),
    /// A load test.
    #[error(transparent)]
    Perf(#[from] evalscope_perf::Error),
    /// Battles could not be read or rated.
    #[error(transparent)]
    Arena(#[from] evalscope_arena::Error),
    /// The sandbox for programs.
    #[error(transparent)]
    Sandbox(#[from] evalscope_sandbox::Error),
    /// A server that we start.
    #[error(transparent)]
    Managed(#[from] evalscope_managed::Error),
    /// The server over a model.
    #[error(transparent)]
    Serve(#[from] evalscope_serve::Error),
    /// Subsets have no data.
    #[error(
        "{benchmark}: no {} for {} of {total} subsets: {}; looked for {looked_for}",
        if .examples.is_some() { "examples" } else { "data" }, .missing.len(), shortened(.missing)
    )]
    MissingSubsets {
        /// Splits and place.
        looked_for: String,
        /// Name with protocol.
        benchmark: String,
        /// The subsets.
        missing: Vec<String>,
        /// Subsets asked for.
        total: usize,
        /// The split of the examples, where nothing else is missing.
        examples: Option<String>,
    },
    /// A model that cannot be had.
    #[error("the model `{model}` cannot be had: {}", .reasons.join("; "))]
    ModelNotFound {
        /// What kind of fault it is: a wrong name, or a source that cannot be reached.
        kind: Kind,
        /// As the user named it.
        model: String,
        /// What was tried.
        reasons: Vec<String>,
        /// What to do.
        hint: Option<String>,
    },
    /// A benchmark asks an endpoint for what it was seen not to do.
    #[error("{benchmark}: {endpoint} does not fit: {why}")]
    Unfit {
        /// Name with protocol.
        benchmark: String,
        /// Whose endpoint, and which where the model has several.
        endpoint: String,
        /// What it does not do, and what says so.
        why: String,
        /// The command that looks at it again.
        command: String,
    },
    /// Something is not on this machine, and the network must not be asked.
    #[error("{source}")]
    Missing {
        /// What is missing.
        source: Box<Error>,
        /// The command that fetches it.
        command: String,
    },
    /// A file in a cache is missing or not what it was.
    #[error("{source}")]
    Damaged {
        /// Which, and what is wrong.
        source: evalscope_data::Error,
        /// The command that mends it.
        command: String,
    },
    /// A file of the user's.
    #[error("cannot read {}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

fn shortened(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let mut text = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text.push_str(&format!(" and {} more", names.len() - SHOWN));
    }
    text
}

/// What to do without the data of subsets, of which some may be there.
fn without_data(benchmark: &str, some_are_there: bool, examples: Option<&str>) -> String {
    let name = benchmark.split('@').next().unwrap_or(benchmark);
    match examples {
        _ if some_are_there => format!(
            "go on without them with `--allow-missing`, or choose with `--dataset-args '{{\"{name}\": {{\"subset_list\": \
             […]}}}}'`"
        ),
        Some(split) => format!(
            "put files of the split `{split}` there, or ask without examples: `--dataset-args '{{\"{name}\": \
             {{\"few_shot_num\": 0}}}}'`"
        ),
        None => format!(
            "put its files there, or name their place: `--dataset-dir`, `--dataset-hub`, or `--dataset-args '{{\"{name}\": \
             {{\"local_path\": \"…\"}}}}'`"
        ),
    }
}

impl Error {
    /// The error that these subsets of a benchmark have no data.
    pub(crate) fn missing_subsets(open: &OpenBenchmark, missing: Vec<String>) -> Error {
        Error::MissingSubsets {
            looked_for: open.looked_for(),
            benchmark: open.protocol().name().to_owned(),
            missing,
            total: open.subsets().len(),
            examples: open.missing_examples(),
        }
    }
}

impl Diagnose for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::Argument(error) => error.kind(),
            Error::Benchmark(error) => error.kind(),
            Error::Data(error) => error.kind(),
            Error::Endpoint(error) => error.kind(),
            #[cfg(feature = "local")]
            Error::Engine(error) | Error::NeedsLlama { error } => error.kind(),
            #[cfg(feature = "local")]
            Error::Llama(error) => error.kind(),
            Error::Cache(error) => error.kind(),
            Error::Runs(error) => error.kind(),
            Error::Runner(error) => error.kind(),
            Error::Report(error) => error.kind(),
            Error::Exchange(error) => error.kind(),
            Error::Perf(error) => error.kind(),
            Error::Arena(error) => error.kind(),
            Error::Sandbox(error) => error.kind(),
            Error::Managed(error) => error.kind(),
            Error::Serve(error) => error.kind(),
            Error::MissingSubsets { .. } => Kind::Data,
            Error::ModelNotFound { kind, .. } => *kind,
            Error::Unfit { .. } => Kind::Endpoint,
            Error::Missing { source, .. } => source.kind(),
            Error::Damaged { .. } => Kind::Data,
            Error::File { .. } => Kind::Environment,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Error::Argument(error) => error.hint(),
            Error::Benchmark(error) => error.hint(),
            Error::Data(error) => error.hint(),
            Error::Endpoint(error) => error.hint(),
            #[cfg(feature = "local")]
            Error::Engine(error) => error.hint(),
            #[cfg(feature = "local")]
            Error::NeedsLlama { .. } => Some(format!(
                "llama.cpp computes most others: {}; or serve it with another program, and use `--api-url`",
                HOW_TO_BUILD_LLAMA
            )),
            #[cfg(feature = "local")]
            Error::Llama(error) => error.hint(),
            Error::Cache(error) => error.hint(),
            Error::Runs(error) => error.hint(),
            Error::Runner(error) => error.hint(),
            Error::Report(error) => error.hint(),
            Error::Exchange(error) => error.hint(),
            Error::Perf(error) => error.hint(),
            Error::Arena(error) => error.hint(),
            Error::Sandbox(error) => error.hint(),
            Error::Managed(error) => error.hint(),
            Error::Serve(error) => error.hint(),
            Error::MissingSubsets { benchmark, missing, total, examples, .. } => {
                Some(without_data(benchmark, missing.len() < *total, examples.as_deref()))
            }
            Error::ModelNotFound { hint, .. } => hint.clone(),
            Error::Unfit { command, .. } => Some(format!(
                "mend the server and look at it again with `{command}`, or run all the same with `--no-probe`"
            )),
            Error::Damaged { command, .. } => Some(format!("fetch it again: `{command}`")),
            Error::Missing { command, .. } => Some(format!(
                "fetch it where there is a network: `{command}`; `evalscope data bundle` carries it here"
            )),
            Error::File { .. } => Some("check the path and its permissions".into()),
        }
    }
}
