//! `evalscope bench-model` in a build without the engine.

use super::one_model;
use crate::arguments::OneModel;
use crate::output::Failure;
use std::process::ExitCode;

/// Refuses.
pub fn run(model: &OneModel) -> Result<ExitCode, Failure> {
    one_model::show(model)
}
