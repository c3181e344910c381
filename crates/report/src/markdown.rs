//! The summary as Markdown, every subset in it.

use crate::markdown_text::{code, escape};
use crate::measures::Usage;
use crate::notes::notes;
use crate::provenance::provenance;
use crate::rows::{Detail, Row, mix_rows, rows};
use crate::serving;
use crate::summary::{BenchmarkSummary, CollectionSummary, Summary};
use crate::text::{interval, number, thousands, warnings};

/// Headings of the tables of scores.
const HEADINGS: &str =
    "| | metric | n | score | ± se | 95 % interval | errors |\n|---|---|--:|--:|--:|--:|--:|\n";

/// The summary as Markdown.
pub fn markdown(summary: &Summary) -> String {
    let mut out = String::new();
    for warning in warnings(summary) {
        out.push_str(&format!("**{}**\n\n", escape(&warning)));
    }
    out.push_str("# Evaluation report\n\n");
    out.push_str(&format!(
        "{} of {} planned samples scored. Started {}{}, {}.\n",
        thousands(summary.counts.scored),
        thousands(summary.counts.planned),
        summary.started_at,
        summary.ended_at.as_ref().map(|end| format!(", ended {end}")).unwrap_or_default(),
        escape(&summary.program),
    ));
    for benchmark in &summary.benchmarks {
        section(benchmark, &mut out);
    }
    for collection in &summary.collections {
        mix(collection, &mut out);
    }
    out.push_str(
        "\nA score is the mean over the scored samples; failed calls are in no score. The interval is Wilson's for \
         metrics of 0 and 1, else mean ± 1.96 standard errors.\n",
    );
    out.push_str(&serving(summary));
    out.push_str(&provenance(summary));
    out
}

/// Tokens, cost and times of all models.
fn serving(summary: &Summary) -> String {
    let table = serving::markdown(summary, escape);
    let probes: String =
        serving::probes(summary).iter().map(|line| format!("\n{}.\n", escape(&capital(line)))).collect();
    table.map_or_else(String::new, |table| {
        format!("\n## Serving\n\n{}.\n\n{table}{probes}", capital(serving::CAPTION))
    })
}

fn capital(text: &str) -> String {
    let (first, rest) = text.split_at(text.chars().next().map_or(0, char::len_utf8));
    format!("{}{rest}", first.to_uppercase())
}

fn section(benchmark: &BenchmarkSummary, out: &mut String) {
    out.push_str(&format!("\n## {} on {}\n\n", escape(&benchmark.title), escape(&benchmark.model)));
    out.push_str(&format!(
        "Benchmark `{}`, protocol `{}`.\n\n",
        code(&benchmark.benchmark),
        code(&benchmark.protocol)
    ));
    out.push_str(HEADINGS);
    for row in rows(benchmark, Detail::Full) {
        out.push_str(&line(&row));
    }
    for note in notes(benchmark) {
        out.push_str(&format!("\n{}.\n", escape(&note)));
    }
    out.push_str(&format!("\n{}\n", usage(&benchmark.usage)));
}

/// A mix of benchmarks. Its samples are in the sections of its benchmarks too.
fn mix(collection: &CollectionSummary, out: &mut String) {
    let (name, model) = (escape(&collection.whole.name), escape(&collection.model));
    out.push_str(&format!("\n## Mix {name} on {model}\n\n{HEADINGS}"));
    mix_rows(collection).iter().for_each(|row| out.push_str(&line(row)));
    out.push_str(
        "\nMicro is the mean over samples, macro over subsets, weighted over benchmarks by their weights.\n",
    );
}

fn line(row: &Row) -> String {
    let indent = "&emsp;".repeat(row.depth);
    let Some(cells) = &row.cells else { return format!("| {indent}{} | | | | | | |\n", escape(&row.name)) };
    let metric = cells.metric;
    format!(
        "| {indent}{} | {} | {} | {} | {} | {} | {} |\n",
        escape(&row.name),
        escape(&metric.name),
        thousands(metric.n),
        number(metric.score),
        number(metric.standard_error),
        interval(metric.interval_95),
        thousands(cells.counts.failed),
    )
}

fn usage(usage: &Usage) -> String {
    let mut parts =
        vec![format!("{} calls, {} failed", thousands(usage.calls), thousands(usage.failed_calls))];
    if usage.cached_calls > 0 {
        parts.push(format!("{} from the response cache", thousands(usage.cached_calls)));
    }
    if let Some(tokens) = usage.tokens {
        parts.push(format!("{} tokens in, {} out", thousands(tokens.input), thousands(tokens.output)));
    }
    if let Some(latency) = usage.latency {
        parts.push(format!("latency p50 {:.0} ms, p95 {:.0} ms", latency.p50_ms, latency.p95_ms));
    }
    format!("{}.", parts.join("; "))
}
