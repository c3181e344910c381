//! What the list of runs shows of a run, a load test or an arena.

use serde::Serialize;
use serde_json::{Value, json};
use std::path::Path;

/// A run in the list.
#[derive(Debug, Clone, Default, Serialize)]
pub struct RunRow {
    /// Its path below the folder.
    pub id: String,
    /// `run`, `perf`, `arena` or `foreign`.
    pub kind: &'static str,
    /// The program that wrote it, of another program's.
    pub form: Option<&'static str>,
    /// How it stands.
    pub status: Option<String>,
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

impl RunRow {
    /// A row of this kind of which nothing else is known.
    pub fn new(id: &str, kind: &'static str) -> RunRow {
        RunRow { id: id.to_owned(), kind, ..RunRow::default() }
    }

    /// Whether it runs now.
    pub fn is_running(&self) -> bool {
        self.status.as_deref() == Some("running")
    }

    /// Whether it runs now, or may at any moment without a word in its files: a process that goes on with it takes its lock.
    pub fn may_run(&self) -> bool {
        matches!(self.status.as_deref(), Some("running" | "interrupted"))
    }

    /// The row of a load test with this `summary.json`.
    pub fn of_load_test(id: &str, summary: &Value) -> RunRow {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let mut row = RunRow::new(id, "perf");
        let Some(stages) = summary["stages"].as_array() else {
            row.error = Some("summary.json is not that of a load test".into());
            return row;
        };
        row.started_at = text(&summary["began_at"]);
        row.models = text(&summary["model"]).into_iter().collect();
        row.benchmarks = stages.iter().filter_map(|stage| text(&stage["name"])).collect();
        row.counts = json!({"url": summary["url"]});
        row
    }

    /// The row of an arena with this `leaderboard.json`.
    pub fn of_arena(id: &str, found: &Value) -> RunRow {
        let board = &found["leaderboard"];
        let rated = board["rated"]["ratings"].as_array().into_iter().flatten();
        let mut row = RunRow::new(id, "arena");
        row.models = rated.filter_map(|rating| rating["model"].as_str().map(str::to_owned)).collect();
        if let Some(scores) = board["scores"].as_object().filter(|_| row.models.is_empty()) {
            row.models = scores.keys().cloned().collect();
        }
        row
    }
}

/// The name by which a file calls what stands in this folder.
pub fn name_of(folder: &Path) -> String {
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    whole.file_name().map_or_else(|| "run".to_owned(), |name| name.to_string_lossy().into_owned())
}
