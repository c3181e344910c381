//! What was found out about the endpoints of a run before it, as far as a report carries it.

use evalscope_core::{PlannedModel, Usage};
use evalscope_probe::{Findings, Nondeterminism};
use evalscope_runs::RunFolder;
use indexmap::IndexMap;
use std::collections::BTreeMap;
use std::io::ErrorKind;

/// What a run folder says of its endpoints.
#[derive(Debug, Default)]
pub struct Probed {
    /// How often each model answered the same question otherwise. Models that were not probed are left out.
    pub nondeterminism: IndexMap<String, Nondeterminism>,
    /// What looking took, by model.
    pub usage: IndexMap<String, Usage>,
    /// Why some of it cannot be read. No score depends on it.
    pub unread: Vec<String>,
}

/// Reads it.
pub fn probed(folder: &RunFolder) -> Probed {
    let mut probed = Probed::default();
    match nondeterminism(folder) {
        Ok(figures) => probed.nondeterminism = figures,
        Err(why) => {
            let path = folder.probe_path();
            probed.unread.push(format!("{} says nothing of the endpoints: {why}", path.display()));
        }
    }
    match folder.probe_usage() {
        Ok(usage) => probed.usage = usage,
        Err(why) => probed.unread.push(format!("what the probe took is not known: {why}")),
    }
    probed
}

fn nondeterminism(folder: &RunFolder) -> Result<IndexMap<String, Nondeterminism>, String> {
    let bytes = match std::fs::read(folder.probe_path()) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(IndexMap::new()),
        Err(error) => return Err(error.to_string()),
        Ok(bytes) => bytes,
    };
    let all: BTreeMap<String, Vec<Findings>> =
        serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
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
