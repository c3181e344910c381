//! `progress.json` of a run.

use evalscope_runner::Progress;
use evalscope_runs::RunFolder;
use std::sync::{Mutex, PoisonError};
use std::time::{Instant, SystemTime};

/// Writes how far a run is; `status` is a word for how it stands.
pub(crate) fn write_progress(folder: &RunFolder, progress: &Mutex<Progress>, status: &str) {
    let progress = progress.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let now = Instant::now();
    let (total, scored, failed) = progress.totals();
    let done = scored + failed;
    let record = serde_json::json!({
        "version": 1,
        "status": status,
        "pipeline": "eval",
        "total_count": total,
        "processed_count": done,
        "failed_count": failed,
        "percent": if total == 0 { 100.0 } else { (1e4 * done as f64 / total as f64).round() / 100.0 },
        "samples_per_s": progress.rate(now),
        "elapsed_s": progress.elapsed(now).as_secs_f64(),
        "time_left_s": progress.time_left(now).map(|left| left.as_secs_f64()),
        "tokens": progress.tokens,
        "judge_tokens": progress.judge_tokens,
        "costs": progress.costs,
        "benchmarks": progress.benchmarks,
        "updated_at": evalscope_core::calendar::utc_text(
            SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
        ),
    });
    // Progress is for watchers; a run does not stop because it could not be shown.
    let _ = folder.write_progress(&record);
}
