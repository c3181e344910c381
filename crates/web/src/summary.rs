//! The summary of a run: the one that the run wrote, or one made now and kept.

use crate::error::Error;
use crate::hash::short_hash;
use crate::index::fingerprint;
use crate::outputs::Outputs;
use evalscope_report::summarize;
use evalscope_runs::{RunFolder, Status, write_file};
use serde_json::{Value, json};

/// Bytes of a live run's files at most for a summary to be made while it runs; beyond, progress.json says enough.
const MAX_LIVE_BYTES: u64 = 64 << 20;

/// The summary that the run wrote, when it is still what the run says.
pub fn written(folder: &RunFolder) -> Option<Value> {
    let text = std::fs::read_to_string(folder.reports_path().join("summary.json")).ok()?;
    let summary: Value = serde_json::from_str(&text).ok()?;
    let state = folder.status();
    let is_current = summary["status"] == json!(state.status) && summary["ended_at"] == json!(state.ended_at);
    is_current.then_some(summary)
}

/// The summary of a run; none of one that is live and large.
pub fn summary(outputs: &Outputs, id: &str, folder: &RunFolder) -> Result<Option<Value>, Error> {
    if let Some(summary) = written(folder) {
        return Ok(Some(summary));
    }
    let is_live = folder.status().status == Status::Running;
    let (fingerprint, bytes) = fingerprint(folder)?;
    if is_live && bytes > MAX_LIVE_BYTES {
        return Ok(None);
    }
    let kept = outputs.derived(&format!("summary-{}.json", short_hash(id)))?;
    let text = std::fs::read_to_string(&kept).unwrap_or_default();
    if let Ok(mut kept) = serde_json::from_str::<Value>(&text)
        && kept["made_of"] == json!(fingerprint)
        && kept["summary"]["status"] == json!(folder.status().status)
    {
        return Ok(Some(kept["summary"].take()));
    }
    let failed = |error: serde_json::Error| Error::Internal { message: error.to_string() };
    let summary = serde_json::to_value(summarize(folder)?).map_err(failed)?;
    let text = json!({"made_of": fingerprint, "summary": summary}).to_string();
    write_file(&kept, text.as_bytes())?;
    Ok(Some(summary))
}
