//! Load tests looked at: two against each other, and the tester itself.

use crate::argument::ArgumentError;
use crate::error::Error;
use evalscope_perf::{Case, Difference, PerfSummary, Signals};
use std::path::Path;

/// The differences between two load tests, by the folders that they were written to.
pub fn compare(before: &Path, after: &Path) -> Result<Vec<Difference>, Error> {
    let found = evalscope_perf::compare(&summary(before)?, &summary(after)?);
    if found.is_empty() {
        return Err(ArgumentError::new("the two tests have no load in common")
            .with_hint(Some("compare tests with the same `--parallel` or `--rate`".into()))
            .into());
    }
    Ok(found)
}

fn summary(path: &Path) -> Result<PerfSummary, Error> {
    let file = if path.is_dir() { path.join("summary.json") } else { path.to_owned() };
    let read = std::fs::read(&file).map_err(|source| Error::File { path: file.clone(), source })?;
    serde_json::from_slice(&read)
        .map_err(|error| Error::File { path: file, source: std::io::Error::other(error) })
}

/// Puts load on a reference server of our own and compares figures with its truth.
///
/// Must not be called from an async context.
pub fn selftest(signals: &Signals, told: &dyn Fn(&Case)) -> Result<Vec<Case>, Error> {
    Ok(evalscope_perf::selftest(signals, told)?)
}
