//! What a plan says about the scores of a benchmark: metrics with range and direction, groups of subsets, title.

use crate::summary::ChoiceSummary;
use crate::tally::{MetricInfo, PlannedAggregate};
use evalscope_core::PlannedBenchmark;
use evalscope_metrics::aggregate::{Kind, aggregate};
use indexmap::IndexMap;
use serde_json::Value;

/// Each k of pass@k, and of other numbers over k repeats, that is told when there are more repeats.
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
        let mut metrics: IndexMap<String, MetricInfo> =
            planned().filter_map(|json| metric(json, repeats)).collect();
        for (of, kind) in planned().filter_map(over_repeats) {
            tell_smaller_k(&mut metrics, of, kind, repeats);
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
            let unknown =
                MetricInfo { higher_is_better: true, range: (None, None), aggregate: None, of: None };
            self.metrics.insert(metric.to_owned(), unknown);
        }
    }
}

/// A metric of which k repeats of a question are worth something, how many being left open; and how.
fn over_repeats(planned: &Value) -> Option<(&str, Kind)> {
    let of_programs = planned["pass_at_k"].as_bool() == Some(true);
    let name = if of_programs { "pass_at_k" } else { planned["aggregate"].as_str()? };
    let kind = aggregate(name)?.kind;
    (planned["k"].is_null() && matches!(kind, Kind::Question(_))).then_some((planned["name"].as_str()?, kind))
}

/// Adds what fewer repeats than all give, for each k that is told; where the metric itself is a mean (1 for a program that passed,
/// 0 for one that did not), all of them too. A question with fewer scored ones has no part in the larger k.
fn tell_smaller_k(metrics: &mut IndexMap<String, MetricInfo>, of: &str, kind: Kind, repeats: u64) {
    let Some(MetricInfo { higher_is_better, range, aggregate, .. }) = metrics.get(of) else { return };
    let (higher_is_better, range, is_mean) = (*higher_is_better, *range, aggregate.is_none());
    let told = TOLD_K.iter().copied().filter(|k| *k < repeats);
    for k in told.chain(is_mean.then_some(repeats)).filter(|k| *k > 1) {
        let aggregate = Some(PlannedAggregate::of(kind, k as usize));
        let told = MetricInfo { higher_is_better, range, aggregate, of: Some(of.to_owned()) };
        let name = if is_mean { format!("pass@{k}") } else { of_k(of, k) };
        metrics.entry(name).or_insert(told);
    }
}

/// `x_pass_at_k` of 2 is `x_pass@2`, `x_pass_hat_k` is `x_pass^2`.
fn of_k(name: &str, k: u64) -> String {
    let ending = |ending: &str, mark: char| Some(format!("{}{mark}{k}", name.strip_suffix(ending)?));
    ending("_hat_k", '^').or_else(|| ending("_at_k", '@')).unwrap_or_else(|| format!("{name}@{k}"))
}

/// A metric as planned; without a `k` of its own, its aggregate is over all repeats.
fn metric(json: &Value, repeats: u64) -> Option<(String, MetricInfo)> {
    let name = json["name"].as_str()?.to_owned();
    let higher_is_better = json["higher_is_better"].as_bool().unwrap_or(true);
    let range = (json["range"][0].as_f64(), json["range"][1].as_f64());
    let k = json["k"].as_u64().unwrap_or(repeats) as usize;
    let aggregate = json["aggregate"].as_str().and_then(aggregate);
    let aggregate = aggregate.map(|aggregate| PlannedAggregate::of(aggregate.kind, k));
    Some((name, MetricInfo { higher_is_better, range, aggregate, of: None }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A benchmark that is scored so.
    fn planned(scoring: Value) -> PlannedBenchmark {
        PlannedBenchmark {
            name: "x@y".into(),
            subsets: IndexMap::new(),
            missing: Vec::new(),
            asking: Value::Null,
            scoring,
            departures: IndexMap::new(),
        }
    }

    #[test]
    fn pass_at_k_is_told_of_programs_that_are_run_several_times() {
        let planned = planned(json!({"metrics": [{"name": "pass", "pass_at_k": true}]}));
        let names = |repeats| Scoring::of(&planned, repeats).metrics.into_keys().collect::<Vec<_>>();
        assert_eq!(names(6), ["pass", "pass@2", "pass@4", "pass@5", "pass@6"]);
        assert_eq!(names(1), ["pass"]);
        let metrics = Scoring::of(&planned, 2).metrics;
        assert_eq!(metrics["pass@2"].of.as_deref(), Some("pass"));
    }

    #[test]
    fn smaller_k_are_told_of_what_all_repeats_are_worth() {
        let names = |aggregate: &str, name: &str, k: Option<u64>| {
            let planned = planned(json!({"metrics": [{"name": name, "aggregate": aggregate, "k": k}]}));
            Scoring::of(&planned, 5).metrics.into_keys().collect::<Vec<_>>()
        };
        assert_eq!(names("pass_at_k", "acc_pass_at_k", None), ["acc_pass_at_k", "acc_pass@2", "acc_pass@4"]);
        assert_eq!(
            names("pass_hat_k", "acc_pass_hat_k", None),
            ["acc_pass_hat_k", "acc_pass^2", "acc_pass^4"]
        );
        assert_eq!(names("majority_at_k", "vote", None), ["vote", "vote@2", "vote@4"]);
        // A number that the benchmark fixes, and one over all samples.
        assert_eq!(names("majority_at_k", "vote", Some(3)), ["vote"]);
        assert_eq!(names("mean_over_targets", "score", None), ["score"]);
    }

    #[test]
    fn a_plan_without_metrics_takes_those_of_the_reviews() {
        let bleu = json!({"name": "bleu", "range": [0, null], "higher_is_better": false});
        let scoring = json!({"metrics": [bleu], "groups": {"g": ["a", "b"]}});
        let mut scoring = Scoring::of(&planned(scoring), 1);
        ["bleu", "more"].iter().for_each(|metric| scoring.know(metric));
        let bleu = &scoring.metrics["bleu"];
        assert_eq!((bleu.higher_is_better, bleu.range), (false, (Some(0.0), None)));
        assert_eq!(scoring.metrics["more"].range, (None, None));
        assert_eq!(scoring.category_of("b").as_deref(), Some("g"));
        let bare = Scoring::of(&planned(Value::Null), 1);
        assert_eq!((bare.title, bare.metrics.len()), (None, 0));
    }
}
