//! Rebuilds the reports of a run from its folder.

use crate::error::Error;
use evalscope_report::{Summary, Written};
use evalscope_runs::RunFolder;
use std::path::Path;

/// Summarises the run in `path` and writes its reports anew.
pub fn report(path: &Path) -> Result<(Summary, Written), Error> {
    let folder = RunFolder::open(path)?;
    Ok(evalscope_report::report(&folder)?)
}
