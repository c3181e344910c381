//! What a call brought, as it stands in a line of `predictions/`.

use crate::entry::Brought;
use crate::exact::Exact;
use evalscope_core::{Completion, ContinuationScore, FinishReason, Generation, Timing, ToolCall, Usage};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A reply.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ModelOutput {
    /// The model's name as the server gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    /// The replies.
    choices: Vec<Choice>,
    /// Tokens used, as the server counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    usage: Option<UsageLine>,
    /// Seconds from sending the request to the last byte; `latency_ms` in the unit that EvalScope's scripts read.
    #[serde(default)]
    time: Exact,
    /// Milliseconds from sending the request to the last byte.
    latency_ms: Exact,
    /// Milliseconds from sending the request to the first token, when the reply was streamed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ttft_ms: Option<Exact>,
    /// Mean milliseconds between pieces of a streamed reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    itl_ms: Option<Exact>,
    /// Fields of the response that have no name here.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    extra: serde_json::Map<String, serde_json::Value>,
}

/// One of the replies.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
struct Choice {
    message: ReplyMessage,
    /// `stop`, `max_tokens`, `tool_calls`, `content_filter`, or the server's own word.
    stop_reason: String,
}

/// What the model said.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
struct ReplyMessage {
    /// Always `assistant`.
    role: String,
    /// The answer, without reasoning.
    content: String,
    /// What the model thought before, where the server keeps it apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reasoning_content: Option<String>,
    /// Tools that the model calls.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<ToolCall>,
}

/// Tokens of one call.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UsageLine {
    /// Tokens of the prompt.
    input_tokens: u64,
    /// Tokens of the reply, reasoning included.
    output_tokens: u64,
    /// Both together.
    #[serde(default)]
    total_tokens: u64,
    /// Tokens of the prompt that the server had computed before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cached_tokens: Option<u64>,
    /// Tokens of the reply that were reasoning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reasoning_tokens: Option<u64>,
}

/// What is read of a reply where its texts do not matter.
#[derive(Deserialize)]
pub struct TakenOutput<'a> {
    #[serde(borrow)]
    choices: Vec<TakenChoice<'a>>,
    #[serde(default)]
    usage: Option<UsageLine>,
    latency_ms: Exact,
    #[serde(default)]
    ttft_ms: Option<Exact>,
    #[serde(default)]
    itl_ms: Option<Exact>,
}

#[derive(Deserialize)]
struct TakenChoice<'a> {
    #[serde(borrow)]
    stop_reason: Cow<'a, str>,
}

impl TakenOutput<'_> {
    /// What the call brought.
    pub fn brought(self) -> Brought {
        let is_cut = |choice: &TakenChoice| {
            matches!(finish_reason(&choice.stop_reason), FinishReason::Length | FinishReason::Context)
        };
        Brought::Reply {
            usage: self.usage.map(Usage::from),
            timing: timing(self.latency_ms, self.ttft_ms, self.itl_ms),
            is_cut: self.choices.iter().any(is_cut),
        }
    }
}

fn timing(latency_ms: Exact, ttft_ms: Option<Exact>, itl_ms: Option<Exact>) -> Timing {
    let known = |time: Option<Exact>| time.map(|milliseconds| milliseconds.0);
    Timing { latency_ms: latency_ms.0, ttft_ms: known(ttft_ms), itl_ms: known(itl_ms) }
}

/// How likely a continuation is.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct LoglikelihoodLine {
    /// Sum of the tokens' log-probabilities (natural logarithm).
    sum: Exact,
    /// Log-probability of each token.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    per_token: Vec<Exact>,
    /// Whether every token was the most likely one.
    is_greedy: bool,
    /// Tokens in the continuation.
    tokens: u32,
    /// UTF-8 bytes in the continuation.
    bytes: u32,
}

