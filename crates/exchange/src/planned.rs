//! The plan of an imported run: the one that our own export carries, or one made of what the samples show.

use crate::answered::{Answered, Part};
use crate::carried::KEY;
use crate::error::Error;
use crate::source::About;
use evalscope_core::plan::PLAN_VERSION;
use evalscope_core::{Plan, PlannedBenchmark, PlannedModel, Sampling};
use indexmap::{IndexMap, IndexSet};
use serde_json::{Value, json};
use std::collections::HashSet;

/// What the samples of a first reading show.
#[derive(Debug, Default)]
pub struct Seen {
    parts: IndexMap<Part, SeenPart>,
    /// Samples, repeats counted.
    pub samples: u64,
    /// Samples that have a score.
    pub scored: u64,
    /// Samples of which a call failed.
    pub failed: u64,
}

/// Numbers of samples are kept, not samples.
#[derive(Debug, Default)]
struct SeenPart {
    places: HashSet<(u64, u32)>,
    indices: HashSet<u64>,
    metrics: IndexSet<String>,
}

impl Seen {
    /// Counts a sample. One that was there before is an error: its score would count twice.
    pub fn add(&mut self, part: &Part, sample: &Answered) -> Result<(), Error> {
        let seen = self.parts.entry(part.clone()).or_default();
        if !seen.places.insert((sample.index, sample.repeat)) {
            let place = format!("{}, {}, sample {}", part.benchmark, part.subset, sample.index);
            let message = format!("repeat {} is there twice", sample.repeat);
            return Err(Error::malformed(place, message));
        }
        seen.indices.insert(sample.index);
        self.samples += 1;
        self.scored += u64::from(sample.score().is_some());
        self.failed += u64::from(sample.failure().is_some());
        let metrics = sample.score().into_iter().flat_map(|score| score.values.keys());
        for metric in metrics.filter(|metric| !seen.metrics.contains(*metric)).collect::<Vec<_>>() {
            seen.metrics.insert(metric.clone());
        }
        Ok(())
    }

    /// The plan of these samples.
    pub fn plan(&self, about: &About) -> Result<Plan, Error> {
        match carried_plan(about) {
            Some(plan) => self.checked(plan),
            None => Ok(self.made_up(about)),
        }
    }

    /// An export of ours must name every part that its samples belong to, and no more samples than can be counted.
    fn checked(&self, plan: Plan) -> Result<Plan, Error> {
        if plan.samples() == u64::MAX {
            return Err(Error::malformed(KEY, "its plan has more samples than there can be"));
        }
        let has = |part: &Part| {
            plan.models.iter().any(|model| model.id == part.model)
                && plan.benchmarks.iter().any(|benchmark| {
                    benchmark.name == part.benchmark && benchmark.subsets.contains_key(&part.subset)
                })
        };
        match self.parts.keys().find(|part| !has(part)) {
            None => Ok(plan),
            Some(part) => Err(Error::malformed(
                format!("{}, {}, {}", part.model, part.benchmark, part.subset),
                "the plan in the export does not have it",
            )),
        }
    }

    fn made_up(&self, about: &About) -> Plan {
        let mut benchmarks: IndexMap<String, PlannedBenchmark> = IndexMap::new();
        let mut metrics: IndexMap<String, IndexSet<String>> = IndexMap::new();
        let mut repeats = 1;
        for (part, seen) in &self.parts {
            let Part { benchmark, subset, .. } = part;
            let planned = benchmarks.entry(benchmark.clone()).or_insert_with(|| empty(benchmark));
            let count = planned.subsets.entry(subset.clone()).or_default();
            *count = (*count).max(seen.indices.len() as u64);
            metrics.entry(benchmark.clone()).or_default().extend(seen.metrics.iter().cloned());
            repeats = seen.places.iter().map(|(_, repeat)| repeat.saturating_add(1)).fold(repeats, u32::max);
        }
        for (name, planned) in &mut benchmarks {
            let lower = about.lower_is_better.get(name);
            planned.asking = json!({"imported_from": about.tool});
            planned.scoring = scoring(name, &metrics[name], lower);
        }
        let models: IndexSet<&String> = self.parts.keys().map(|part| &part.model).collect();
        let model = |id: &String| PlannedModel {
            id: id.clone(),
            identity: IndexMap::new(),
            sampling: Sampling::default(),
        };
        Plan {
            version: PLAN_VERSION,
            models: models.into_iter().map(model).collect(),
            benchmarks: benchmarks.into_values().collect(),
            collections: Vec::new(),
            seed: 0,
            repeats,
            limit: None,
        }
    }
}

fn empty(name: &str) -> PlannedBenchmark {
    PlannedBenchmark {
        name: name.to_owned(),
        subsets: IndexMap::new(),
        missing: Vec::new(),
        asking: Value::Null,
        scoring: Value::Null,
        departures: IndexMap::new(),
    }
}

/// Which metrics there are, the main one first. Ranges are not told by any form, and stay open.
fn scoring(name: &str, metrics: &IndexSet<String>, lower: Option<&Vec<String>>) -> Value {
    let is_lower = |metric: &String| lower.is_some_and(|lower| lower.contains(metric));
    let metrics: Vec<Value> = metrics
        .iter()
        .map(|metric| json!({"name": metric, "higher_is_better": !is_lower(metric), "range": [null, null]}))
        .collect();
    json!({"title": name.split('@').next().unwrap_or(name), "metrics": metrics})
}

/// The plans that the files carry, put together: forms with a file for each benchmark hold one in each.
fn carried_plan(about: &About) -> Option<Plan> {
    let mut plans = about.carried.iter().map(|carried| carried.plan.clone());
    let mut plan = plans.next()?;
    for other in plans {
        for model in other.models {
            if plan.models.iter().all(|known| known.id != model.id) {
                plan.models.push(model);
            }
        }
        for benchmark in other.benchmarks {
            if plan.benchmarks.iter().all(|known| known.name != benchmark.name) {
                plan.benchmarks.push(benchmark);
            }
        }
    }
    Some(plan)
}
