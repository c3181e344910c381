//! The report on one benchmark in EvalScope's form, `schema_version` 2. EvalScope 1.14 refuses a report and a metric with
//! fields that it does not know, and lets others stand in categories, subsets and the summary of the execution: there
//! stands what it has no name for.

use crate::classic_metric::identity;
use crate::summary::{BenchmarkSummary, MetricSummary, PartSummary};
use serde_json::{Value, json};
use std::ffi::OsStr;
use std::path::Path;

/// Version of EvalScope's form that this follows.
const SCHEMA_VERSION: u32 = 2;
/// What EvalScope calls the category of subsets that have none.
const NO_CATEGORY: &str = "default";

/// The report on a benchmark as EvalScope 1.14 reads it; `path` is where it goes in a run folder. It has the names of its
/// file and folder, under which the reviews stand, too: EvalScope's app finds them by what the report says.
pub fn classic(benchmark: &BenchmarkSummary, path: &Path) -> Value {
    let name =
        |part: Option<&OsStr>| part.map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let (model, dataset) = (name(path.parent().and_then(Path::file_name)), name(path.file_stem()));
    let scored: Vec<(usize, &MetricSummary)> =
        benchmark.metrics.iter().enumerate().filter(|(_, metric)| metric.score.is_some()).collect();
    let primary = scored.iter().find(|(_, metric)| metric.name == benchmark.metric);
    json!({
        "schema_version": SCHEMA_VERSION,
        "name": format!("{model}@{dataset}"),
        "dataset_name": dataset,
        "dataset_pretty_name": benchmark.title,
        "dataset_description": format!("Scored by the protocol {}.", benchmark.name()),
        "model_name": model,
        "metrics": scored.iter().map(|(place, metric)| self::metric(benchmark, metric, *place)).collect::<Vec<_>>(),
        "primary_metric_identity": primary.map(|(_, metric)| identity(&metric.name)),
        "execution_summary": execution(benchmark, &scored),
    })
}

fn execution(benchmark: &BenchmarkSummary, scored: &[(usize, &MetricSummary)]) -> Value {
    let counts = benchmark.counts;
    let subset = |subset: &PartSummary| {
        let counts = subset.counts;
        let value =
            json!({"requested": counts.planned, "succeeded": counts.scored, "errored": counts.failed});
        (subset.name.clone(), value)
    };
    let uncertainty = |(_, metric): &(usize, &MetricSummary)| {
        let value = json!({"standard_error": metric.standard_error, "interval_95": metric.interval_95});
        (metric.name.clone(), value)
    };
    json!({
        "requested": counts.planned,
        "succeeded": counts.scored,
        "errored": counts.failed,
        "incomplete": counts.scored < counts.planned,
        "subsets": benchmark.subsets.iter().map(subset).collect::<serde_json::Map<_, _>>(),
        "model": benchmark.model,
        "benchmark": benchmark.benchmark,
        "protocol": benchmark.protocol,
        "missing_subsets": benchmark.missing_subsets,
        "uncertainty": scored.iter().map(uncertainty).collect::<serde_json::Map<_, _>>(),
    })
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
    let of_category = |category: &PartSummary| {
        let subsets = subsets(benchmark, Some(&category.name), place);
        let head = json!({"name": [category.name], "subsets": subsets});
        Some(with_values(head, category.metrics.get(place)?)).filter(|_| !subsets.is_empty())
    };
    let mut categories: Vec<Value> = benchmark.categories.iter().filter_map(of_category).collect();
    let alone = subsets(benchmark, None, place);
    if !alone.is_empty() {
        let head = json!({"name": [NO_CATEGORY], "subsets": alone});
        // Beside other categories these subsets have no score of their own together.
        let whole = benchmark.metrics.get(place).filter(|_| benchmark.categories.is_empty());
        categories.push(match whole {
            Some(metric) => with_values(head, metric),
            None => head,
        });
    }
    categories
}

fn subsets(benchmark: &BenchmarkSummary, category: Option<&str>, place: usize) -> Vec<Value> {
    let of_category = benchmark.subsets.iter().filter(|subset| subset.category.as_deref() == category);
    let one = |subset: &PartSummary| {
        let metric = subset.metrics.get(place).filter(|metric| metric.score.is_some())?;
        Some(with_values(json!({"name": subset.name}), metric))
    };
    of_category.filter_map(one).collect()
}

fn with_values(mut json: Value, metric: &MetricSummary) -> Value {
    json["num"] = metric.n.into();
    json["score"] = metric.score.into();
    json["standard_error"] = metric.standard_error.into();
    json["interval_95"] = json!(metric.interval_95);
    json
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
