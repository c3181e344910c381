//! The summary of a run: scores with their uncertainty, counted apart from failures.

use crate::audits::AuditSummary;
use crate::interval;
use crate::judge_meter::{JudgeError, JudgeMeter, JudgeShift};
use crate::measures::{ModelUsage, Usage};
use evalscope_core::{ChoiceMode, Departures, Isolation, Limit, PlannedModel};
use evalscope_probe::Nondeterminism;
use evalscope_runs::Status;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Version of the summary's form.
pub const SUMMARY_VERSION: u32 = 1;

/// The summary of a run.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Summary {
    /// Version of this form ([`SUMMARY_VERSION`]).
    pub version: u32,
    /// How the run stands.
    pub status: Status,
    /// When it began, in UTC.
    pub started_at: String,
    /// When it ended, in UTC; absent while it runs and after a kill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<String>,
    /// The program that worked on it last, with version.
    pub program: String,
    /// How often each sample was asked.
    pub repeats: u32,
    /// Seed of everything random.
    pub seed: u64,
    /// Samples at most of each subset; absent when there is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Limit>,
    /// The models that were asked: name, what decides their answers, sampling.
    pub models: Vec<PlannedModel>,
    /// How often the same question at temperature 0 was answered otherwise, by model; of models that were probed.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub nondeterminism: IndexMap<String, Nondeterminism>,
    /// What is to be known of the run folder before its scores: what could not be read, and what has no reply to be scored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
    /// Where the run is. Not in the JSON, as folders are moved.
    #[serde(skip)]
    pub folder: PathBuf,
    /// Samples of all benchmarks and models.
    pub counts: Counts,
    /// Samples for which scoring found no recorded reply that fits the data; absent without any. They are in no score.
    #[serde(default, skip_serializing_if = "is_none")]
    pub unanswered: u64,
    /// Each benchmark of each model, in the order of the plan.
    pub benchmarks: Vec<BenchmarkSummary>,
    /// Each mix of benchmarks on each model.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub collections: Vec<CollectionSummary>,
    /// What all benchmarks of each model took.
    pub totals: Vec<ModelUsage>,
}

fn is_none(count: &u64) -> bool {
    *count == 0
}

impl Summary {
    /// Whether every planned sample was scored.
    pub fn is_complete(&self) -> bool {
        self.counts.scored == self.counts.planned
    }
}

/// What became of the planned samples, repeats counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Counts {
    /// Samples planned.
    pub planned: u64,
    /// Samples that have a score.
    pub scored: u64,
    /// Samples with a call that failed for good. They are in no score.
    pub failed: u64,
}

impl Counts {
    /// Samples that have not come to an end.
    pub fn missing(&self) -> u64 {
        self.planned.saturating_sub(self.scored + self.failed)
    }

    /// Adds the counts of another part.
    pub(crate) fn add(&mut self, other: Counts) {
        // A plan that was written by hand may say anything.
        self.planned = self.planned.saturating_add(other.planned);
        self.scored += other.scored;
        self.failed += other.failed;
    }
}

/// Where the data was read, in [`BenchmarkSummary::source`].
pub const READ_FROM: &str = "read_from";

/// One benchmark on one model.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BenchmarkSummary {
    /// The model.
    pub model: String,
    /// The benchmark, without protocol.
    pub benchmark: String,
    /// The protocol that the scores were made with.
    pub protocol: String,
    /// The benchmark's name for people.
    pub title: String,
    /// The main metric.
    pub metric: String,
    /// Mean of the main metric over the scored samples; absent when there are none.
    pub score: Option<f64>,
    /// What became of the samples.
    pub counts: Counts,
    /// What is odd about the replies.
    pub health: Health,
    /// What a second look at the generated answers shows; absent when there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<AuditSummary>,
    /// How the chosen options were found out, of multiple choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<ChoiceSummary>,
    /// What was asked or scored otherwise than the protocol says because the user said so, by the names of the options: the
    /// value where it is short, else `null`. The mode of multiple choice stands in `choice`.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub departures: Departures,
    /// Subsets that were wanted and whose data was not there. They are in no score.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_subsets: Vec<String>,
    /// Subsets whose files were not there and without which shuffled samples, or drawn examples, of the others come in
    /// another order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shuffled_without: Vec<String>,
    /// The data: `read_from`, the place where it was read (a path, or `modelscope:org/name@revision`), and what the benchmark and
    /// the user name, `modelscope`, `huggingface`, `dataset_id`, `dataset_revision`; as far as known.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub source: IndexMap<String, String>,
    /// What stood between programs of the model and the host, at its weakest; absent when none were run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub isolation: Option<Isolation>,
    /// Each metric, the main one first.
    pub metrics: Vec<MetricSummary>,
    /// Each category, when the benchmark has some.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<PartSummary>,
    /// Each subset.
    pub subsets: Vec<PartSummary>,
    /// What it took.
    pub usage: Usage,
    /// What its judges took, which is not in `usage`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub judges: Vec<ModelUsage>,
    /// How far each judge can be trusted, by its verdicts here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub judge_meters: Vec<JudgeMeter>,
    /// By how much the judges' errors can shift the main metric; absent where nobody judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge_shift: Option<JudgeShift>,
}

