//! `extract` and `score`: the answer in a reply, and what it is worth.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One step from a reply to the answer: the name of an extractor, or a step with a parameter.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ExtractStep {
    /// An extractor by name.
    Named(String),
    /// A step with a parameter.
    With(Box<ExtractWith>),
}

/// A step with a parameter. Exactly one of the first eight keys is set.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtractWith {
    /// What this regular expression finds: its first group, or all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regex: Option<String>,
    /// The text after the last such marker; all of it when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_last: Option<String>,
    /// The text before the first such marker; all of it when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_first: Option<String>,
    /// The text before the first of each of these markers in turn: an expression that gives texts. One that begins with
    /// `re:` is a regular expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_each: Option<String>,
    /// Takes these characters off both ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strip: Option<String>,
    /// Takes this off the end, once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strip_suffix: Option<String>,
    /// Takes out all that this regular expression finds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remove: Option<String>,
    /// Decides by an expression over the sample between `then` and `else`.
    #[serde(default, rename = "if", skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// With `regex`: which match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub take: Option<Take>,
    /// With `if`: steps when true.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub then: Vec<ExtractStep>,
    /// With `if`: steps when false.
    #[serde(default, rename = "else", skip_serializing_if = "Vec::is_empty")]
    pub otherwise: Vec<ExtractStep>,
}

/// Which match.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Take {
    /// The first.
    #[default]
    First,
    /// The last.
    Last,
}

/// A metric: the name of its function, or the function with parameters.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ScoreSection {
    /// The function.
    Named(String),
    /// The function with parameters.
    With(ScoreWith),
}

/// A function with parameters.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScoreWith {
    /// The function.
    pub by: String,
    /// Extraction of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extract: Option<Vec<ExtractStep>>,
    /// Only if this expression over `option` is true.
    #[serde(default, rename = "if", skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// Over these continuations only: expressions for the first and for the one after the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<(String, String)>,
    /// How samples become one number; their mean when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aggregate: Option<String>,
    /// With an aggregate over repeats: how many; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub k: Option<u32>,
}

impl ScoreSection {
    /// The function's name.
    pub fn function(&self) -> &str {
        match self {
            ScoreSection::Named(name) => name,
            ScoreSection::With(with) => &with.by,
        }
    }
}
