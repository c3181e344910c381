//! What a plan says about the scores of a benchmark: metrics with range and direction, groups of subsets, title.

use crate::tally::{MetricInfo, PlannedAggregate};
use evalscope_core::PlannedBenchmark;
use evalscope_metrics::aggregate::aggregate;
use indexmap::IndexMap;
use serde_json::Value;

/// The part of a planned benchmark that reports need.
#[derive(Debug)]
pub struct Scoring {
    /// The benchmark's name for people.
    pub title: Option<String>,
    /// The metrics in order, the main one first.
    pub metrics: IndexMap<String, MetricInfo>,
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
            let unknown = MetricInfo { higher_is_better: true, range: (None, None), aggregate: None };
            self.metrics.insert(metric.to_owned(), unknown);
        }
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
    Some((name, MetricInfo { higher_is_better, range, aggregate }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
