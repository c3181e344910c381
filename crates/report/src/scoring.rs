//! What a plan says about the scores of a benchmark: metrics with range and direction, groups of subsets, title.

use crate::tally::{MetricInfo, PlannedAggregate};
use evalscope_core::PlannedBenchmark;
use evalscope_metrics::aggregate::aggregate;
use evalscope_metrics::repeats::pass_at_k;
use indexmap::IndexMap;
use serde_json::Value;

/// Each k of pass@k that is told when there are more repeats; the number of repeats itself is told too.
const TOLD_K: [u64; 7] = [2, 4, 5, 8, 10, 50, 100];

/// The part of a planned benchmark that reports need.
#[derive(Debug)]
pub struct Scoring {
    /// The benchmark's name for people.
    pub title: Option<String>,
    /// The metrics in order, the main one first.
    pub metrics: IndexMap<String, MetricInfo>,
    /// Metrics among them of which pass@k is told when samples are repeated.
    passes: Vec<String>,
    groups: IndexMap<String, Vec<String>>,
}

impl Scoring {
    /// Reads what is there; a plan without it still gives a report.
    pub fn of(planned: &PlannedBenchmark) -> Scoring {
        let scoring = &planned.scoring;
        let metrics = scoring["metrics"].as_array().into_iter().flatten().filter_map(metric);
        Scoring {
            title: scoring["title"].as_str().map(str::to_owned),
            metrics: metrics.collect(),
            passes: passes(scoring),
            groups: serde_json::from_value(scoring["groups"].clone()).unwrap_or_default(),
        }
    }

    /// The group of a subset.
    pub fn category_of(&self, subset: &str) -> Option<String> {
        let (group, _) = self.groups.iter().find(|(_, subsets)| subsets.iter().any(|name| name == subset))?;
        Some(group.clone())
    }

    /// The metrics of which pass@k is told, beside themselves.
    pub fn passes(&self) -> &[String] {
        &self.passes
    }

    /// pass@k of a question of whose `scored` repeats so many passed, for each k that is told of a run that asks each
    /// `repeats` times. A question with fewer scored ones has no part in the larger k.
    pub fn pass_at_k(&mut self, repeats: u64, scored: u64, passed: u64) -> Vec<(String, f64)> {
        let told = TOLD_K.iter().copied().filter(|k| *k < repeats).chain([repeats]).filter(|k| *k > 1);
        let found: Vec<(String, f64)> =
            told.filter_map(|k| Some((format!("pass@{k}"), pass_at_k(scored, passed, k)?))).collect();
        for (name, _) in &found {
            let range = (Some(0.0), Some(1.0));
            let share = MetricInfo { higher_is_better: true, range, aggregate: None };
            self.metrics.entry(name.clone()).or_insert(share);
        }
        found
    }

    /// Takes up a metric that the plan does not name.
    pub fn know(&mut self, metric: &str) {
        if !self.metrics.contains_key(metric) {
            let unknown = MetricInfo { higher_is_better: true, range: (None, None), aggregate: None };
            self.metrics.insert(metric.to_owned(), unknown);
        }
    }
}

/// Names of the metrics whose values are 1 for a program that passed and 0 for one that did not.
fn passes(scoring: &Value) -> Vec<String> {
    let metrics = scoring["metrics"].as_array().into_iter().flatten();
    let passes = metrics.filter(|metric| metric["pass_at_k"].as_bool() == Some(true));
    passes.filter_map(|metric| metric["name"].as_str().map(str::to_owned)).collect()
}

fn metric(json: &Value) -> Option<(String, MetricInfo)> {
    let name = json["name"].as_str()?.to_owned();
    let higher_is_better = json["higher_is_better"].as_bool().unwrap_or(true);
    let range = (json["range"][0].as_f64(), json["range"][1].as_f64());
    let aggregate = json["aggregate"].as_str().and_then(aggregate).map(|aggregate| {
        let k = json["k"].as_u64().map(|k| k as usize);
        PlannedAggregate { kind: aggregate.kind, k }
    });
    Some((name, MetricInfo { higher_is_better, range, aggregate }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn failed_repeats_bring_no_k_of_their_own() {
        let scoring = json!({"metrics": [{"name": "pass", "pass_at_k": true}]});
        let planned = PlannedBenchmark {
            name: "x@y".into(),
            subsets: IndexMap::new(),
            missing: Vec::new(),
            asking: Value::Null,
            scoring,
        };
        let mut scoring = Scoring::of(&planned);
        assert_eq!(scoring.passes(), ["pass"]);
        let names = |found: Vec<(String, f64)>| found.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(scoring.pass_at_k(6, 6, 1)), ["pass@2", "pass@4", "pass@5", "pass@6"]);
        assert_eq!(names(scoring.pass_at_k(6, 3, 1)), ["pass@2"]);
        assert_eq!(scoring.pass_at_k(1, 1, 1), []);
    }

    #[test]
    fn a_plan_without_metrics_takes_those_of_the_reviews() {
        let planned = PlannedBenchmark {
            name: "x@y".into(),
            subsets: IndexMap::new(),
            missing: Vec::new(),
            asking: Value::Null,
            scoring: json!({"metrics": [{"name": "bleu", "range": [0, null], "higher_is_better": false}],
                "groups": {"g": ["a", "b"]}}),
        };
        let mut scoring = Scoring::of(&planned);
        ["bleu", "more"].iter().for_each(|metric| scoring.know(metric));
        let bleu = &scoring.metrics["bleu"];
        assert_eq!((bleu.higher_is_better, bleu.range), (false, (Some(0.0), None)));
        assert_eq!(scoring.metrics["more"].range, (None, None));
        assert_eq!(scoring.category_of("b").as_deref(), Some("g"));
        let bare = Scoring::of(&PlannedBenchmark { scoring: Value::Null, ..planned });
        assert_eq!((bare.title, bare.metrics.len()), (None, 0));
    }
}
