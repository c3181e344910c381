//! What was found out about an endpoint, as data.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Version of the findings' form.
pub const FINDINGS_VERSION: u32 = 1;

/// What was found out about an endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Findings {
    /// Version of this form ([`FINDINGS_VERSION`]).
    pub version: u32,
    /// Which endpoint: provider, address without secrets, model.
    pub endpoint: IndexMap<String, String>,
    /// When it was asked, in UTC.
    pub probed_at: String,
    /// Calls that it took.
    pub calls: u32,
    /// Tokens of prompts and replies that it took, as far as the endpoint counts them.
    pub tokens: u64,
    /// Tokens that prompt and reply may have together, when the endpoint says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_context: Option<u64>,
    /// How often the same question at temperature 0 is answered otherwise; absent when that could not be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nondeterminism: Option<Nondeterminism>,
    /// Why nothing could be seen; absent when the endpoint answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// One by one.
    pub findings: Vec<Finding>,
}

impl Findings {
    /// What the look cost, as a person reads it.
    pub fn cost(&self) -> String {
        cost(self.calls, self.tokens)
    }

    /// The finding of this name, when it was looked for.
    pub fn get(&self, name: Name) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.name == name)
    }
}

/// What one look or several cost, as a person reads it.
pub fn cost(calls: u32, tokens: u64) -> String {
    match tokens {
        0 => format!("probe: {calls} calls, whose tokens are not counted"),
        _ => format!("probe: {calls} calls, {tokens} tokens"),
    }
}

/// One thing that was looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// What.
    pub name: Name,
    /// Whether it is so.
    pub seen: Seen,
    /// What says so, in one line.
    pub evidence: String,
}

/// Whether something is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// It cannot be told.
    Unknown,
}

impl Seen {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Seen::Yes => "yes",
            Seen::No => "no",
            Seen::Unknown => "unknown",
        }
    }
}

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Name {
    /// Replies come piece by piece when that is asked for.
    Stream,
    /// Tokens are counted.
    Usage,
    /// Replies end at `max_tokens`.
    MaxTokens,
    /// Replies end at a text of `stop`.
    Stop,
    /// The same `seed` gives the same draw.
    Seed,
    /// Log-probabilities of the reply come when they are asked for.
    Logprobs,
    /// A reply can be held to be one of several texts, by the fields of servers of open models.
    Choice,
    /// The same by `response_format` with a JSON schema.
    JsonSchema,
    /// The prompt comes back with log-probabilities that a benchmark can compare.
    Echo,
    /// A conversation is laid out by a chat template.
    ChatTemplate,
    /// The template puts text of its own before the conversation, such as a default system message.
    AddedText,
    /// The prompt begins with two start tokens, which a model has never seen in training.
    DoubleBos,
}

impl Name {
    /// The name in JSON and on screen.
    pub fn word(self) -> &'static str {
        match self {
            Name::Stream => "stream",
            Name::Usage => "usage",
            Name::MaxTokens => "max_tokens",
            Name::Stop => "stop",
            Name::Seed => "seed",
            Name::Logprobs => "logprobs",
            Name::Choice => "choice",
            Name::JsonSchema => "json_schema",
            Name::Echo => "echo",
            Name::ChatTemplate => "chat_template",
            Name::AddedText => "added_text",
            Name::DoubleBos => "double_bos",
        }
    }
}

/// How often the same question at temperature 0 is answered otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Nondeterminism {
    /// How often it was asked again.
    pub repeats: u32,
    /// Answers among those that differ from the first.
    pub differing: u32,
}

impl Nondeterminism {
    /// The figure as a sentence without its full stop.
    pub fn sentence(self) -> String {
        let Nondeterminism { repeats, differing } = self;
        match differing {
            0 => format!("answers agree at temperature 0 in {repeats} of {repeats} repeats"),
            _ => format!("answers differ at temperature 0 in {differing} of {repeats} repeats"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_json() {
        for name in [
            Name::Stream,
            Name::MaxTokens,
            Name::JsonSchema,
            Name::ChatTemplate,
            Name::AddedText,
            Name::DoubleBos,
        ] {
            assert_eq!(serde_json::to_value(name).unwrap(), name.word());
        }
        for seen in [Seen::Yes, Seen::No, Seen::Unknown] {
            assert_eq!(serde_json::to_value(seen).unwrap(), seen.word());
        }
    }

    #[test]
    fn uncounted_tokens_are_not_called_none() {
        assert_eq!(cost(12, 312), "probe: 12 calls, 312 tokens");
        assert!(cost(12, 0).ends_with("not counted"));
    }

    #[test]
    fn the_figure_reads_well() {
        let figure = |differing| Nondeterminism { repeats: 4, differing }.sentence();
        assert_eq!(figure(1), "answers differ at temperature 0 in 1 of 4 repeats");
        assert_eq!(figure(0), "answers agree at temperature 0 in 4 of 4 repeats");
    }
}
