//! The report on one benchmark in the form that EvalScope's scripts read (its `schema_version` 2).

use crate::summary::{BenchmarkSummary, MetricSummary, PartSummary};
use serde_json::{Value, json};

/// Version of EvalScope's form that this follows.
const SCHEMA_VERSION: u32 = 2;
/// What EvalScope calls the category of subsets that have none.
const NO_CATEGORY: &str = "default";

/// The report. Fields that EvalScope does not have are `standard_error`, `interval_95`, `protocol` and
/// `missing_subsets`.
pub fn report(benchmark: &BenchmarkSummary) -> Value {
    let counts = benchmark.counts;
    let metrics: Vec<Value> = (0..benchmark.metrics.len()).map(|place| metric(benchmark, place)).collect();
    json!({
        "schema_version": SCHEMA_VERSION,
        "name": format!("{}@{}", benchmark.model, benchmark.benchmark),
        "dataset_name": benchmark.benchmark,
        "dataset_pretty_name": benchmark.title,
        "model_name": benchmark.model,
        "protocol": benchmark.protocol,
        "score": benchmark.score,
        "num": counts.scored,
        "missing_subsets": benchmark.missing_subsets,
        "metrics": metrics,
        "primary_metric_identity": benchmark.metrics.first().map(identity),
        "execution_summary": {
            "requested": counts.planned,
            "succeeded": counts.scored,
            "errored": counts.failed,
            "incomplete": counts.missing(),
        },
        "perf_metrics": perf(benchmark),
    })
}

fn identity(metric: &MetricSummary) -> Value {
    json!({"name": metric.name, "aggregation": "mean", "dimensions": {}})
}

fn metric(benchmark: &BenchmarkSummary, place: usize) -> Value {
    let metric = &benchmark.metrics[place];
    let head = json!({"identity": identity(metric), "name": metric.name});
    let mut json = with_values(head, metric);
    json["categories"] = categories(benchmark, place).into();
    json["semantics"] = json!({
        "metric_name": metric.name,
        "direction": if metric.higher_is_better { "higher_is_better" } else { "lower_is_better" },
        "value_range": metric.range,
    });
    json
}

fn with_values(mut json: Value, metric: &MetricSummary) -> Value {
    json["num"] = metric.n.into();
    json["score"] = metric.score.into();
    json["macro_score"] = metric.macro_score.into();
    json["standard_error"] = metric.standard_error.into();
    json["interval_95"] = json!(metric.interval_95);
    json
}

fn categories(benchmark: &BenchmarkSummary, place: usize) -> Vec<Value> {
    let mut categories: Vec<Value> = benchmark
        .categories
        .iter()
        .filter_map(|category| {
            let mut json = with_values(json!({"name": [category.name]}), category.metrics.get(place)?);
            json["subsets"] = subsets(benchmark, Some(&category.name), place).into();
            Some(json)
        })
        .collect();
    let alone = subsets(benchmark, None, place);
    if !alone.is_empty() {
        let head = json!({"name": [NO_CATEGORY]});
        // Beside other categories these subsets have no score of their own together.
        let whole = benchmark.categories.is_empty();
        let mut json = if whole { with_values(head, &benchmark.metrics[place]) } else { head };
        json["subsets"] = alone.into();
        categories.push(json);
    }
    categories
}

fn subsets(benchmark: &BenchmarkSummary, category: Option<&str>, place: usize) -> Vec<Value> {
    let of_category = benchmark.subsets.iter().filter(|subset| subset.category.as_deref() == category);
    of_category.filter_map(|subset| subset_json(subset, place)).collect()
}

fn subset_json(subset: &PartSummary, place: usize) -> Option<Value> {
    Some(with_values(json!({"name": subset.name}), subset.metrics.get(place)?))
}

/// Seconds, as EvalScope has them.
fn perf(benchmark: &BenchmarkSummary) -> Value {
    let usage = &benchmark.usage;
    json!({"summary": {
        "n_samples": usage.calls - usage.failed_calls,
        "latency": usage.latency.map(|latency| json!({"50%": latency.p50_ms / 1e3, "95%": latency.p95_ms / 1e3})),
        "usage": usage.tokens.map(|tokens| json!({
            "total_input_tokens": tokens.input,
            "total_output_tokens": tokens.output,
        })),
    }})
}
