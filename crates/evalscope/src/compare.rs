//! Several runs against each other: which model is better.

use crate::error::Error;
use evalscope_report::compare::Comparison;
use evalscope_runs::RunFolder;
use std::path::PathBuf;

/// Compares the models of these runs, question by question, by this metric, or else by each benchmark's main one.
pub fn compare(runs: &[PathBuf], metric: Option<&str>) -> Result<Comparison, Error> {
    let folders = runs.iter().map(|run| RunFolder::open(run)).collect::<Result<Vec<_>, _>>()?;
    Ok(evalscope_report::compare::compare(&folders, metric)?)
}
