//! The scores of a run as lm-eval's `results_*.json`.

use crate::answered::Part;
use crate::numbers;
use evalscope_report::{BenchmarkSummary, PartSummary, Summary};
use serde_json::{Map, Value, json};

/// The document for one model; `task` names a subset.
pub fn results(summary: &Summary, model: &str, task: impl Fn(&Part) -> String) -> Value {
    let mut found = json!({
        "results": {}, "group_subtasks": {}, "configs": {}, "versions": {}, "n-shot": {},
        "higher_is_better": {}, "n-samples": {},
        "config": {"model": model, "model_args": null, "random_seed": summary.seed},
        "model_source": "evalscope-rs",
        "model_name": model,
        "model_name_sanitized": sanitized(model),
        "start_time": null, "end_time": null,
    });
    for benchmark in summary.benchmarks.iter().filter(|benchmark| benchmark.model == model) {
        let mut tasks = Vec::new();
        for subset in &benchmark.subsets {
            let part = Part { model: model.into(), benchmark: benchmark.name(), subset: subset.name.clone() };
            let name = task(&part);
            add(&mut found, benchmark, subset, &name);
            tasks.push(name);
        }
        if tasks.len() > 1 {
            found["group_subtasks"][benchmark.name()] = json!(tasks);
        }
    }
    found
}

fn add(found: &mut Value, benchmark: &BenchmarkSummary, subset: &PartSummary, task: &str) {
    let mut scores = Map::new();
    scores.insert("alias".into(), task.into());
    scores.insert("sample_len".into(), subset.counts.scored.into());
    for metric in &subset.metrics {
        scores.insert(format!("{},none", metric.name), metric.score.map_or(Value::Null, numbers::to_json));
        // lm-eval writes this word where there is none.
        let error = metric.standard_error.map_or_else(|| "N/A".into(), numbers::to_json);
        scores.insert(format!("{}_stderr,none", metric.name), error);
    }
    let directions: Map<String, Value> =
        subset.metrics.iter().map(|metric| (metric.name.clone(), metric.higher_is_better.into())).collect();
    found["results"][task] = scores.into();
    found["configs"][task] =
        json!({"task": task, "metadata": {"protocol": benchmark.name(), "subset": subset.name}});
    found["versions"][task] = benchmark.protocol.as_str().into();
    found["higher_is_better"][task] = directions.into();
    found["n-samples"][task] = json!({"original": subset.counts.planned, "effective": subset.counts.scored});
}

/// As lm-eval makes a file name of a model's.
fn sanitized(model: &str) -> String {
    let mut name = String::new();
    let mut was_odd = false;
    for c in model.chars() {
        let is_odd = "\"<>:/|\\?*[]".contains(c);
        match (is_odd, was_odd) {
            (false, _) => name.push(c),
            (true, false) => name.push_str("__"),
            (true, true) => {}
        }
        was_odd = is_odd;
    }
    name
}
