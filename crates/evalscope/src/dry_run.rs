//! What an evaluation would do, as data.

use evalscope_core::{Limit, Sampling};
use evalscope_runner::Preview;

/// What an evaluation would do.
#[derive(Debug, serde::Serialize)]
pub struct DryRun {
    /// Each benchmark.
    pub benchmarks: Vec<Preview>,
    /// The models as they are named, and how they are reached.
    pub models: Vec<DryRunModel>,
    /// Samples at most per subset.
    pub limit: Option<Limit>,
    /// How often each sample is asked.
    pub repeats: u32,
    /// Seed of everything random.
    pub seed: u64,
    /// What a person should know.
    pub notices: Vec<String>,
}

/// A model of a dry run. It is not asked, and a local one is not loaded.
#[derive(Debug, serde::Serialize)]
pub struct DryRunModel {
    /// As the user named it, or the default.
    pub name: String,
    /// Endpoint or engine.
    pub reached: String,
    /// Sampling asked for by the user.
    pub sampling: Sampling,
}
