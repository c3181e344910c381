//! A comparison of several models, as data.

use evalscope_core::ChoiceMode;
use schemars::JsonSchema;
use serde::Serialize;
use std::path::PathBuf;

/// Version of the comparison's form.
pub const COMPARISON_VERSION: u32 = 1;

/// Several models on several benchmarks.
#[derive(Debug, Clone, PartialEq, Default, Serialize, JsonSchema)]
pub struct Comparison {
    /// Version of this form.
    pub version: u32,
    /// Which of them are compared with which.
    #[serde(default)]
    pub pairing: Pairing,
    /// The models that take part; others refer to them by their place in this list, from 0.
    pub models: Vec<ComparedModel>,
    /// Each benchmark that at least two of them have.
    pub benchmarks: Vec<BenchmarkComparison>,
    /// Benchmarks that could not be compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<Skipped>,
}

/// Which models of a benchmark are compared with which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pairing {
    /// Each two of them.
    #[default]
    Each,
    /// Each with the one that has the best score, of those in its choice mode, and nothing is resampled.
    WithBest,
}

/// Why the scores of two models do not measure the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Incomparable {
    /// Chosen options were found out in different ways.
    ChoiceModes,
}

/// A model in a run.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ComparedModel {
    /// Its name.
    pub model: String,
    /// The run's folder.
    pub run: PathBuf,
}

/// A benchmark that could not be compared.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Skipped {
    /// Name with protocol.
    pub benchmark: String,
    /// Why not.
    pub reason: String,
}

/// A benchmark, or a mix of them, on several models.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BenchmarkComparison {
    /// Name with protocol, or the name of a mix.
    pub benchmark: String,
    /// The benchmarks of a mix; empty for a benchmark.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mixes: Vec<String>,
    /// The metric that is compared.
    pub metric: String,
    /// Whether more is better.
    pub higher_is_better: bool,
    /// Fields of the plans in which some models were asked or scored differently, such as `asking.shots.count` or
    /// `sampling.temperature`: their difference is not of the models alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked_apart: Vec<String>,
    /// Each model by itself, over all of its questions.
    pub models: Vec<ModelScore>,
    /// Two models each, over the questions that both have; which ones, `pairing` says.
    pub pairs: Vec<PairComparison>,
}

/// A model by itself.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ModelScore {
    /// Which one.
    pub model: usize,
    /// Scored questions; repeats of one are taken together.
    pub n: u64,
    /// Samples, repeats counted, that were planned.
    pub planned: u64,
    /// Of these, those that failed. They are in no score.
    pub failed: u64,
    /// Of these, those without an end: the run was interrupted.
    pub missing: u64,
    /// Mean over the questions.
    pub score: f64,
    /// How the chosen options were found out, of multiple choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice_mode: Option<ChoiceMode>,
    /// Standard error of the mean.
    pub standard_error: Option<f64>,
    /// 95 % interval of the mean: Wilson's for scores of 0 and 1, and where the error is 0, else normal, as where questions share a
    /// passage.
    pub interval_95: Option<(f64, f64)>,
    /// What judges add to half the width of the interval, which is not in the standard error; absent where nobody judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge_half_width_95: Option<f64>,
}

/// Two models, question by question.
#[derive(Debug, Clone, PartialEq, Default, Serialize, JsonSchema)]
pub struct PairComparison {
    /// The one.
    pub a: usize,
    /// The other.
    pub b: usize,
    /// Questions that both have scores for.
    pub n: u64,
    /// Why their scores do not measure the same; nothing is tested then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incomparable: Option<Incomparable>,
    /// Clusters that these questions lie in, where some share a passage or the like. Error, interval and p-value then take
    /// them together, and what resamples questions or counts them one by one is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clusters: Option<u64>,
    /// What judges leave open in the difference, as half the width of a 95 % interval; absent where nobody judged. Error, interval
    /// and p-value hold it, and where it is not 0, what resamples questions or counts them one by one is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge_half_width_95: Option<f64>,
    /// Mean of B's score minus A's; absent without common questions.
    pub difference: Option<f64>,
    /// Standard error of the difference; absent for fewer than two questions. Where it is 0, because all questions differ alike, there
    /// is no t-test, no bootstrap and no smallest difference.
    pub standard_error: Option<f64>,
    /// 95 % interval of the difference: Bonett and Price's where McNemar's test is made, else by Student's distribution.
    pub interval_95: Option<(f64, f64)>,
    /// p-value of the paired t-test, two-sided.
    pub p_value: Option<f64>,
    /// p-value after Holm's correction for all pairs of the benchmark that are compared: of McNemar's exact test where it is made, else
    /// of the t-test. The verdict goes by it.
    pub p_value_holm: Option<f64>,
    /// Interval and p-value by 100,000 rounds of the paired bootstrap; absent where each model is compared with the best one only.
    pub bootstrap: Option<Resampled>,
    /// Where each question is right or wrong: those that only one has right.
    pub mcnemar: Option<McNemar>,
    /// The smallest true difference that these questions would show at the 5 % level in about four of five runs, by the test that
    /// decides.
    pub minimum_detectable_effect: Option<f64>,
}

/// What resampling says of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Resampled {
    /// 95 % interval.
    pub interval_95: (f64, f64),
    /// Two-sided p-value.
    pub p_value: f64,
}

/// McNemar's test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct McNemar {
    /// Questions that only A has right.
    pub only_a: u64,
    /// Questions that only B has right.
    pub only_b: u64,
    /// p-value of the exact test, two-sided.
    pub p_value: f64,
    /// p-value by χ² with Edwards' correction.
    pub p_value_corrected: f64,
}
