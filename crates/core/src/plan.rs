//! A plan: everything that decides which calls a run makes and how they are scored, as data.
//!
//! Two runs with equal plans ask for the same calls. The part that only concerns scoring stands apart, so that
//! changing it re-scores recorded outcomes instead of asking again.

use crate::collection::PlannedCollection;
use crate::departures::Departures;
use crate::request::Sampling;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Version of the plan's form.
pub const PLAN_VERSION: u32 = 1;

/// What a run will do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// Version of this form ([`PLAN_VERSION`]).
    pub version: u32,
    /// The models that are asked.
    pub models: Vec<PlannedModel>,
    /// The benchmarks that are run.
    pub benchmarks: Vec<PlannedBenchmark>,
    /// Mixes of these benchmarks that are reported as one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub collections: Vec<PlannedCollection>,
    /// Seed of everything random.
    pub seed: u64,
    /// How often each sample is asked.
    pub repeats: u32,
    /// Samples at most per subset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Limit>,
}

/// A model in a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedModel {
    /// The name under which results are filed.
    pub id: String,
    /// What decides its answers: provider, endpoint or file digest, revision, precision, chat template.
    pub identity: IndexMap<String, String>,
    /// Sampling asked for on the command line.
    pub sampling: Sampling,
}

/// A benchmark in a plan, resolved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedBenchmark {
    /// Name with protocol, `gsm8k@evalscope-1.14`.
    pub name: String,
    /// Subsets in order, each with the number of samples that will be asked.
    pub subsets: IndexMap<String, u64>,
    /// Subsets that were wanted and whose data was not there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// All that decides the requests: data source, sample mapping, prompt, shots, sampling.
    pub asking: serde_json::Value,
    /// All that decides the score of given replies: extraction, metrics, aggregation.
    pub scoring: serde_json::Value,
    /// What each model is asked, or scored by, otherwise than the protocol says, by the model's name. It is told and decides
    /// nothing: `asking`, `scoring` and the models' sampling hold it too.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub departures: IndexMap<String, Departures>,
}

impl Plan {
    /// How many samples all models are asked, repeats counted. The counts may be anybody's: too many are as many as can be.
    pub fn samples(&self) -> u64 {
        let each = self.benchmarks.iter().map(|benchmark| benchmark.samples(self.repeats));
        each.fold(0, u64::saturating_add).saturating_mul(self.models.len() as u64)
    }
}

impl PlannedBenchmark {
    /// Leaves out what is only told and decides nothing: which data was not there, and where the user departs from the protocol.
    pub fn leave_out_told(&mut self) {
        self.missing.clear();
        self.departures.clear();
    }

    /// How many samples one model is asked, each so often. Too many are as many as can be.
    pub fn samples(&self, repeats: u32) -> u64 {
        self.subsets.values().copied().fold(0, u64::saturating_add).saturating_mul(u64::from(repeats))
    }
}

/// How many samples of each subset.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// At most this many.
    Count(u64),
    /// This share, above 0 and below 1, rounded down but at least one.
    Fraction(f64),
}

impl Limit {
    /// Samples left of `total`.
    pub fn apply(self, total: u64) -> u64 {
        match self {
            Limit::Count(count) => count.min(total),
            Limit::Fraction(share) => ((total as f64 * share) as u64).max(1).min(total),
        }
    }
}

/// One field in which two plans differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// Path of the field, `benchmarks[gsm8k@evalscope-1.14].asking.shots.count`.
    pub field: String,
    /// Value in the recorded plan; `null` when absent there.
    pub recorded: serde_json::Value,
    /// Value in the new plan; `null` when absent there.
    pub wanted: serde_json::Value,
}

/// The fields in which two JSON trees differ, by path. Lists of records with a `name` or `id` are matched by it.
pub fn differences(recorded: &serde_json::Value, wanted: &serde_json::Value) -> Vec<Difference> {
    let mut found = Vec::new();
    walk("", recorded, wanted, &mut found);
    found
}

fn walk(path: &str, recorded: &serde_json::Value, wanted: &serde_json::Value, found: &mut Vec<Difference>) {
    use serde_json::Value as Json;
    if recorded == wanted {
        return;
    }
    let (recorded_fields, wanted_fields) = match (recorded, wanted) {
        (Json::Object(a), Json::Object(b)) => {
            let join = |name: &String| {
                if path.is_empty() { name.clone() } else { format!("{path}.{name}") }
            };
            (
                a.iter().map(|(name, value)| (join(name), value)).collect::<IndexMap<_, _>>(),
                b.iter().map(|(name, value)| (join(name), value)).collect::<IndexMap<_, _>>(),
            )
        }
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() || named(a) && named(b) => {
            (keyed(path, a), keyed(path, b))
        }
        _ => {
            found.push(Difference {
                field: path.to_owned(),
                recorded: recorded.clone(),
                wanted: wanted.clone(),
            });
            return;
        }
    };
    for (field, value) in &recorded_fields {
        walk(field, value, wanted_fields.get(field).unwrap_or(&&Json::Null), found);
    }
    for (field, value) in &wanted_fields {
        if !recorded_fields.contains_key(field) {
            walk(field, &Json::Null, value, found);
        }
    }
}

fn name_of(item: &serde_json::Value) -> Option<&str> {
    item.get("name").or_else(|| item.get("id"))?.as_str()
}

fn named(items: &[serde_json::Value]) -> bool {
    items.iter().all(|item| name_of(item).is_some())
}

fn keyed<'a>(path: &str, items: &'a [serde_json::Value]) -> IndexMap<String, &'a serde_json::Value> {
    let by_name = named(items);
    items
        .iter()
        .enumerate()
        .map(|(index, item)| match name_of(item) {
            Some(name) if by_name => (format!("{path}[{name}]"), item),
            _ => (format!("{path}[{index}]"), item),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn differences_name_the_field() {
        let a = json!({"seed": 1, "benchmarks": [{"name": "gsm8k", "asking": {"shots": 4}}]});
        let b =
            json!({"seed": 1, "benchmarks": [{"name": "arc"}, {"name": "gsm8k", "asking": {"shots": 0}}]});
        let found = differences(&a, &b);
        let fields: Vec<_> = found.iter().map(|d| d.field.as_str()).collect();
        assert_eq!(fields, ["benchmarks[gsm8k].asking.shots", "benchmarks[arc]"]);
        assert_eq!(found[0].recorded, json!(4));
        assert!(differences(&a, &a).is_empty());
    }

    #[test]
    fn more_samples_than_can_be_counted_are_as_many_as_can_be() {
        let benchmark = |counts: &[u64]| PlannedBenchmark {
            name: "a".into(),
            subsets: counts.iter().enumerate().map(|(place, count)| (place.to_string(), *count)).collect(),
            missing: Vec::new(),
            asking: json!(null),
            scoring: json!(null),
            departures: IndexMap::new(),
        };
        assert_eq!(benchmark(&[2, 3]).samples(4), 20);
        assert_eq!(benchmark(&[u64::MAX, 3]).samples(1), u64::MAX);
        assert_eq!(benchmark(&[u64::MAX / 2]).samples(3), u64::MAX);
    }

    #[test]
    fn limit_is_count_or_share() {
        assert_eq!(Limit::Count(5).apply(3), 3);
        assert_eq!(Limit::Fraction(0.1).apply(57), 5);
        assert_eq!(Limit::Fraction(0.01).apply(57), 1);
        assert_eq!(Limit::Fraction(0.01).apply(0), 0);
    }
}
