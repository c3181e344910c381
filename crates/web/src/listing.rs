//! The list of runs, with what is worth a look at a glance.

use crate::launch::Launched;
use crate::outputs::{Found, FoundKind, Outputs};
use crate::tags;
use evalscope_page::RunRow;
use evalscope_report::page::{leaderboard, progress, run_row, written};
use evalscope_runs::RunFolder;
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
            Some((of, row)) if of == stamp && !row.may_run() => row,
            _ => make(found),
        };
        row.launched = launched.is_running(&found.id);
        if row.is_running() {
            row.progress = progress(&found.path);
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(found.id.clone(), (stamp, row.clone()));
        row
    }
}

fn stamp(folder: &Path) -> Stamp {
    WATCHED.map(|name| folder.join(name).metadata().ok()?.modified().ok())
}

fn make(found: &Found) -> RunRow {
    let mut row = read(found);
    row.tags = tags::read(&found.path);
    row
}

fn read(found: &Found) -> RunRow {
    let broken =
        |kind: &'static str, error: String| RunRow { error: Some(error), ..RunRow::new(&found.id, kind) };
    match found.kind {
        FoundKind::Run => match RunFolder::open(&found.path) {
            Ok(folder) => run_row(&found.id, &folder, written(&folder).as_ref()),
            Err(error) => broken("run", error.to_string()),
        },
        FoundKind::Perf => {
            let text = std::fs::read_to_string(found.path.join("summary.json")).unwrap_or_default();
            RunRow::of_load_test(&found.id, &serde_json::from_str(&text).unwrap_or_default())
        }
        FoundKind::Arena => match leaderboard(&found.path.join("leaderboard.json")) {
            Ok(board) => RunRow::of_arena(&found.id, &board),
            Err(error) => broken("arena", error.to_string()),
        },
        FoundKind::Foreign(format) => {
            RunRow { form: Some(format.title), ..RunRow::new(&found.id, "foreign") }
        }
    }
}
