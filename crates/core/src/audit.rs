//! What a second look at a generated answer shows: whether a number may be due to how answers are looked for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A second look at a generated answer. It is in no score.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Audit {
    /// The answer, read in two other ways; absent where there is no other way, as for programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readings: Option<Readings>,
    /// What is odd about the reply.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub oddities: Vec<Oddity>,
}

/// An answer, read strictly and leniently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Readings {
    /// Whether it is right when only a clearly marked answer counts.
    pub strict: bool,
    /// Whether it is right when an answer counts wherever it can be found.
    pub lenient: bool,
    /// Whether the two find different answers, or only one of them finds any.
    pub differ: bool,
}

/// What can be odd about a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Oddity {
    /// There is no text in it, reasoning left out.
    Empty,
    /// It was cut at the token limit, or where the context was full.
    Truncated,
    /// It was cut where the context was full, before the token limit.
    ContextFull,
    /// It declines to answer, or the server withheld it.
    Refused,
    /// Its reasoning does not come to an end.
    UnfinishedThinking,
}
