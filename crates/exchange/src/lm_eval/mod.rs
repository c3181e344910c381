//! lm-evaluation-harness's `results_*.json` with the `samples_*.jsonl` of `--log_samples`.

mod find;
mod read;
mod requests;
mod results;
mod write;

pub use find::is_here;
pub use read::open;
pub use write::write;

/// Begins the names of the files of scores.
const RESULTS: &str = "results_";
/// Begins the names of the files of samples.
const SAMPLES: &str = "samples_";
