//! What calls took, as a small table beside the scores: tokens, money, times, speed.

use crate::columns::cut;
use crate::grid::{Column, lay_out, total};
use crate::measures::{Cost, Latency, ModelUsage, Throughput, Tokens, Usage};
use crate::summary::{BenchmarkSummary, Summary};
use crate::text::{number, plain, thousands, time};
use evalscope_core::{Amount, Money};

/// What stands above the table.
pub const CAPTION: &str = "tokens, cost and times, as the client saw them at the concurrency of the run";
/// What stands before a benchmark's name.
const PART: &str = "· ";
/// The name column is not made narrower than this to keep other columns.
const NARROW_NAME: usize = 12;
/// Columns in the order in which they are left out of a narrow table, by heading.
const LEFT_OUT: [&str; 13] = [
    "itl p95",
    "ttft p95",
    "itl p50",
    "in/sample",
    "out/sample",
    "tok/s a reply",
    "per right",
    "samples/s",
    "in",
    "out",
    "p95",
    "score",
    "ttft p50",
];

/// One row: a model, or one of several benchmarks under it.
struct Row<'a> {
    name: String,
    score: Option<f64>,
    usage: &'a Usage,
}

/// The table, at most `width` columns wide; none when no call says what it took.
pub fn table(summary: &Summary, width: usize) -> Option<String> {
    let mut shown = columns(summary)?;
    for heading in LEFT_OUT {
        if total(&shown, shown[0].width().min(NARROW_NAME)) <= width {
            break;
        }
        shown.retain(|column| column.heading != heading);
    }
    Some(format!("{}\n{}", cut(CAPTION, width), lay_out(&shown, width, |_| None)))
}

/// The same as Markdown, all columns in it.
pub fn markdown(summary: &Summary, escape: fn(&str) -> String) -> Option<String> {
    let shown = columns(summary)?;
    let row = |text: &dyn Fn(&Column) -> String| {
        let cells: Vec<String> = shown.iter().map(|column| escape(&text(column))).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let mut out = row(&|column| column.heading.to_owned());
    let lines: Vec<&str> = shown.iter().map(|column| if column.is_number { "--:" } else { "---" }).collect();
    out.push_str(&format!("|{}|\n", lines.join("|")));
    for place in 0..shown[0].cells.len() {
        out.push_str(&row(&|column| column.cells[place].clone()));
    }
    Some(out)
}

/// What looking at the endpoints took before the run, one line a model. It is in no row of the table.
pub fn probes(summary: &Summary) -> Vec<String> {
    let line = |total: &ModelUsage| {
        let probe = total.probe.as_ref()?;
        let cost = probe.cost.as_ref().and_then(|cost| Some(format!(", {}", money(cost, cost.spent?))));
        let (input, output) = (thousands(probe.input), thousands(probe.output));
        let (model, cost) = (plain(&total.model), cost.unwrap_or_default());
        Some(format!("besides, the probe of {model} took {input} tokens in, {output} out{cost}"))
    };
    summary.totals.iter().filter_map(line).collect()
}

/// The columns that have something in them, the name first.
fn columns(summary: &Summary) -> Option<Vec<Column>> {
    let rows: Vec<Row> = summary.totals.iter().flat_map(|total| rows(summary, total)).collect();
    let mut columns = vec![Column {
        heading: "model",
        is_number: false,
        cells: rows.iter().map(|row| row.name.clone()).collect(),
    }];
    for (heading, cell) in CELLS {
        let cells: Vec<String> = rows.iter().map(|row| cell(row).unwrap_or_default()).collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            columns.push(Column { heading, is_number: true, cells });
        }
    }
    // A score alone is no news.
    (columns.len() > 2).then_some(columns)
}

