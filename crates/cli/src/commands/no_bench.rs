//! `evalscope bench-model` in a build without the engine.

use super::one_model;
use crate::arguments::BenchModelArguments;
use crate::output::Failure;
use std::process::ExitCode;

/// Refuses.
pub fn run(arguments: &BenchModelArguments) -> Result<ExitCode, Failure> {
    one_model::show(&arguments.model)
}
