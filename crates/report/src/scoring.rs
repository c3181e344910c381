//! What a plan says about the scores of a benchmark: metrics with range and direction, groups of subsets, title.

use crate::summary::ChoiceSummary;
use crate::tally::{MetricInfo, PlannedAggregate};
use evalscope_core::PlannedBenchmark;
use evalscope_metrics::aggregate::{Kind, aggregate};
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
    /// How chosen options were found out, of multiple choice.
    pub choice: Option<ChoiceSummary>,
    groups: IndexMap<String, Vec<String>>,
}

impl Scoring {
    /// Reads what is there of a run that asks each question `repeats` times; a plan without it still gives a report.
    pub fn of(planned: &PlannedBenchmark, repeats: u64) -> Scoring {
        let scoring = &planned.scoring;
        let planned = || scoring["metrics"].as_array().into_iter().flatten();
        let mut metrics: IndexMap<String, MetricInfo> = planned().filter_map(metric).collect();
        let passes = planned().filter(|metric| metric["pass_at_k"].as_bool() == Some(true));
        for metric in passes.filter_map(|metric| metric["name"].as_str()) {
            tell_passes(&mut metrics, metric, repeats);
        }
        Scoring {
            title: scoring["title"].as_str().map(str::to_owned),
            metrics,
            choice: serde_json::from_value(scoring["choice"].clone()).ok(),
            groups: serde_json::from_value(scoring["groups"].clone()).unwrap_or_default(),
        }
    }

    /// The group of a subset.
    pub fn category_of(&self, subset: &str) -> Option<String> {
        let (group, _) = self.groups.iter().find(|(_, subsets)| subsets.iter().any(|name| name == subset))?;
        Some(group.clone())
    }

    /// Takes up a metric that the plan does not name.
    pub fn know(&mut self, metric: &str) {
        if !self.metrics.contains_key(metric) {
            let unknown = MetricInfo {
                higher_is_better: true,
                range: (None, None),
                aggregate: None,
                of: None,
                by_question: false,
            };
            self.metrics.insert(metric.to_owned(), unknown);
        }
    }
}

/// Adds pass@k of a metric whose values are 1 for a program that passed and 0 for one that did not, for each k that is told
/// of so many repeats. A question with fewer scored ones has no part in the larger k.
fn tell_passes(metrics: &mut IndexMap<String, MetricInfo>, of: &str, repeats: u64) {
    let Some(pass_at_k) = aggregate("pass_at_k") else { return };
    let told = TOLD_K.iter().copied().filter(|k| *k < repeats).chain([repeats]).filter(|k| *k > 1);
    for k in told {
        let aggregate = Some(PlannedAggregate { kind: pass_at_k.kind, k: Some(k as usize) });
        let share = MetricInfo {
            higher_is_better: true,
            range: (Some(0.0), Some(1.0)),
            aggregate,
            of: Some(of.to_owned()),
            by_question: true,
        };
        metrics.entry(format!("pass@{k}")).or_insert(share);
    }
}

fn metric(json: &Value) -> Option<(String, MetricInfo)> {
    let name = json["name"].as_str()?.to_owned();
    let higher_is_better = json["higher_is_better"].as_bool().unwrap_or(true);
    let range = (json["range"][0].as_f64(), json["range"][1].as_f64());
    let aggregate = json["aggregate"].as_str().and_then(aggregate).map(|aggregate| {
        let k = json["k"].as_u64().map(|k| k as usize);
        PlannedAggregate { kind: aggregate.kind, k }
    });
    let is_over_repeats = aggregate.is_some_and(|planned| matches!(planned.kind, Kind::Question(_)));
    let by_question = is_over_repeats || json["pass_at_k"].as_bool() == Some(true);
    Some((name, MetricInfo { higher_is_better, range, aggregate, of: None, by_question }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pass_at_k_is_told_of_programs_that_are_run_several_times() {
        let scoring = json!({"metrics": [{"name": "pass", "pass_at_k": true}]});
        let planned = PlannedBenchmark {
            name: "x@y".into(),
            subsets: IndexMap::new(),
            missing: Vec::new(),
            asking: Value::Null,
            scoring,
        };
        let names = |repeats| Scoring::of(&planned, repeats).metrics.into_keys().collect::<Vec<_>>();
        assert_eq!(names(6), ["pass", "pass@2", "pass@4", "pass@5", "pass@6"]);
        assert_eq!(names(1), ["pass"]);
        let metrics = Scoring::of(&planned, 2).metrics;
        assert_eq!(metrics["pass@2"].of.as_deref(), Some("pass"));
        assert!(metrics["pass"].by_question && metrics["pass@2"].by_question);
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
        let mut scoring = Scoring::of(&planned, 1);
        ["bleu", "more"].iter().for_each(|metric| scoring.know(metric));
        let bleu = &scoring.metrics["bleu"];
        assert_eq!((bleu.higher_is_better, bleu.range), (false, (Some(0.0), None)));
        assert_eq!(scoring.metrics["more"].range, (None, None));
        assert_eq!(scoring.category_of("b").as_deref(), Some("g"));
        let bare = Scoring::of(&PlannedBenchmark { scoring: Value::Null, ..planned }, 1);
        assert_eq!((bare.title, bare.metrics.len()), (None, 0));
    }
}
