//! Tells an error about something that is not on this machine, while no network may be asked, how to get it.

use crate::environment::{Environment, Hub};
use crate::error::Error;
use crate::options::EvalOptions;
use crate::pull_command::{PullCommand, data_arguments};
use evalscope_benchmarks::DatasetArgs;
use evalscope_core::Kind;

/// An error of a benchmark, with the command that fetches what is missing.
pub(crate) fn of_benchmark(
    error: Error,
    reference: &str,
    given: &DatasetArgs,
    options: &EvalOptions,
    environment: &Environment,
) -> Error {
    let is_on_hub = options.dataset_hub != Hub::Local && given.local_path.is_none();
    // Texts come from a package index, also where rows are local.
    let may_be_pulled = is_on_hub || is_asset(&error);
    if !environment.offline || !may_be_pulled || !is_absence(&error) {
        return error;
    }
    let hub = if is_on_hub { options.dataset_hub } else { Hub::ModelScope };
    let command = PullCommand::new(reference)
        .with_hub(hub)
        .with_arguments(data_arguments(given))
        .with_benchmark_paths(&options.benchmark_paths);
    Error::Missing { source: Box::new(error), command: command.text() }
}

/// An error of a model, with the command that fetches it.
pub(crate) fn of_model(error: Error, command: PullCommand, environment: &Environment) -> Error {
    let is_absence =
        is_absence(&error) || matches!(error, Error::ModelNotFound { kind, .. } if kind == Kind::Environment);
    if environment.offline && is_absence {
        return Error::Missing { source: Box::new(error), command: command.text() };
    }
    error
}

fn is_asset(error: &Error) -> bool {
    matches!(error, Error::Benchmark(evalscope_benchmarks::Error::Asset { .. }))
}

/// Whether an error says that something is not there, which a pull may change.
pub(crate) fn is_absence(error: &Error) -> bool {
    use evalscope_benchmarks::Error as Benchmark;
    use evalscope_data::Error as Data;
    matches!(
        error,
        Error::Data(Data::Offline { .. } | Data::Partial { offline: true, .. })
            | Error::MissingSubsets { .. }
            | Error::Benchmark(
                Benchmark::Data { source: Data::Offline { .. } | Data::Partial { offline: true, .. }, .. }
                    | Benchmark::NoFiles { .. }
                    | Benchmark::NoData { .. }
                    | Benchmark::Asset { .. }
            )
    )
}
