//! The list of runs, with what is worth a look at a glance.

use crate::arena::leaderboard;
use crate::launch::Launched;
use crate::outputs::{Found, FoundKind, Outputs};
use crate::summary::written;
use crate::tags;
use evalscope_runs::{RunFolder, Status};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// Files whose change changes a row.
const WATCHED: [&str; 5] =
    ["run.json", "tags.json", "reports/summary.json", "summary.json", "leaderboard.json"];

/// The rows that were made, with the times of the files that they are made of.
#[derive(Default)]
pub struct Listing(Mutex<HashMap<String, (Stamp, RunRow)>>);

type Stamp = [Option<SystemTime>; WATCHED.len()];

/// A run in the list.
#[derive(Debug, Clone, Serialize)]
pub struct RunRow {
    /// Its path below the folder.
    pub id: String,
    /// `run`, `perf`, `arena` or `foreign`.
    pub kind: &'static str,
    /// The program that wrote it, of another program's.
    pub form: Option<&'static str>,
    /// How it stands.
    pub status: Option<Status>,
    /// When it began, UTC.
    pub started_at: Option<String>,
    /// When it ended, UTC.
    pub ended_at: Option<String>,
    /// The models.
    pub models: Vec<String>,
    /// Benchmarks with protocol; of a load test its stages.
    pub benchmarks: Vec<String>,
    /// The main score of each benchmark and model.
    pub scores: Vec<Value>,
    /// Planned, scored and failed samples.
    pub counts: Value,
    /// What it cost.
    pub cost: Value,
    /// The words that people put on it.
    pub tags: Vec<String>,
    /// How far it is, of a live run.
    pub progress: Value,
    /// Whether it was started from this page and runs.
    pub launched: bool,
    /// Why it cannot be read.
    pub error: Option<String>,
}

impl Listing {
    /// All rows, the latest first.
    pub fn all(&self, outputs: &Outputs, launched: &Launched) -> Vec<RunRow> {
        let found = outputs.scan();
        let mut rows: Vec<RunRow> = found.iter().map(|found| self.row(found, launched)).collect();
        rows.sort_by(|a, b| b.started_at.cmp(&a.started_at).then_with(|| b.id.cmp(&a.id)));
        rows
    }

    /// The row of one run.
    pub fn row(&self, found: &Found, launched: &Launched) -> RunRow {
        let stamp = stamp(&found.path);
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&found.id).cloned();
        let mut row = match known {
            Some((of, row)) if of == stamp && row.status != Some(Status::Running) => row,
            _ => make(found),
        };
        row.launched = launched.is_running(&found.id);
        if row.status == Some(Status::Running) {
            row.progress = progress(&found.path);
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(found.id.clone(), (stamp, row.clone()));
        row
    }
}

/// What `progress.json` of the run in this folder says.
pub fn progress(folder: &Path) -> Value {
    let text = std::fs::read_to_string(folder.join("progress.json")).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

fn stamp(folder: &Path) -> Stamp {
    WATCHED.map(|name| folder.join(name).metadata().ok()?.modified().ok())
}

fn make(found: &Found) -> RunRow {
    let mut row = RunRow {
        id: found.id.clone(),
        kind: "run",
        form: None,
        status: None,
        started_at: None,
        ended_at: None,
        models: Vec::new(),
        benchmarks: Vec::new(),
        scores: Vec::new(),
        counts: Value::Null,
        cost: Value::Null,
        tags: tags::read(&found.path),
        progress: Value::Null,
        launched: false,
        error: None,
    };
    match found.kind {
        FoundKind::Run => match RunFolder::open(&found.path) {
            Ok(folder) => of_run(&mut row, &folder),
            Err(error) => row.error = Some(error.to_string()),
        },
        FoundKind::Perf => {
            row.kind = "perf";
            of_perf(&mut row, &found.path);
        }
        FoundKind::Arena => {
            row.kind = "arena";
            of_arena(&mut row, &found.path);
        }
        FoundKind::Foreign(format) => {
            row.kind = "foreign";
            row.form = Some(format.title);
        }
    }
    row
}

fn of_run(row: &mut RunRow, folder: &RunFolder) {
    let state = folder.status();
    row.status = Some(state.status);
    row.started_at = Some(state.started_at);
    row.ended_at = state.ended_at;
    row.models = folder.plan().models.iter().map(|model| model.id.clone()).collect();
    row.benchmarks = folder.plan().benchmarks.iter().map(|planned| planned.name.clone()).collect();
    row.counts = json!({"planned": folder.plan().samples()});
    if let Some(summary) = written(folder) {
        row.counts = summary["counts"].clone();
        row.scores = summary["benchmarks"].as_array().into_iter().flatten().map(score).collect();
        row.cost = summary["totals"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|of| of["usage"]["cost"].clone())
            .collect();
    }
}

/// What the list shows of a benchmark's summary.
fn score(benchmark: &Value) -> Value {
    let main = &benchmark["metrics"][0];
    json!({
        "model": benchmark["model"],
        "benchmark": benchmark["benchmark"],
        "protocol": benchmark["protocol"],
        "metric": benchmark["metric"],
        "score": benchmark["score"],
        "interval_95": main["interval_95"],
        "range": main["range"],
    })
}

fn of_perf(row: &mut RunRow, path: &Path) {
    let text = std::fs::read_to_string(path.join("summary.json")).unwrap_or_default();
    match serde_json::from_str::<Value>(&text) {
        Ok(summary) if summary["stages"].is_array() => {
            row.started_at = summary["began_at"].as_str().map(str::to_owned);
            row.models = summary["model"].as_str().map(str::to_owned).into_iter().collect();
            let stages = summary["stages"].as_array().into_iter().flatten();
            row.benchmarks = stages.filter_map(|stage| stage["name"].as_str().map(str::to_owned)).collect();
            row.counts = json!({"url": summary["url"]});
        }
        _ => row.error = Some("summary.json is not that of a load test".into()),
    }
}

fn of_arena(row: &mut RunRow, path: &Path) {
    match leaderboard(&path.join("leaderboard.json")) {
        Ok(found) => {
            let board = &found["leaderboard"];
            let rated = board["rated"]["ratings"].as_array().into_iter().flatten();
            row.models = rated.filter_map(|rating| rating["model"].as_str().map(str::to_owned)).collect();
            if let Some(scores) = board["scores"].as_object().filter(|_| row.models.is_empty()) {
                row.models = scores.keys().cloned().collect();
            }
        }
        Err(error) => row.error = Some(error.to_string()),
    }
}
