//! `metrics.prom`: the figures in Prometheus' text format, for a textfile collector or a push gateway.

use crate::measure::{Figures, PerfSummary, StageSummary};
use std::fmt::Write;

/// A figure of a stage: its name, what it is, and its value.
pub type Figure = (&'static str, &'static str, fn(&StageSummary) -> Option<f64>);

/// The figures that exporters pass on, besides times.
pub const FIGURES: [Figure; 11] = [
    ("requests", "Measured requests.", |stage| Some(stage.requests.total as f64)),
    ("requests_ok", "Requests answered in full.", |stage| Some(stage.requests.ok as f64)),
    ("requests_failed", "Requests that failed.", |stage| Some(stage.requests.failed as f64)),
    ("duration_seconds", "From the first sending to the last end.", |stage| Some(stage.duration_s)),
    ("requests_per_second", "Requests answered in full per second.", |stage| {
        Some(stage.throughput.requests_per_s)
    }),
    ("output_tokens_per_second", "Tokens of answers per second.", |stage| {
        stage.throughput.output_tokens_per_s
    }),
    ("total_tokens_per_second", "Tokens of prompts and answers per second.", |stage| {
        stage.throughput.total_tokens_per_s
    }),
    ("goodput_requests_per_second", "Requests per second that kept their goals.", |stage| {
        stage.goodput.as_ref().map(|good| good.requests_per_s)
    }),
    ("goodput_share", "Share of requests that kept their goals.", |stage| {
        stage.goodput.as_ref().map(|good| good.share)
    }),
    ("cached_share", "Share of prompt tokens that the server had cached.", |stage| stage.tokens.cached_share),
    ("valid", "1 when the figures are the server's.", |stage| {
        Some(f64::from(u8::from(stage.invalid.is_empty())))
    }),
];

/// The times that exporters pass on.
pub fn times(stage: &StageSummary) -> Vec<(&'static str, &Figures)> {
    let latency = &stage.latency;
    let all = [
        ("ttft_ms", &latency.ttft_ms),
        ("tpot_ms", &latency.tpot_ms),
        ("itl_ms", &latency.itl_ms),
        ("chunk_gap_ms", &latency.chunk_gap_ms),
        ("e2e_ms", &latency.e2e_ms),
        ("ttft_from_schedule_ms", &latency.ttft_from_schedule_ms),
        ("e2e_from_schedule_ms", &latency.e2e_from_schedule_ms),
        ("connect_ms", &latency.connect_ms),
    ];
    all.into_iter().filter_map(|(name, figures)| Some((name, figures.as_ref()?))).collect()
}

/// The text.
pub fn text(summary: &PerfSummary) -> String {
    let mut text = String::new();
    for (name, help, value) in &FIGURES {
        let _ = writeln!(text, "# HELP evalscope_perf_{name} {help}\n# TYPE evalscope_perf_{name} gauge");
        for (stage, labels) in labelled(summary) {
            if let Some(value) = value(stage) {
                let _ = writeln!(text, "evalscope_perf_{name}{{{labels}}} {value}");
            }
        }
    }
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in summary.stages.iter().flat_map(times) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    for name in names {
        let _ = writeln!(text, "# TYPE evalscope_perf_{name} summary");
        for (stage, labels) in labelled(summary) {
            let Some((_, figures)) = times(stage).into_iter().find(|(own, _)| *own == name) else { continue };
            for (percentile, found) in &figures.percentiles {
                let share = percentile.trim_start_matches('p').parse::<f64>().unwrap_or_default() / 100.0;
                let value = found.value;
                let _ = writeln!(text, "evalscope_perf_{name}{{{labels},quantile=\"{share}\"}} {value}");
            }
            let (sum, count) = (figures.mean * figures.count as f64, figures.count);
            let _ = writeln!(text, "evalscope_perf_{name}_sum{{{labels}}} {sum}");
            let _ = writeln!(text, "evalscope_perf_{name}_count{{{labels}}} {count}");
        }
    }
    text
}

fn labelled(summary: &PerfSummary) -> impl Iterator<Item = (&StageSummary, String)> {
    summary.stages.iter().map(|stage| {
        let labels =
            [("model", &summary.model), ("load", &stage.name), ("repeat", &stage.repeat.to_string())]
                .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)));
        (stage, labels.join(","))
    })
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    #[test]
    fn labels_cannot_be_broken_out_of() {
        assert_eq!(super::escaped("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
    }
}
