//! What a load test leaves: rows as they end, the table that EvalScope's users know, and figures to read.

pub mod columns;
pub mod database;
pub mod export;
pub mod page;
pub mod prometheus;
pub mod rows;
pub mod table;

use crate::error::Error;
use crate::measure::PerfSummary;
use std::path::Path;

/// Writes all files of a finished test.
pub fn write(folder: &Path, summary: &PerfSummary) -> Result<(), Error> {
    let json = folder.join("summary.json");
    let text = serde_json::to_string_pretty(summary).map_err(Error::file("write", &json))?;
    let mut table: String = summary.stages.iter().map(|stage| table::stage(stage) + "\n").collect();
    table.push_str(&table::overview(&summary.stages));
    let files = [
        ("summary.json", text + "\n"),
        ("performance_summary.txt", table),
        ("metrics.prom", prometheus::text(summary)),
        ("perf_report.html", page::html(summary)),
    ];
    std::fs::create_dir_all(folder).map_err(Error::file("create", folder))?;
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(Error::file("write", &path))?;
    }
    Ok(())
}