/// A model, and its benchmarks when there are several; nothing when there is nothing to show of it.
fn rows<'a>(summary: &'a Summary, total: &'a ModelUsage) -> Vec<Row<'a>> {
    let of_model: Vec<&BenchmarkSummary> =
        summary.benchmarks.iter().filter(|benchmark| benchmark.model == total.model).collect();
    let measured = of_model.iter().filter(|benchmark| is_measured(&benchmark.usage));
    let parts = measured.map(|benchmark| {
        let alike = of_model.iter().filter(|other| other.benchmark == benchmark.benchmark).count();
        let name = format!("{PART}{}", name(benchmark, alike));
        Row { name, score: benchmark.score, usage: &benchmark.usage }
    });
    let parts: Vec<Row> = parts.collect();
    if parts.is_empty() {
        return Vec::new();
    }
    // The scores of different benchmarks have no mean.
    let only = if let [only] = of_model.as_slice() { Some(*only) } else { None };
    let whole = Row {
        name: plain(&total.model),
        score: only.and_then(|benchmark| benchmark.score),
        usage: &total.usage,
    };
    std::iter::once(whole).chain(parts.into_iter().filter(|_| only.is_none())).collect()
}

/// Whether there is something to show. Comparisons by likelihood bring neither counts nor times.
fn is_measured(usage: &Usage) -> bool {
    let is_known = usage.cost.as_ref().is_some_and(|cost| cost.spent.is_some());
    usage.tokens.is_some() || usage.latency.is_some() || usage.calls > 0 && is_known
}

/// A benchmark's name, with its protocol where several have the name.
fn name(benchmark: &BenchmarkSummary, alike: usize) -> String {
    plain(&if alike > 1 { benchmark.name() } else { benchmark.benchmark.clone() })
}

/// A column: its heading, and what a row has in it.
type Cell = (&'static str, fn(&Row) -> Option<String>);

const CELLS: [Cell; 16] = [
    ("score", |row| row.score.map(|score| number(Some(score)))),
    ("in", |row| tokens(row).map(|tokens| thousands(tokens.input))),
    ("out", |row| tokens(row).map(|tokens| thousands(tokens.output))),
    ("in/sample", |row| tokens(row).map(|tokens| format!("{:.1}", tokens.input_per_sample))),
    ("out/sample", |row| tokens(row).map(|tokens| format!("{:.1}", tokens.output_per_sample))),
    ("cost", |row| spent(row.usage)),
    ("per right", |row| row.usage.cost.as_ref().and_then(|cost| Some(money(cost, cost.per_correct?)))),
    ("p50", |row| latency(row).map(|latency| time(latency.p50_ms))),
    ("p95", |row| latency(row).map(|latency| time(latency.p95_ms))),
    ("ttft p50", |row| latency(row)?.ttft_p50_ms.map(time)),
    ("ttft p95", |row| latency(row)?.ttft_p95_ms.map(time)),
    ("itl p50", |row| latency(row)?.itl_p50_ms.map(time)),
    ("itl p95", |row| latency(row)?.itl_p95_ms.map(time)),
    ("tok/s a reply", |row| latency(row)?.stream_tokens_per_s.map(speed)),
    ("samples/s", |row| throughput(row).map(|throughput| speed(throughput.samples_per_s))),
    ("tok/s", |row| throughput(row)?.output_tokens_per_s.map(speed)),
];

fn tokens(row: &Row) -> Option<Tokens> {
    row.usage.tokens
}

fn latency(row: &Row) -> Option<Latency> {
    row.usage.latency
}

fn throughput(row: &Row) -> Option<Throughput> {
    row.usage.throughput
}

/// What was spent, at least so much when the tokens of some replies were not counted.
pub fn spent(usage: &Usage) -> Option<String> {
    let cost = usage.cost.as_ref()?;
    let Some(amount) = cost.spent else { return Some("unknown".into()) };
    let bound = if usage.uncounted_calls > 0 { "≥ " } else { "" };
    Some(format!("{bound}{}", money(cost, amount)))
}

/// An amount in the currency of a cost, as people read it.
fn money(cost: &Cost, amount: Amount) -> String {
    Money { amount, currency: cost.currency.clone() }.to_string()
}

fn speed(value: f64) -> String {
    if value < 100.0 { format!("{value:.1}") } else { thousands(value.round() as u64) }
}
