//! The rows of a report: benchmarks, their further metrics, categories and subsets.

use crate::notes::notes;
use crate::summary::{
    Averages, BenchmarkSummary, CollectionSummary, Counts, MemberSubset, MetricSummary, PartSummary,
};
use crate::text::plain;

/// How much of a benchmark is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Every subset.
    Full,
    /// Subsets only when there are few of them.
    Short,
}

/// Subsets beyond this are left out of the short form.
const FEW_SUBSETS: usize = 12;

/// One row.
#[derive(Debug)]
pub struct Row<'a> {
    /// 0 for benchmarks, 1 and 2 for what is in them.
    pub depth: usize,
    pub name: String,
    /// Absent in a row that only says something.
    pub cells: Option<Cells<'a>>,
}

/// What a row shows.
#[derive(Debug)]
pub struct Cells<'a> {
    pub metric: &'a MetricSummary,
    pub counts: Counts,
    pub protocol: &'a str,
}

/// The rows of one benchmark.
pub fn rows(benchmark: &BenchmarkSummary, detail: Detail) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for (place, metric) in benchmark.metrics.iter().enumerate() {
        let (depth, name) = if place == 0 {
            (0, plain(&benchmark.benchmark))
        } else {
            (1, format!("· {}", plain(&metric.name)))
        };
        let cells = Cells { metric, counts: benchmark.counts, protocol: &benchmark.protocol };
        rows.push(Row { depth, name, cells: Some(cells) });
    }
    if benchmark.metrics.is_empty() {
        rows.push(Row {
            depth: 0,
            name: format!("{} (no sample yet)", plain(&benchmark.benchmark)),
            cells: None,
        });
    }
    let hidden = detail == Detail::Short && benchmark.subsets.len() > FEW_SUBSETS;
    for category in &benchmark.categories {
        rows.extend(part(1, category));
        if !hidden {
            let of_category = |subset: &&PartSummary| subset.category.as_deref() == Some(&category.name);
            rows.extend(benchmark.subsets.iter().filter(of_category).filter_map(|subset| part(2, subset)));
        }
    }
    if hidden {
        let name = format!("{} subsets are in the report", benchmark.subsets.len());
        rows.push(Row { depth: 1, name, cells: None });
    } else if benchmark.subsets.len() > 1 {
        let alone = benchmark.subsets.iter().filter(|subset| subset.category.is_none());
        rows.extend(alone.filter_map(|subset| part(1, subset)));
    }
    if detail == Detail::Short {
        rows.extend(notes(benchmark).into_iter().map(|name| Row { depth: 1, name, cells: None }));
    }
    rows
}

/// The rows of a mix: its averages, its benchmarks, its kinds of task and tags.
pub fn mix_rows(collection: &CollectionSummary) -> Vec<Row<'_>> {
    let mut rows = Vec::from(averages(0, plain(&collection.whole.name), &collection.whole));
    for member in &collection.members {
        let name = format!("{:.3} × {}", member.weight, plain(&member.benchmark));
        rows.push(row(1, name, &member.metric, member.failed));
        if (2..=FEW_SUBSETS).contains(&member.subsets.len()) {
            for MemberSubset { name, failed, metric } in &member.subsets {
                rows.push(row(2, plain(name), metric, *failed));
            }
        }
    }
    for (what, parts) in [("task type", &collection.task_types), ("tag", &collection.tags)] {
        rows.extend(parts.iter().flat_map(|part| averages(1, format!("{what} {}", plain(&part.name)), part)));
    }
    rows
}

fn averages(depth: usize, name: String, averages: &Averages) -> [Row<'_>; 3] {
    [
        row(depth, name, &averages.micro, averages.failed),
        row(depth + 1, "· macro".to_owned(), &averages.macro_average, averages.failed),
        row(depth + 1, "· weighted".to_owned(), &averages.weighted, averages.failed),
    ]
}

fn row(depth: usize, name: String, metric: &MetricSummary, failed: u64) -> Row<'_> {
    let counts = Counts { failed, ..Counts::default() };
    Row { depth, name, cells: Some(Cells { metric, counts, protocol: "" }) }
}

fn part(depth: usize, part: &PartSummary) -> Option<Row<'_>> {
    let cells = Cells { metric: part.metrics.first()?, counts: part.counts, protocol: "" };
    Some(Row { depth, name: plain(&part.name), cells: Some(cells) })
}
