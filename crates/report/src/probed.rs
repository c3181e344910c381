//! What was found out about the endpoints of a run before it, as far as a report carries it.

use crate::error::Error;
use evalscope_core::PlannedModel;
use evalscope_probe::{Findings, Nondeterminism};
use evalscope_runs::RunFolder;
use indexmap::IndexMap;
use std::collections::BTreeMap;
use std::io::ErrorKind;

/// How often each model answered the same question otherwise. Models that were not probed are left out.
pub fn nondeterminism(folder: &RunFolder) -> Result<IndexMap<String, Nondeterminism>, Error> {
    let path = folder.probe_path();
    let broken =
        |message: String| Error::Runs(evalscope_runs::Error::BrokenFile { path: path.clone(), message });
    let bytes = match std::fs::read(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(IndexMap::new()),
        Err(error) => return Err(broken(error.to_string())),
        Ok(bytes) => bytes,
    };
    let all: BTreeMap<String, Vec<Findings>> =
        serde_json::from_slice(&bytes).map_err(|error| broken(format!("no findings: {error}")))?;
    let figure = |model: &PlannedModel| Some((model.id.clone(), of_all(all.get(&model.id)?)?));
    Ok(folder.plan().models.iter().filter_map(figure).collect())
}

/// The figure of all endpoints of a model. Each was held against its own first answer.
fn of_all(endpoints: &[Findings]) -> Option<Nondeterminism> {
    let figures = endpoints.iter().filter_map(|findings| findings.nondeterminism);
    figures.reduce(|all, one| Nondeterminism {
        repeats: all.repeats.saturating_add(one.repeats),
        differing: all.differing.saturating_add(one.differing),
    })
}
