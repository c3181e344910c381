//! `judge` and `execute`: what else than a comparison tells whether a reply is right.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a judge model is asked about a reply. Its prompt has places: `{question}` is the conversation that the model was
/// shown, `{target}` or `{gold}` the first target, `{answer}`, `{pred}` or `{predicted_answer}` the reply.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JudgeSection {
    /// Whether there is a score without a judge.
    pub when: JudgeWhen,
    /// What the judge is told first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// The prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// The field of the sample that holds the prompt, in place of `prompt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_field: Option<String>,
    /// The field of the sample that holds what the judge is told first, in place of `system`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_field: Option<String>,
    /// Labels that compare the reply with the first target: the prompt has places `{answer_1}` and `{answer_2}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pair: Option<JudgePair>,
    /// What verdicts are worth: label to metric to value.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub labels: IndexMap<String, IndexMap<String, f64>>,
    /// A number in place of labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<JudgeNumber>,
    /// Verdicts on the turns of a conversation, each with a prompt of its own in place of `prompt` and `system`; the number's
    /// metric is their mean. Prompts have places `{question_1}`, `{answer_1}`, `{ref_answer_1}` and the same with 2.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub turns: Vec<JudgeTurn>,
}

impl JudgeSection {
    /// Names of the metrics that verdicts give, the main one first.
    pub fn metrics(&self) -> impl Iterator<Item = &str> {
        let one = self.pair.as_ref().map(|pair| &pair.metric);
        let one = one.or(self.number.as_ref().map(|number| &number.metric));
        let first = self.labels.values().next().filter(|_| one.is_none());
        let of_label = first.into_iter().flat_map(IndexMap::keys);
        let all = one.into_iter().chain(of_label).chain(self.turns.iter().map(|turn| &turn.metric));
        all.map(String::as_str)
    }
}

/// A verdict on one turn of a conversation.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JudgeTurn {
    /// The metric that its verdict becomes.
    pub metric: String,
    /// The field of the sample that holds what the judge is told first.
    pub system_field: String,
    /// The field of the sample that holds the prompt.
    pub prompt_field: String,
}

/// Labels that compare two answers.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JudgePair {
    /// The metric: 1 where the reply is clearly better, 0 where it is clearly worse.
    pub metric: String,
    /// Whether the judge sees the two answers in both orders; the target comes first otherwise.
    pub swap: bool,
    /// What each label is worth for the first answer.
    pub labels: IndexMap<String, f64>,
    /// The model that the targets are of, where it has a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<String>,
    /// Whether the judge gives no reason.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub terse: bool,
    /// What is computed from all verdicts together, beside the metric.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<PairMetric>,
}

/// What all verdicts on pairs give together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PairMetric {
    /// AlpacaEval's win rate at equal length, by its formula that needs nothing but the verdicts and the lengths.
    LengthControlledWinRate,
    /// Arena-hard's win rate: a clear verdict counts three times, each order by itself.
    ArenaHardWinRate,
}

/// Whether there is a score without a judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JudgeWhen {
    /// None.
    Always,
    /// There is one, and a judge that is given takes its place.
    Given,
}

/// A number that a judge gives.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JudgeNumber {
    /// The metric that it becomes, as a share of `high`, or as it is.
    pub metric: String,
    /// The lowest number.
    pub low: f64,
    /// The highest number.
    pub high: f64,
    /// The field of the verdict that holds it; `verdict` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Whether it is a whole number with its reason in `explanation`, and the metric has it as it is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rating: bool,
}

/// A program made of the answer.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExecuteSection {
    /// Its language.
    pub language: ProgramLanguage,
    /// Its text with its tests; sees `answer` besides what the prompt sees.
    pub program: String,
    /// What it reads on standard input; sees the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdin: Option<String>,
    /// How many tests it makes one after the other, as an expression: CPU time and wall time hold for each of them, and
    /// together for so many times as much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounds: Option<String>,
    /// What it may use; what is not named has its default.
    #[serde(default)]
    pub limits: evalscope_core::Limits,
}

/// The language of programs: one for all, or one for each subset.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ProgramLanguage {
    /// This one.
    One(String),
    /// Subset to language.
    BySubset(IndexMap<String, String>),
}

impl ProgramLanguage {
    /// The language of a subset.
    pub fn of(&self, subset: &str) -> Option<&str> {
        match self {
            ProgramLanguage::One(name) => Some(name),
            ProgramLanguage::BySubset(names) => names.get(subset).map(String::as_str),
        }
    }
}
