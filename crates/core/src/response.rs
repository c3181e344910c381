//! What a model answers, and how a call can fail.

use crate::message::ToolCall;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The reply to a [`GenerateRequest`](crate::GenerateRequest).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Generation {
    /// The replies, in the order of the server; at least one.
    pub completions: Vec<Completion>,
    /// Tokens used, as the server counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// How long it took.
    #[serde(default)]
    pub timing: Timing,
    /// The model's name as the server gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served_model: Option<String>,
    /// Fields of the response that we have no name for, kept.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub extra: serde_json::Map<String, serde_json::Value>,
}

impl Generation {
    /// The first reply's text; empty when the server sent none.
    pub fn text(&self) -> &str {
        self.completions.first().map_or("", |completion| completion.text.as_str())
    }
}

/// One reply.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Completion {
    /// The answer, without reasoning.
    pub text: String,
    /// What the model thought before, where the server keeps it apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
    /// Tools that the model calls.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// Why it ended.
    pub finish: FinishReason,
}

/// Why a reply ended.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// The model ended it, or a stop text was met.
    #[default]
    Stop,
    /// The token limit cut it.
    Length,
    /// The context was full before the token limit was reached.
    Context,
    /// The model waits for the tools that it called.
    ToolCalls,
    /// The server withheld it.
    ContentFilter,
    /// A reason that we have no name for.
    Other(String),
}

/// Tokens of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Usage {
    /// Tokens of the prompt.
    pub input_tokens: u64,
    /// Tokens of the reply, reasoning included.
    pub output_tokens: u64,
    /// Tokens of the prompt that the server had computed before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_tokens: Option<u64>,
    /// Tokens of the reply that were reasoning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_tokens: Option<u64>,
}

impl Usage {
    /// Counts without details.
    pub fn new(input_tokens: u64, output_tokens: u64) -> Self {
        Usage { input_tokens, output_tokens, cached_tokens: None, reasoning_tokens: None }
    }

    /// Adds the tokens of another call. A detail is known when it is known of one of them.
    pub fn add(&mut self, other: &Usage) {
        let detail = |one: Option<u64>, other: Option<u64>| match (one, other) {
            (Some(one), Some(other)) => Some(one.saturating_add(other)),
            (one, other) => one.or(other),
        };
        self.input_tokens = self.input_tokens.saturating_add(other.input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(other.output_tokens);
        self.cached_tokens = detail(self.cached_tokens, other.cached_tokens);
        self.reasoning_tokens = detail(self.reasoning_tokens, other.reasoning_tokens);
    }
}

/// Times of one call. They are reported, never scored.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Timing {
    /// From sending the request to the last byte.
    pub latency_ms: f64,
    /// From sending the request to the first token, when the reply was streamed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttft_ms: Option<f64>,
    /// Mean time between pieces of a streamed reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub itl_ms: Option<f64>,
}

/// How likely one continuation is.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct ContinuationScore {
    /// Sum of the tokens' log-probabilities (natural logarithm).
    pub sum: f64,
    /// Log-probability of each token.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub per_token: Vec<f64>,
    /// Whether every token was the most likely one.
    pub is_greedy: bool,
    /// Tokens in the continuation.
    pub tokens: u32,
    /// UTF-8 bytes in the continuation.
    pub bytes: u32,
}

/// A call that brought no outcome. Data, not an error: the sample is counted as failed, never as wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[error("{message}")]
pub struct CallFailure {
    /// Which kind of failure.
    pub kind: FailureKind,
    /// What went wrong, where; without secrets.
    pub message: String,
    /// HTTP status, when there was a response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Tries made.
    #[serde(default)]
    pub attempts: u32,
    /// Seconds that the server asked us to wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<f64>,
}

impl CallFailure {
    /// A failure of `kind` on the first attempt.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        CallFailure { kind, message: message.into(), status: None, attempts: 1, retry_after_s: None }
    }
}

/// Which kind of failure a call met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// No connection, or it broke.
    Network,
    /// The deadline passed.
    Timeout,
    /// The server asked us to slow down (429).
    RateLimited,
    /// The server failed (5xx) or sent what is not a response.
    Server,
    /// The key was refused (401, 403).
    Unauthorized,
    /// The model or path does not exist (404).
    NotFound,
    /// The request was refused (other 4xx).
    BadRequest,
    /// The prompt does not fit the model.
    ContextTooLong,
    /// The model cannot do this at all.
    Unsupported,
    /// A replay has no recorded reply to this request; it may have one to the next.
    NotRecorded,
    /// The local engine died.
    EngineDied,
    /// No judge gave a verdict that can be read, or fewer than must.
    NoVerdict,
    /// The run was stopped.
    Cancelled,
    /// Another program told of the failure, and we have no name for its reason.
    Other,
}

impl FailureKind {
    /// Whether trying again can help.
    pub fn is_transient(self) -> bool {
        matches!(
            self,
            FailureKind::Network | FailureKind::Timeout | FailureKind::RateLimited | FailureKind::Server
        )
    }

    /// Whether every further call would fail the same way, so that the run should stop and say so.
    pub fn is_fatal(self) -> bool {
        matches!(
            self,
            FailureKind::Unauthorized
                | FailureKind::NotFound
                | FailureKind::Unsupported
                | FailureKind::EngineDied
        )
    }
}