impl BenchmarkSummary {
    /// Name with protocol, as in the plan.
    pub fn name(&self) -> String {
        if self.protocol.is_empty() {
            self.benchmark.clone()
        } else {
            format!("{}@{}", self.benchmark, self.protocol)
        }
    }
}

/// A mix of benchmarks on one model. Its samples are those of its benchmarks, counted there too.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CollectionSummary {
    /// The model.
    pub model: String,
    /// All of it.
    pub whole: Averages,
    /// Each benchmark, over the samples that belong to the mix.
    pub members: Vec<MemberSummary>,
    /// The benchmarks of each kind of task.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub task_types: Vec<Averages>,
    /// The benchmarks with each tag.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Averages>,
}

/// The means over some benchmarks of a mix.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Averages {
    /// Of the mix, the kind of task, or the tag.
    pub name: String,
    /// Samples with a call that failed for good. They are in no score.
    pub failed: u64,
    /// Over samples.
    pub micro: MetricSummary,
    /// Over the subsets of the benchmarks, each alike.
    #[serde(rename = "macro")]
    pub macro_average: MetricSummary,
    /// Over benchmarks by their weights.
    pub weighted: MetricSummary,
}

/// A benchmark in a mix.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct MemberSummary {
    /// Name with protocol.
    pub benchmark: String,
    /// Its weight; those of a mix add up to 1.
    pub weight: f64,
    /// Samples of the mix with a call that failed for good. They are in no score.
    pub failed: u64,
    /// Its main metric.
    pub metric: MetricSummary,
    /// The same for each of its subsets that has samples in the mix.
    pub subsets: Vec<MemberSubset>,
}

/// A subset of a benchmark in a mix.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct MemberSubset {
    /// The subset.
    pub name: String,
    /// Samples of the mix with a call that failed for good. They are in no score.
    pub failed: u64,
    /// The benchmark's main metric over it.
    pub metric: MetricSummary,
}

/// How chosen options were found out. Scores of different modes cannot be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChoiceSummary {
    /// The mode of this run.
    pub mode: ChoiceMode,
    /// The protocol's own.
    pub own: ChoiceMode,
}

/// What is odd about the replies of a benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Health {
    /// Scored samples in whose reply no answer was found. Comparisons by likelihood have no reply.
    pub without_answer: u64,
    /// Calls with a reply that was cut at the token limit.
    pub cut_replies: u64,
    /// Samples with recorded replies and without a score.
    pub unscored: u64,
}

/// A subset or a category.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PartSummary {
    /// Its name.
    pub name: String,
    /// The category of a subset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// What became of its samples.
    pub counts: Counts,
    /// Each metric, the main one first.
    pub metrics: Vec<MetricSummary>,
}

/// A metric over some samples.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct MetricSummary {
    /// Its name in the protocol.
    pub name: String,
    /// Samples in the mean, repeats counted.
    pub n: u64,
    /// Mean over the samples.
    pub score: Option<f64>,
    /// Mean over the subsets' means. Equal weight for each subset, however many samples it has.
    pub macro_score: Option<f64>,
    /// Standard error of the mean, repeats of one question taken together first.
    pub standard_error: Option<f64>,
    /// Clusters that the standard error takes together, where samples share a passage or the like; absent where they do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clusters: Option<u64>,
    /// 95 % confidence interval of the mean: Wilson's for metrics of 0 and 1, and where the error is 0, else normal, as with clusters;
    /// absent where the error is 0 and the metric has no bounds.
    pub interval_95: Option<(f64, f64)>,
    /// What judges add to half the width of the interval, as an error of its own, which is not in the standard error: their
    /// contradictions and shifts. Of main metrics that judges gave, of what is computed from the same verdicts, and of mixes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge_half_width_95: Option<f64>,
    /// Whether more is better.
    pub higher_is_better: bool,
    /// Lowest and highest possible value; absent where there is no bound.
    pub range: (Option<f64>, Option<f64>),
}

impl MetricSummary {
    /// Adds what judges leave open to the interval.
    pub(crate) fn widen(&mut self, error: JudgeError) {
        let half_width = error.half_width_95();
        self.judge_half_width_95 = Some(half_width);
        if let (Some(score), Some(ends)) = (self.score, self.interval_95) {
            self.interval_95 = Some(interval::widened(score, ends, half_width, self.range));
        }
    }
}
