//! What a comparison of two runs found, as data.

use evalscope_core::manifest::{Platform, Program};
use evalscope_core::plan::Difference;
use evalscope_core::{Limit, Manifest};
use evalscope_runs::{RunFolder, Status};
use serde::Serialize;
use std::path::PathBuf;

/// Version of the comparison's form.
pub(super) const DIFF_VERSION: u32 = 1;

/// What differs between the runs A and B.
#[derive(Debug, Clone, Serialize)]
pub struct RunDiff {
    /// Version of this form.
    pub version: u32,
    /// Nothing below differs. Program, platform and times do not count.
    pub equal: bool,
    /// The first run.
    pub a: RunSide,
    /// The second run.
    pub b: RunSide,
    /// Fields of the plan that differ: `recorded` is A's value, `wanted` is B's.
    pub plan: Vec<Difference>,
    /// Benchmarks that only A has.
    pub only_in_a: Vec<String>,
    /// Benchmarks that only B has.
    pub only_in_b: Vec<String>,
    /// Benchmarks that both have, protocols apart.
    pub benchmarks: Vec<BenchmarkDiff>,
}

/// One of the two runs.
#[derive(Debug, Clone, Serialize)]
pub struct RunSide {
    /// Its folder.
    pub folder: PathBuf,
    /// How it stands.
    pub status: Status,
    /// When it began.
    pub started_at: String,
    /// Samples at most of each subset; absent when there is no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<Limit>,
    /// The program; absent without a manifest.
    pub program: Option<Program>,
    /// The machine; absent without a manifest.
    pub platform: Option<Platform>,
}

impl RunSide {
    pub(super) fn of(folder: &RunFolder, manifest: Option<Manifest>) -> RunSide {
        let state = folder.status();
        let (program, platform) = manifest.map(|manifest| (manifest.program, manifest.platform)).unzip();
        RunSide {
            folder: folder.path().to_owned(),
            status: state.status,
            started_at: state.started_at,
            limit: folder.plan().limit,
            program,
            platform,
        }
    }
}

/// What differs in one benchmark.
#[derive(Debug, Clone, Default, Serialize)]
pub struct BenchmarkDiff {
    /// The model in A.
    pub model_a: String,
    /// The model in B.
    pub model_b: String,
    /// Name with protocol in A.
    pub benchmark_a: String,
    /// Name with protocol in B.
    pub benchmark_b: String,
    /// Files of the data; `null` when a run has no manifest.
    pub data: Option<DataDiff>,
    /// Samples, repeats counted.
    pub samples: SampleCounts,
    /// What the model was shown.
    pub prompts: Part,
    /// What it answered.
    pub responses: Part,
    /// What was found in the answers.
    pub extractions: Part,
    /// What they are worth.
    pub scores: ScoreDiff,
    /// Subsets in which anything differs.
    pub subsets: Vec<SubsetCounts>,
}

/// Files of the data, by name and checksum.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DataDiff {
    /// Files with the same bytes.
    pub same: u64,
    /// Files with other bytes.
    pub differ: Vec<String>,
    /// Files that only A read.
    pub only_in_a: Vec<String>,
    /// Files that only B read.
    pub only_in_b: Vec<String>,
}

impl DataDiff {
    /// Whether both runs read the same.
    pub fn is_equal(&self) -> bool {
        self.differ.is_empty() && self.only_in_a.is_empty() && self.only_in_b.is_empty()
    }
}

/// Samples with a recorded call, repeats counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct SampleCounts {
    /// In both runs: these are compared.
    pub both: u64,
    /// In A only.
    pub only_in_a: u64,
    /// In B only.
    pub only_in_b: u64,
}

/// One kind of difference.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Part {
    /// Samples in which it differs.
    pub differ: u64,
    /// Samples in which it was compared.
    pub of: u64,
    /// The first few.
    pub examples: Vec<Example>,
}

/// A sample that differs.
#[derive(Debug, Clone, Serialize)]
pub struct Example {
    /// The subset.
    pub subset: String,
    /// The data set's own id of the row.
    pub id: String,
    /// Its place in A's subset.
    pub index: u64,
    /// Which repetition, from 0.
    pub repeat: u32,
    /// The first character that differs, from 0.
    pub at: usize,
    /// A's text around it, the place marked with `▸`.
    pub a: String,
    /// B's.
    pub b: String,
}

/// What differs in the scores of the main metric.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ScoreDiff {
    /// Samples whose score differs, of those that both runs scored; with examples.
    #[serde(flatten)]
    pub part: Part,
    /// The main metric of A.
    pub metric_a: Option<String>,
    /// The main metric of B.
    pub metric_b: Option<String>,
    /// Samples worth less in B; all of them right before and wrong now when `all_or_nothing`.
    pub lower: u64,
    /// Samples worth more in B.
    pub higher: u64,
    /// Every sample is worth 0 or 1.
    pub all_or_nothing: bool,
    /// A's mean over the samples that are compared.
    pub mean_a: Option<f64>,
    /// B's mean over the same samples.
    pub mean_b: Option<f64>,
    /// 95 % interval of B's mean minus A's, by the bootstrap over questions; where these share a passage or the like, by
    /// Student's distribution and their clusters, and where judges leave something open, by it and with that.
    pub interval_95: Option<(f64, f64)>,
    /// The test.
    pub test: Option<Test>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_tested: Option<&'static str>,
}

/// Whether a difference of means is more than noise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Test {
    /// `mcnemar` (exact, two-sided), `bootstrap`, `clustered t` where questions share a passage or the like, or `judged t` where
    /// judges leave something open.
    pub name: &'static str,
    /// Of the test; a bootstrap gives none.
    pub p_value: Option<f64>,
    /// p below 0.05, or an interval without 0.
    pub is_different: bool,
}

/// What differs in one subset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SubsetCounts {
    /// The subset.
    pub subset: String,
    /// Samples.
    pub samples: SampleCounts,
    /// Prompts that differ.
    pub prompts: u64,
    /// Responses that differ.
    pub responses: u64,
    /// Extractions that differ.
    pub extractions: u64,
    /// Scores that differ.
    pub scores: u64,
}

impl SubsetCounts {
    pub(super) fn is_equal(&self) -> bool {
        let SampleCounts { only_in_a, only_in_b, .. } = self.samples;
        only_in_a + only_in_b + self.prompts + self.responses + self.extractions + self.scores == 0
    }
}

impl BenchmarkDiff {
    /// Whether nothing differs.
    pub fn is_equal(&self) -> bool {
        self.data.as_ref().is_none_or(DataDiff::is_equal) && self.subsets.is_empty()
    }
}

impl RunDiff {
    pub(super) fn is_equal(&self) -> bool {
        self.plan.is_empty()
            && self.only_in_a.is_empty()
            && self.only_in_b.is_empty()
            && self.benchmarks.iter().all(BenchmarkDiff::is_equal)
    }
}
