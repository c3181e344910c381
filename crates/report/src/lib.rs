//! Turns a finished run folder into a summary, a table, Markdown, JSON and one HTML page.
//!
//! [`summarize`] reads the reviews and journals of a [`RunFolder`](evalscope_runs::RunFolder) once, line by line,
//! into a [`Summary`]; everything else is a form of that summary. Nothing here calls a model or reads the clock.

mod audits;
mod busy;
mod classic;
mod classic_metric;
mod collections;
mod columns;
pub mod compare;
pub mod diff;
mod error;
mod grid;
mod interval;
mod judge_meter;
mod judges;
mod markdown;
mod markdown_text;
mod measures;
mod meter;
mod notes;
pub mod page;
mod paired;
mod part;
mod probed;
mod provenance;
mod rows;
mod scoring;
mod serving;
mod summarize;
mod summary;
mod table;
mod tally;
mod text;
mod usage;
mod verdict;
mod write;

pub use audits::AuditSummary;
pub use classic::classic;
pub use error::Error;
pub use measures::{Cost, Latency, ModelUsage, ProbeUsage, Throughput, Tokens, Usage};
pub use summarize::{summarize, summarize_watched};
pub use summary::{
    Averages, BenchmarkSummary, ChoiceSummary, CollectionSummary, Counts, Health, MemberSubset,
    MemberSummary, MetricSummary, PartSummary, SUMMARY_VERSION, Summary,
};
pub use table::table;
pub use verdict::{Kind, Verdicts};
pub use write::{Written, report, write_all};
