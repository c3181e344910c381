//! `shots`, `options` and `ask`: how a sample is asked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A switch that users can set.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OptionSection {
    /// What it does.
    pub about: String,
    /// Its value when the user sets none.
    pub default: serde_json::Value,
}

/// Order of samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Order {
    /// As the rows stand.
    #[serde(rename = "as_is")]
    AsIs,
    /// One generator, seeded with the run's seed, shuffles every subset in turn.
    #[serde(rename = "shuffle_0_5")]
    Shuffle05,
}

/// Few-shot examples.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShotsSection {
    /// How many, when the user does not say.
    pub count: u64,
    /// The numbers that are possible; any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Vec<u64>>,
    /// More than this are cut to this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u64>,
    /// Which rows.
    #[serde(default)]
    pub pick: Pick,
    /// Each example is two texts, what the user says and what the model replies. If this expression over `option` is
    /// true, they are turns of the conversation before the prompt; if it is not, the prompt sees all of them in `shots`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turns: Option<String>,
}

/// Which rows become examples.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    /// The first ones.
    #[default]
    First,
    /// Drawn once for each subset, the same for all its samples.
    Random,
    /// The first ones after a shuffle, which is that of samples in EvalScope 1.14.
    Shuffled,
    /// Drawn anew for every sample of a subset by one generator, as lm-eval does.
    PerSample(PerSample),
    /// None: the asset of this name is the whole block of examples, or the list of them.
    Asset(String),
}

/// Examples drawn anew for every sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PerSample {
    /// The number that the generator begins with.
    pub seed: u64,
    /// Draws one more than are needed and leaves out the row that is asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub spare: bool,
}

/// What is asked of the model.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AskSection {
    /// A reply.
    Generate(GenerateSection),
    /// How likely each of several continuations is.
    Loglikelihood(LoglikelihoodSection),
}

/// A reply: how.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GenerateSection {
    /// As raw text, without a chat template.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub raw: bool,
    /// Tokens at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// Temperature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// The field of the sample that holds the temperature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature_field: Option<String>,
    /// Texts at which the reply ends.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<String>,
}

/// Continuations: which.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoglikelihoodSection {
    /// Over what.
    pub over: Over,
    /// The letters, when over letters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub letters: Vec<String>,
    /// A continuation; sees `choice` besides what the prompt sees. The choice itself when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continuation: Option<String>,
    /// The text whose length normalises a score; sees `choice`. The continuation without its first space when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<String>,
    /// How a continuation's tokens are found.
    #[serde(default)]
    pub tokens: evalscope_core::ContinuationTokens,
    /// Each choice has a prompt of its own, which sees `choice`, and the continuation is one for all.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub prompt_per_choice: bool,
}

/// What continuations stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Over {
    /// The options of the sample.
    Choices,
    /// Letters that name options.
    Letters,
}
