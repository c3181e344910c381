//! What calls took, as the summary has it: tokens, times, money.

use evalscope_core::Amount;
use schemars::JsonSchema;
use serde::Serialize;

/// What a benchmark took.
#[derive(Debug, Clone, PartialEq, Default, Serialize, JsonSchema)]
pub struct Usage {
    /// Calls in the journal.
    pub calls: u64,
    /// Calls among them that failed. What they cost is not known.
    pub failed_calls: u64,
    /// Calls among them that the response cache answered. They cost nothing: tokens and times leave them out.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cached_calls: u64,
    /// Calls among them that were answered without a count of tokens. They are not in the cost.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub uncounted_calls: u64,
    /// Tokens, as the server counts them; absent when it does not.
    pub tokens: Option<Tokens>,
    /// Times of the calls that brought a reply.
    pub latency: Option<Latency>,
    /// How fast the whole went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throughput: Option<Throughput>,
    /// What the tokens cost; absent without a price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Tokens of all calls.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, JsonSchema)]
pub struct Tokens {
    /// Tokens of the prompts.
    pub input: u64,
    /// Tokens of the replies, reasoning included.
    pub output: u64,
    /// Tokens of the prompts that the server had computed before, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached: Option<u64>,
    /// Tokens of the replies that were reasoning, where the server says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<u64>,
    /// `input` for each sample and repeat that had such a call, on average.
    pub input_per_sample: f64,
    /// `output` likewise.
    pub output_per_sample: f64,
}

/// Times from sending a request to the last byte of its reply, as the client saw them beside the other calls in flight.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Latency {
    /// Half of the calls took no longer.
    pub p50_ms: f64,
    /// 95 of 100 calls took no longer.
    pub p95_ms: f64,
    /// Median time to the first token, where replies were streamed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttft_p50_ms: Option<f64>,
    /// 95 of 100 first tokens took no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttft_p95_ms: Option<f64>,
    /// Median, over the calls, of the mean time between two pieces of a streamed reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub itl_p50_ms: Option<f64>,
    /// In 95 of 100 calls it was no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub itl_p95_ms: Option<f64>,
    /// Median of the tokens a second of one reply: after the first token where replies were streamed, else over the
    /// whole call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream_tokens_per_s: Option<f64>,
}

/// How fast the whole went, at the concurrency of the run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Throughput {
    /// Seconds in which calls were in flight; pauses between the sessions of a run do not count.
    pub busy_s: f64,
    /// Samples, repeats counted, in each of these seconds.
    pub samples_per_s: f64,
    /// Tokens of replies in each of these seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_tokens_per_s: Option<f64>,
}

/// What tokens cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Cost {
    /// Three letters, such as `USD`.
    pub currency: String,
    /// What the calls cost whose tokens the server counted, and 0 for what the response cache answered; absent when it is
    /// known of no call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spent: Option<Amount>,
    /// `spent` for each right answer; absent when there is none, when the main metric does not count right answers, and
    /// when some of the answers cost nothing or an unknown amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_correct: Option<Amount>,
}

/// What all benchmarks of a model took.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ModelUsage {
    /// The model.
    pub model: String,
    /// What it took.
    pub usage: Usage,
    /// What looking at its endpoints took before, which is not in `usage`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<ProbeUsage>,
}

/// What looking at the endpoints of a model took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProbeUsage {
    /// Tokens of the prompts.
    pub input: u64,
    /// Tokens of the replies.
    pub output: u64,
    /// What they cost; absent without a price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
}