impl From<&Generation> for ModelOutput {
    fn from(generation: &Generation) -> Self {
        ModelOutput {
            model: generation.served_model.clone(),
            choices: generation.completions.iter().map(Choice::from).collect(),
            usage: generation.usage.map(|usage| UsageLine {
                input_tokens: usage.input_tokens,
                output_tokens: usage.output_tokens,
                total_tokens: usage.input_tokens.saturating_add(usage.output_tokens),
                cached_tokens: usage.cached_tokens,
                reasoning_tokens: usage.reasoning_tokens,
            }),
            time: Exact(generation.timing.latency_ms / 1e3),
            latency_ms: Exact(generation.timing.latency_ms),
            ttft_ms: generation.timing.ttft_ms.map(Exact),
            itl_ms: generation.timing.itl_ms.map(Exact),
            extra: generation.extra.clone(),
        }
    }
}

impl From<ModelOutput> for Generation {
    fn from(output: ModelOutput) -> Self {
        Generation {
            completions: output.choices.into_iter().map(Completion::from).collect(),
            usage: output.usage.map(Usage::from),
            timing: timing(output.latency_ms, output.ttft_ms, output.itl_ms),
            served_model: output.model,
            extra: output.extra,
        }
    }
}

impl From<UsageLine> for Usage {
    fn from(usage: UsageLine) -> Self {
        Usage {
            input_tokens: usage.input_tokens,
            output_tokens: usage.output_tokens,
            cached_tokens: usage.cached_tokens,
            reasoning_tokens: usage.reasoning_tokens,
        }
    }
}

impl From<&Completion> for Choice {
    fn from(completion: &Completion) -> Self {
        Choice {
            message: ReplyMessage {
                role: "assistant".to_owned(),
                content: completion.text.clone(),
                reasoning_content: completion.reasoning.clone(),
                tool_calls: completion.tool_calls.clone(),
            },
            stop_reason: stop_reason(&completion.finish),
        }
    }
}

impl From<Choice> for Completion {
    fn from(choice: Choice) -> Self {
        Completion {
            text: choice.message.content,
            reasoning: choice.message.reasoning_content,
            tool_calls: choice.message.tool_calls,
            finish: finish_reason(&choice.stop_reason),
        }
    }
}

/// EvalScope's words for why a reply ended.
const STOP_REASONS: [(FinishReason, &str); 5] = [
    (FinishReason::Stop, "stop"),
    (FinishReason::Length, "max_tokens"),
    (FinishReason::Context, "model_length"),
    (FinishReason::ToolCalls, "tool_calls"),
    (FinishReason::ContentFilter, "content_filter"),
];
/// Stands before a server's own word that could be taken for one of ours.
const OTHER: &str = "other:";

fn stop_reason(finish: &FinishReason) -> String {
    match finish {
        FinishReason::Other(word)
            if word.starts_with(OTHER) || STOP_REASONS.iter().any(|(_, ours)| ours == word) =>
        {
            format!("{OTHER}{word}")
        }
        FinishReason::Other(word) => word.clone(),
        known => STOP_REASONS
            .iter()
            .find(|(reason, _)| reason == known)
            .map_or_else(String::new, |(_, word)| (*word).to_owned()),
    }
}

fn finish_reason(word: &str) -> FinishReason {
    if let Some((reason, _)) = STOP_REASONS.iter().find(|(_, ours)| *ours == word) {
        return reason.clone();
    }
    FinishReason::Other(word.strip_prefix(OTHER).unwrap_or(word).to_owned())
}

impl From<&ContinuationScore> for LoglikelihoodLine {
    fn from(score: &ContinuationScore) -> Self {
        LoglikelihoodLine {
            sum: Exact(score.sum),
            per_token: score.per_token.iter().copied().map(Exact).collect(),
            is_greedy: score.is_greedy,
            tokens: score.tokens,
            bytes: score.bytes,
        }
    }
}

impl From<LoglikelihoodLine> for ContinuationScore {
    fn from(line: LoglikelihoodLine) -> Self {
        ContinuationScore {
            sum: line.sum.0,
            per_token: line.per_token.into_iter().map(|float| float.0).collect(),
            is_greedy: line.is_greedy,
            tokens: line.tokens,
            bytes: line.bytes,
        }
    }
}
