//! Parts of a stage's figures that stand for themselves: tokens, conversations, and what the client did.

use crate::measure::figures::Figures;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Tokens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
pub struct Tokens {
    /// Of a prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<Figures>,
    /// Of an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Figures>,
    /// Pieces with content of an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chunks: Option<Figures>,
    /// Tokens in a piece, of all answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_chunk: Option<f64>,
    /// Prompt tokens that the server had in its cache, as a share of all; where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_share: Option<f64>,
    /// Tokens of a prompt by the server's count, less those by --tokenizer-path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_difference: Option<Apart>,
    /// Guessed tokens that were accepted, as a share of all guessed ones; where the server says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_share: Option<f64>,
    /// The same share as pieces of several tokens suggest: 1 − 1 / (tokens after the first / pieces after the first).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_share_by_pieces: Option<f64>,
    /// Answers whose tokens are not known, because the server did not count them.
    pub unknown: u64,
    /// Answers whose tokens were counted here.
    pub counted_here: u64,
}

/// How far two counts are apart.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Apart {
    /// How often they were compared.
    pub count: u64,
    /// The least difference.
    pub min: f64,
    /// The greatest.
    pub max: f64,
    /// The mean.
    pub mean: f64,
}

/// What the client did to the figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
pub struct Client {
    /// Whether the kernel stamped arrivals; without it stamps are those of reads.
    pub kernel_stamps: bool,
    /// Most requests in flight.
    pub most_in_flight: u64,
    /// Time that slots waited for the client between answer and next request, as a share of all time.
    pub share_of_cycle: f64,
    /// Share of the stage in which the load loop stood still, because the reading of answers could not follow.
    #[serde(default)]
    pub blocked_share: f64,
    /// From the taking up of a request to its sending, or between two on a slot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_ms: Option<Figures>,
    /// How late requests went out, in an open loop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_ms: Option<Figures>,
    /// Median of how late those went out that had to wait for no slot, connecting left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_own_ms: Option<f64>,
    /// What that lateness adds to the tail of the times until the first content, or of whole answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_tail: Option<Tail>,
    /// How long first tokens lay in the kernel's queue. Times do not contain it where the kernel stamps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queued_ms: Option<Figures>,
    /// How much too long the median time to first token may be, because reads found first pieces together with others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttft_unsure_ms: Option<f64>,
    /// The same in their tail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttft_unsure_tail: Option<Tail>,
    /// Pieces that a late read found together with the one before, as a share of all.
    pub merged_share: f64,
    /// How late a timer of the load loop went off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loop_lag_p50_ms: Option<f64>,
    /// The same, 99th percentile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loop_lag_p99_ms: Option<f64>,
    /// The server runs on the same machine, as far as its address says.
    #[serde(default)]
    pub shares_machine: bool,
    /// CPU time of the load loop and of the reading of answers as a share of that of all cores, while the load was on.
    #[serde(default)]
    pub machine_share: f64,
    /// Share of their time in which this machine's cores worked, whoever used them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine_busy_share: Option<f64>,
    /// CPU time of the load loop.
    pub loop_cpu_s: f64,
    /// The same as a share of one core.
    pub loop_cpu_share: f64,
    /// CPU time of the thread that reads what answers say, counts it and writes it down.
    #[serde(default)]
    pub reading_cpu_s: f64,
    /// CPU time of the whole program.
    pub cpu_s: f64,
}

/// What the client did to the tail of times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tail {
    /// Which percentile: `p99`, with fewer than 300 requests `p95`, with fewer than 60 `p90`, so that three lie beyond it.
    pub percentile: String,
    /// The time there.
    pub ms: f64,
    /// What of it, or besides it, may be the client's.
    pub client_ms: f64,
}

/// How the slots of a closed loop began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Beginning {
    /// A little apart, so that they did not keep in step.
    Apart,
    /// In the same instant.
    AtOnce,
    /// Over a time that was asked for.
    Over,
}

/// Conversations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Turns {
    /// Conversations of which a measured turn was answered.
    pub sessions: u64,
    /// Turns that were answered, of each.
    pub per_session: f64,
    /// Time to first token of first turns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_ttft_ms: Option<Figures>,
    /// Time to first token of later turns, whose beginning the server may have in its cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub later_ttft_ms: Option<Figures>,
}
