//! The header of an Inspect log: all of it but the samples.

use crate::carried::KEY;
use crate::numbers;
use evalscope_core::Limit;
use evalscope_report::{BenchmarkSummary, MetricSummary, Summary};
use evalscope_runs::Status;
use serde_json::{Value, json};

/// Version of Inspect's logs that this follows.
pub const LOG_VERSION: u32 = 2;

/// `header.json`.
pub fn header(summary: &Summary, benchmark: &BenchmarkSummary, id: &str, carried: &Value) -> Value {
    let ended_at = summary.ended_at.as_ref().unwrap_or(&summary.started_at);
    json!({
        "version": LOG_VERSION,
        "status": status(summary.status),
        "eval": eval(summary, benchmark, id, carried),
        "plan": {"name": "plan", "steps": [{"solver": "generate", "params": {}}], "config": {}},
        "results": results(benchmark),
        "stats": {
            "started_at": summary.started_at,
            "completed_at": ended_at,
            "model_usage": usage(benchmark),
        },
    })
}

/// `_journal/start.json`: what was known at the beginning.
pub fn start(header: &Value) -> Value {
    json!({"version": LOG_VERSION, "eval": header["eval"], "plan": header["plan"]})
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Finished | Status::Partial => "success",
        Status::Failed => "error",
        Status::Interrupted => "cancelled",
        Status::Running => "started",
    }
}

fn eval(summary: &Summary, benchmark: &BenchmarkSummary, id: &str, carried: &Value) -> Value {
    let limit = match summary.limit {
        Some(Limit::Count(count)) => Some(count),
        Some(Limit::Fraction(_)) | None => None,
    };
    let scorer = |metric: &MetricSummary| {
        json!({
            "name": metric.name,
            "options": {},
            "metrics": [{"name": "mean", "options": {}}, {"name": "stderr", "options": {}}],
            "metadata": {"higher_is_better": metric.higher_is_better},
        })
    };
    json!({
        "eval_id": id,
        "run_id": id,
        "task_id": id,
        "created": summary.started_at,
        "task": benchmark.name(),
        "task_version": benchmark.protocol,
        "task_display_name": benchmark.title,
        "task_attribs": {},
        "task_args": {},
        "dataset": {
            "name": benchmark.benchmark,
            "samples": benchmark.counts.planned / u64::from(summary.repeats.max(1)),
            "shuffled": false,
        },
        "model": benchmark.model,
        "model_args": {},
        "config": {"epochs": summary.repeats, "limit": limit},
        "packages": {},
        "metadata": {"program": summary.program, KEY: carried},
        "scorers": benchmark.metrics.iter().map(scorer).collect::<Vec<_>>(),
    })
}

fn results(benchmark: &BenchmarkSummary) -> Value {
    let value = |number: f64| numbers::to_json(number);
    let score = |metric: &MetricSummary| {
        let mut metrics = json!({});
        for (name, number) in [("mean", metric.score), ("stderr", metric.standard_error)] {
            if let Some(number) = number {
                metrics[name] = json!({"name": name, "value": value(number), "params": {}});
            }
        }
        json!({
            "name": metric.name,
            "scorer": metric.name,
            "scored_samples": metric.n,
            "unscored_samples": benchmark.counts.planned.saturating_sub(metric.n),
            "params": {},
            "metrics": metrics,
        })
    };
    json!({
        "total_samples": benchmark.counts.planned,
        "completed_samples": benchmark.counts.scored,
        "scores": benchmark.metrics.iter().map(score).collect::<Vec<_>>(),
    })
}

fn usage(benchmark: &BenchmarkSummary) -> Value {
    let Some(tokens) = benchmark.usage.tokens else { return json!({}) };
    let total = tokens.input.saturating_add(tokens.output);
    json!({(benchmark.model.as_str()): {
        "input_tokens": tokens.input,
        "output_tokens": tokens.output,
        "total_tokens": total,
    }})
}
