//! Writes the reports of a run into its folder.

use crate::classic::classic;
use crate::error::Error;
use crate::markdown::markdown;
use crate::page::{Chosen, choose, run_page, run_row};
use crate::summarize::summarize;
use crate::summary::Summary;
use crate::table::table;
use evalscope_page::name_of;
use evalscope_runs::{RunFolder, write_file};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Width of the table that stands in for the page where scripts are off.
const TABLE_WIDTH: usize = 120;

/// Where the reports of a run are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The page for people.
    pub html: PathBuf,
    /// The same as Markdown.
    pub markdown: PathBuf,
    /// The summary as JSON.
    pub json: PathBuf,
    /// One report for each model and benchmark, in the form of EvalScope's.
    pub benchmarks: Vec<PathBuf>,
}

/// Summarises a run and writes its reports. The samples of the page are chosen meanwhile, on another thread: each reads the
/// whole run.
pub fn report(folder: &RunFolder) -> Result<(Summary, Written), Error> {
    let (summary, samples) = std::thread::scope(|threads| {
        let thread = std::thread::Builder::new().spawn_scoped(threads, || choose(folder));
        let summary = summarize(folder);
        let samples = match thread {
            Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            // The system gives no further thread.
            Err(_) => choose(folder),
        };
        (summary, samples)
    });
    let summary = summary?;
    let written = write_with(folder, &summary, samples)?;
    Ok((summary, written))
}

/// Writes every report of a run.
pub fn write_all(folder: &RunFolder, summary: &Summary) -> Result<Written, Error> {
    write_with(folder, summary, choose(folder))
}

/// The page is written last: samples that cannot be read take no other report with them.
fn write_with(
    folder: &RunFolder,
    summary: &Summary,
    samples: Result<Chosen, Error>,
) -> Result<Written, Error> {
    let reports = folder.reports_path();
    let mut written = Written {
        html: reports.join("report.html"),
        markdown: reports.join("report.md"),
        json: reports.join("summary.json"),
        benchmarks: Vec::new(),
    };
    for benchmark in &summary.benchmarks {
        let path = folder.report_path(&benchmark.model, &benchmark.name())?;
        write_json(&path, &classic(benchmark, &path))?;
        written.benchmarks.push(path);
    }
    write_json(&written.json, summary)?;
    write_file(&written.markdown, markdown(summary).as_bytes())?;
    write_file(&written.html, html(folder, summary, samples?)?.as_bytes())?;
    Ok(written)
}

/// The page of the web UI with the run inside.
fn html(folder: &RunFolder, summary: &Summary, samples: Chosen) -> Result<String, Error> {
    let value = serde_json::to_value(summary)
        .map_err(|error| Error::Form { form: "JSON", message: error.to_string() })?;
    let row = run_row(&name_of(folder.path()), folder, Some(&value));
    Ok(run_page(&row, folder, Some(&value), samples)?.html(&table(summary, TABLE_WIDTH)))
}

fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), Error> {
    let mut bytes = serde_json::to_vec_pretty(value)
        .map_err(|error| Error::Form { form: "JSON", message: error.to_string() })?;
    bytes.push(b'\n');
    Ok(write_file(path, &bytes)?)
}
