//! One file a command.

mod app;
mod arena;
#[cfg(feature = "local")]
mod bench_model;
#[cfg(not(feature = "local"))]
#[path = "no_bench.rs"]
mod bench_model;
mod benchmarks;
mod cache;
mod calibrated;
mod compare;
mod data;
mod data_collection;
mod diff;
mod doctor;
mod dry_run;
mod eval;
mod exchange;
mod fetched;
mod given;
mod judge_given;
mod math;
mod models;
mod models_given;
#[cfg(feature = "local")]
mod one_model;
#[cfg(not(feature = "local"))]
#[path = "no_model.rs"]
mod one_model;
mod own;
mod perf;
mod perf_more;
mod perf_options;
mod precision;
mod probe;
mod report;
mod rerun;
mod restore;
mod sandbox;
mod score;
mod serve;

use crate::arguments::{Cli, Command, HubName};
use crate::output::Failure;
use evalscope::Hub;
use std::process::ExitCode;

/// Runs the command that was typed.
pub fn dispatch(cli: Cli) -> Result<ExitCode, Failure> {
    match cli.command {
        Command::Eval(arguments) => eval::run(*arguments),
        Command::Perf(arguments) => perf::run(*arguments),
        Command::Probe(arguments) => probe::run(arguments),
        Command::App(arguments) => app::run(arguments),
        Command::Report(arguments) => report::run(&arguments),
        Command::Diff(arguments) => Ok(diff::run(&arguments)),
        Command::Compare(arguments) => Ok(compare::run(&arguments)),
        Command::Rerun(arguments) => rerun::run(arguments),
        Command::Score(arguments) => score::run(*arguments),
        Command::Export(arguments) => exchange::export(&arguments),
        Command::Import(arguments) => exchange::import(&arguments),
        Command::Benchmarks(command) => benchmarks::run(command),
        Command::Cache(command) => cache::run(command),
        Command::Data(command) => data::run(command),
        Command::Arena(command) => arena::run(&command),
        Command::Judge(command) => arena::judge(&command),
        Command::Math(command) => math::run(&command),
        Command::Models(arguments) => models::run(arguments),
        Command::BenchModel(model) => bench_model::run(&model),
        Command::Serve(arguments) => serve::run(arguments),
        Command::Sandbox(command) => sandbox::run(command),
        Command::Doctor { json } => Ok(doctor::run(json)),
        Command::Own(command) => own::run(command),
    }
}

/// The hub that is named; without a name, local folders when one is given.
fn hub(name: Option<HubName>, has_folder: bool) -> Hub {
    match name {
        Some(name) => name.hub(),
        None if has_folder => Hub::Local,
        None => Hub::ModelScope,
    }
}
