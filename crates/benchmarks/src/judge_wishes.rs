//! What the user wants of judges.

use evalscope_judge::Aggregation;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// Samples of each subset on which judges are also shown an answer without content, when the user does not say: a judge that
/// falls for it in one case of ten does so here with 88 in 100, and the calls are few beside those of a benchmark.
pub const NULL_MODEL_SAMPLES: u64 = 20;

/// When judges are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JudgeStrategy {
    /// Where the protocol has a judge.
    #[default]
    Auto,
    /// Never.
    Rule,
    /// Always.
    Llm,
    /// Where the rule finds the reply wrong.
    LlmRecall,
}

/// What a judge says by EvalScope's own prompts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreType {
    /// One of the labels of `score_mapping`.
    #[default]
    Pattern,
    /// A number from 0 to 1.
    Numeric,
}

/// What the user wants of judges.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct JudgeWishes {
    /// When they are asked.
    pub strategy: JudgeStrategy,
    /// What decides the answers of each.
    pub judges: Vec<IndexMap<String, String>>,
    /// Verdicts of each judge on each reply.
    pub repeats: u32,
    /// How several verdicts become one.
    pub aggregation: Aggregation,
    /// Judges who must have given a verdict.
    pub min_valid_judges: u32,
    /// Whether two answers are shown in both orders, over what the protocol says.
    pub position_swap: Option<bool>,
    /// What they are told first, over the protocol's.
    pub system_prompt: Option<String>,
    /// The prompt, over the protocol's.
    pub prompt_template: Option<String>,
    /// What labels are worth, with a prompt of the user's.
    pub score_mapping: IndexMap<String, f64>,
    /// What the judge says by a prompt of the user's or by EvalScope's own.
    pub score_type: ScoreType,
    /// Samples of each subset on which they are also shown an answer without content.
    pub null_model: u64,
}
