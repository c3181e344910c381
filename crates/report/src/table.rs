//! The summary as a table for a terminal.

use crate::columns::{columns, cut, wrap};
use crate::grid::{Column, lay_out, total};
use crate::notes::judged;
use crate::rows::{Detail, Row, mix_rows, rows};
use crate::serving;
use crate::summary::Summary;
use crate::text::{interval, number, plain, thousands, warnings};

/// The name column is not made narrower than this to keep other columns.
const NARROW_NAME: usize = 16;
/// Heading of the protocols.
const PROTOCOL: &str = "protocol";
/// Columns in the order in which they are left out of a narrow table, by heading.
const LEFT_OUT: [&str; 5] = ["metric", PROTOCOL, "± se", "errors", "95 % interval"];

/// The summary as a table at most `width` columns wide. What a reader must know first stands above it.
pub fn table(summary: &Summary, width: usize) -> String {
    let mut out = String::new();
    for warning in warnings(summary) {
        out.push_str(&format!("{warning}\n"));
    }
    let mut models: Vec<&str> = summary.benchmarks.iter().map(|benchmark| benchmark.model.as_str()).collect();
    models.dedup();
    for model in models {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&format!("{}\n", cut(&plain(model), width)));
        let of_model = summary.benchmarks.iter().filter(|benchmark| benchmark.model == model);
        let mut rows: Vec<Row> = of_model.flat_map(|benchmark| rows(benchmark, Detail::Short)).collect();
        let mixes = summary.collections.iter().filter(|collection| collection.model == model);
        rows.extend(mixes.flat_map(mix_rows));
        let alone = |place: usize| rows[place].cells.is_none().then(|| indented(&rows[place]));
        out.push_str(&lay_out(&fitting(&rows, width), width, alone));
        // Whole: half a sentence about a judge would mislead.
        for benchmark in summary.benchmarks.iter().filter(|benchmark| benchmark.model == model) {
            judged(benchmark)
                .iter()
                .for_each(|line| out.push_str(&format!("{}: {line}\n", plain(&benchmark.benchmark))));
        }
        if let Some(figure) = summary.nondeterminism.get(model).filter(|figure| figure.differing > 0) {
            out.push_str(&format!("{}\n", wrap(&figure.sentence(), width)));
        }
    }
    if let Some(serving) = serving::table(summary, width) {
        out.push_str(&format!("\n{serving}"));
        for line in serving::probes(summary) {
            out.push_str(&format!("{}\n", wrap(&line, width)));
        }
    }
    out
}

/// The columns that fit into `width`. A protocol that has no column of its own stands behind the benchmark.
fn fitting(rows: &[Row], width: usize) -> Vec<Column> {
    let mut shown = make_columns(rows);
    let mut narrow_name = NARROW_NAME;
    for heading in LEFT_OUT {
        if total(&shown, shown[0].width().min(narrow_name)) <= width {
            break;
        }
        shown.retain(|column| column.heading != heading);
        if heading == PROTOCOL {
            shown[0].cells = rows.iter().map(|row| name_with_protocol(row).unwrap_or_default()).collect();
            narrow_name = narrow_name.max(widest_of_several(rows));
        }
    }
    shown
}

fn name_with_protocol(row: &Row) -> Option<String> {
    let protocol = row.cells.as_ref()?.protocol;
    if row.depth > 0 || protocol.is_empty() {
        return Some(indented(row));
    }
    Some(format!("{}@{}", row.name, plain(protocol)))
}

/// Width of the widest name among benchmarks that only their protocol tells apart; 0 when there are none.
fn widest_of_several(rows: &[Row]) -> usize {
    let is_one_of_several = |row: &&Row| {
        row.depth == 0 && rows.iter().filter(|other| other.depth == 0 && other.name == row.name).count() > 1
    };
    let names = rows.iter().filter(is_one_of_several).filter_map(name_with_protocol);
    names.map(|name| columns(&name)).max().unwrap_or(0)
}

fn indented(row: &Row) -> String {
    format!("{}{}", "  ".repeat(row.depth), row.name)
}

fn make_columns(rows: &[Row]) -> Vec<Column> {
    let column = |heading, is_number, cell: &dyn Fn(&Row) -> Option<String>| Column {
        heading,
        is_number,
        cells: rows.iter().map(|row| cell(row).unwrap_or_default()).collect(),
    };
    vec![
        column("benchmark", false, &|row| row.cells.as_ref().map(|_| indented(row))),
        column("metric", false, &|row| Some(plain(&row.cells.as_ref()?.metric.name))),
        column("n", true, &|row| Some(thousands(row.cells.as_ref()?.metric.n))),
        column("score", true, &|row| Some(number(row.cells.as_ref()?.metric.score))),
        column("± se", true, &|row| Some(number(row.cells.as_ref()?.metric.standard_error))),
        column("95 % interval", true, &|row| Some(interval(row.cells.as_ref()?.metric.interval_95))),
        column("errors", true, &|row| Some(thousands(row.cells.as_ref()?.counts.failed))),
        column(PROTOCOL, false, &|row| Some(plain(row.cells.as_ref()?.protocol))),
    ]
}
