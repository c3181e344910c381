//! What the page of a run shows.

use crate::error::Error;
use crate::page::choose::Chosen;
use evalscope_page::{PageFile, RunRow};
use evalscope_runs::RunFolder;
use serde_json::{Value, json};
use std::path::Path;

/// Options that are folders of this machine or hold command lines and what is set in them.
const LEFT_OUT: [&str; 5] = ["directory", "work_dir", "dataset_dir", "model_args", "serve"];

/// The row of a run; with a summary its scores too.
pub fn run_row(id: &str, folder: &RunFolder, summary: Option<&Value>) -> RunRow {
    let (state, plan) = (folder.status(), folder.plan());
    let mut row = RunRow::new(id, "run");
    row.status = json!(state.status).as_str().map(str::to_owned);
    row.started_at = Some(state.started_at);
    row.ended_at = state.ended_at;
    row.models = plan.models.iter().map(|model| model.id.clone()).collect();
    row.benchmarks = plan.benchmarks.iter().map(|planned| planned.name.clone()).collect();
    row.counts = json!({"planned": plan.samples()});
    if let Some(summary) = summary {
        row.counts = summary["counts"].clone();
        row.scores = summary["benchmarks"].as_array().into_iter().flatten().map(score).collect();
        let totals = summary["totals"].as_array().into_iter().flatten();
        row.cost = totals.map(|of| of["usage"]["cost"].clone()).collect();
    }
    row
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

/// What the page of a run shows.
pub fn run_reply(row: &RunRow, folder: &RunFolder, summary: Option<&Value>) -> Result<Value, Error> {
    Ok(json!({
        "run": row,
        "state": folder.status(),
        "samples": folder.plan().samples(),
        "summary": summary,
        // How far the making of the summary is, while it is made.
        "counting": null,
        "progress": progress(folder.path()),
        "manifest": folder.manifest()?,
        // Without what was given nothing is wrong with a run.
        "options": folder.given().unwrap_or_default(),
        "plan": folder.plan(),
    }))
}

/// The run as one file: the page of the run, and as many of its samples as a page can hold. Images are not in it, nor where
/// things lie on this machine: it is sent to other people.
pub fn run_page(
    row: &RunRow,
    folder: &RunFolder,
    summary: Option<&Value>,
    samples: Chosen,
) -> Result<PageFile, Error> {
    let mut reply = run_reply(row, folder, summary)?;
    for name in ["options", "manifest", "plan"] {
        without_places(&mut reply[name]);
    }
    let benchmarks = reply["summary"]["benchmarks"].as_array_mut().into_iter().flatten();
    benchmarks.filter_map(|benchmark| benchmark.get_mut("source")).for_each(without_places);
    let mut page = PageFile::run(&row.id, &reply);
    samples.put(&mut page);
    Ok(page)
}

/// Leaves out what is given as a command line, and of each absolute path all but the last name.
fn without_places(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !LEFT_OUT.contains(&name.as_str()));
            fields.values_mut().for_each(without_places);
        }
        Value::Array(values) => values.iter_mut().for_each(without_places),
        Value::String(text) => {
            let is_path = Path::new(text.as_str()).is_absolute() && !text.contains('\n');
            if let Some(name) = Path::new(text.as_str()).file_name().filter(|_| is_path) {
                *text = format!("…/{}", name.to_string_lossy());
            }
        }
        _ => {}
    }
}

/// What `progress.json` of the run in this folder says.
pub fn progress(folder: &Path) -> Value {
    let text = std::fs::read_to_string(folder.join("progress.json")).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// The summary that the run wrote, when it is still what the run says.
pub fn written(folder: &RunFolder) -> Option<Value> {
    let text = std::fs::read_to_string(folder.reports_path().join("summary.json")).ok()?;
    let summary: Value = serde_json::from_str(&text).ok()?;
    let state = folder.status();
    let is_current = summary["status"] == json!(state.status) && summary["ended_at"] == json!(state.ended_at);
    is_current.then_some(summary)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_does_not_say_where_things_lie_on_this_machine() {
        let mut options = json!({
            "directory": "/made/up", "model": ["/made/up/models/small", "org/name"], "serve": "run --at /made/up",
            "data": {"files": [{"path": "/made/up/data/test.jsonl", "bytes": 7}]}, "url": "http://host/v1",
        });
        without_places(&mut options);
        let left = json!({
            "model": ["…/small", "org/name"], "data": {"files": [{"path": "…/test.jsonl", "bytes": 7}]},
            "url": "http://host/v1",
        });
        assert_eq!(options, left);
    }
}
