//! What is known of the endpoints of a run, and what that means for its benchmarks.

use crate::error::Error;
use evalscope_benchmarks::{Needs, OpenBenchmark};
use evalscope_core::Sampling;
use evalscope_probe::{Asking, Findings, Objection, objections};
use evalscope_runner::RunModel;
use evalscope_runs::{RunFolder, write_file};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is known of the endpoints of a run.
#[derive(Default)]
pub(crate) struct Probed {
    /// What a person should know of the looking itself.
    pub(super) notices: Vec<String>,
    pub(super) known: Vec<Known>,
}

/// What is known of one address of a model.
pub(super) struct Known {
    /// The model's place among the run's.
    pub model: usize,
    /// Whose endpoint, and which where the model has several.
    pub name: String,
    pub findings: Findings,
}

impl Probed {
    /// What a person should know before the run begins. An error when a score would be wrong.
    pub fn judge(
        &self,
        models: &[RunModel],
        benchmarks: &[Arc<OpenBenchmark>],
    ) -> Result<Vec<String>, Error> {
        let mut notices = self.notices.clone();
        for known in &self.known {
            for benchmark in benchmarks {
                for notice in known.judge(&models[known.model], benchmark)? {
                    if !notices.contains(&notice) {
                        notices.push(notice);
                    }
                }
            }
        }
        Ok(notices)
    }

    /// What is known of each address of the model at this place.
    pub fn of_model(&self, place: usize) -> impl Iterator<Item = &Findings> {
        self.known.iter().filter(move |known| known.model == place).map(|known| &known.findings)
    }

    /// Writes the findings into the run folder, by the model's id. What is known of its other models stays.
    pub fn write_down(&self, folder: &RunFolder, models: &[RunModel]) -> Result<(), Error> {
        if self.known.is_empty() {
            return Ok(());
        }
        let path = folder.probe_path();
        let written = std::fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let mut all: BTreeMap<&str, serde_json::Value> = BTreeMap::new();
        let mut earlier: BTreeMap<String, serde_json::Value> = written.unwrap_or_default();
        for (place, model) in models.iter().enumerate() {
            let own = self.known.iter().filter(|known| known.model == place);
            let findings: Vec<&Findings> = own.map(|known| &known.findings).collect();
            let value = match findings.is_empty() {
                true => earlier.remove(&model.id),
                false => serde_json::to_value(findings).ok(),
            };
            all.extend(value.map(|value| (model.id.as_str(), value)));
        }
        let text = serde_json::to_string_pretty(&all).unwrap_or_default();
        Ok(write_file(&path, format!("{text}\n").as_bytes())?)
    }
}

impl Known {
    fn judge(&self, model: &RunModel, benchmark: &OpenBenchmark) -> Result<Vec<String>, Error> {
        let protocol = benchmark.protocol();
        let sampling = match protocol.needs() {
            // Nothing is drawn.
            Needs::Loglikelihood => Sampling::default(),
            Needs::Chat | Needs::Text => {
                model.defaults.overridden_by(protocol.sampling()).overridden_by(&model.sampling)
            }
        };
        let asking = Asking { sampling: &sampling, is_chat: protocol.needs() == Needs::Chat };
        let mut notices = Vec::new();
        for objection in objections(&self.findings, asking) {
            match objection {
                Objection::Wrong(why) => {
                    let (benchmark, endpoint) = (protocol.name().to_owned(), self.name.clone());
                    return Err(Error::Unfit { benchmark, endpoint, why });
                }
                Objection::Doubtful(why) => notices.push(format!("{}: {why}", self.name)),
            }
        }
        Ok(notices)
    }
}
