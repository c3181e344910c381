//! EvalScope's report on a benchmark, `schema_version` 2, with no field that EvalScope 1.14 does not know: it refuses
//! those that a run folder's own report adds.

use super::metric::identity;
use evalscope_report::{BenchmarkSummary, MetricSummary, PartSummary};
use serde_json::{Value, json};

/// What EvalScope calls the category of subsets that have none.
const NO_CATEGORY: &str = "default";

/// The report; `model` and `dataset` are the names under which the files of reviews stand: EvalScope's app finds them by
/// what the report says.
pub fn report(benchmark: &BenchmarkSummary, model: &str, dataset: &str) -> Value {
    let counts = benchmark.counts;
    let scored: Vec<(usize, &MetricSummary)> =
        benchmark.metrics.iter().enumerate().filter(|(_, metric)| metric.score.is_some()).collect();
    let primary = scored.iter().find(|(_, metric)| metric.name == benchmark.metric);
    json!({
        "schema_version": 2,
        "name": format!("{model}@{dataset}"),
        "dataset_name": dataset,
        "dataset_pretty_name": benchmark.title,
        "dataset_description": format!("Scored by the protocol {}.", benchmark.name()),
        "model_name": model,
        "metrics": scored.iter().map(|(place, metric)| self::metric(benchmark, metric, *place)).collect::<Vec<_>>(),
        "primary_metric_identity": primary.map(|(_, metric)| identity(&metric.name)),
        "execution_summary": {
            "requested": counts.planned,
            "succeeded": counts.scored,
            "errored": counts.failed,
            "incomplete": counts.scored < counts.planned,
            "subsets": execution(benchmark),
        },
    })
}

fn execution(benchmark: &BenchmarkSummary) -> Value {
    let one = |subset: &PartSummary| {
        let counts = subset.counts;
        let value =
            json!({"requested": counts.planned, "succeeded": counts.scored, "errored": counts.failed});
        (subset.name.clone(), value)
    };
    benchmark.subsets.iter().map(one).collect::<serde_json::Map<_, _>>().into()
}

fn metric(benchmark: &BenchmarkSummary, metric: &MetricSummary, place: usize) -> Value {
    json!({
        "identity": identity(&metric.name),
        "legacy_name": metric.name,
        "num": metric.n,
        "score": metric.score,
        "macro_score": metric.macro_score,
        "categories": categories(benchmark, place),
        "semantics": semantics(metric),
    })
}

fn categories(benchmark: &BenchmarkSummary, place: usize) -> Vec<Value> {
    let names = benchmark.categories.iter().map(|category| Some(category.name.as_str())).chain([None]);
    let one = |category: Option<&str>| {
        let subsets: Vec<Value> = benchmark
            .subsets
            .iter()
            .filter(|subset| subset.category.as_deref() == category)
            .filter_map(|subset| {
                let metric = subset.metrics.get(place)?;
                Some(json!({"name": subset.name, "score": metric.score?, "num": metric.n}))
            })
            .collect();
        (!subsets.is_empty()).then(|| json!({"name": [category.unwrap_or(NO_CATEGORY)], "subsets": subsets}))
    };
    names.filter_map(one).collect()
}

fn semantics(metric: &MetricSummary) -> Value {
    let range = match metric.range {
        (Some(low), Some(high)) if low < high => json!({"min": low, "max": high}),
        _ => Value::Null,
    };
    let is_share = metric.range == (Some(0.0), Some(1.0));
    let mut semantics = json!({
        "semantic_id": format!("evalscope_rs.{}", metric.name),
        "metric_name": metric.name,
        "kind": "quality",
        "direction": if metric.higher_is_better { "higher_is_better" } else { "lower_is_better" },
        "value_range": range,
        "display_kind": "number",
        "display_precision": 4,
    });
    if is_share {
        semantics["display_kind"] = "percent".into();
        semantics["display_multiplier"] = 100.0.into();
        semantics["display_unit"] = "%".into();
        semantics["display_precision"] = 2.into();
    }
    semantics
}
