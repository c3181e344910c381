//! The figures of a test, as `summary.json` has them. Keys carry units; what is not known is absent.

use crate::measure::figures::Figures;
use crate::measure::goodput::Goals;
use crate::measure::timeline::Second;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A load test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PerfSummary {
    /// Version of this form.
    pub version: u32,
    /// Version of the program.
    pub evalscope: String,
    /// When it began, UTC.
    pub began_at: String,
    /// The model's name.
    pub model: String,
    /// Where requests went, without credentials and query.
    pub url: String,
    /// How the server was talked to.
    pub api: String,
    /// Where the prompts came from.
    pub dataset: String,
    /// Prompts that differ.
    pub prompts: u64,
    /// Seed of prompts and schedule.
    pub seed: u64,
    /// The stages; of a search, its trials.
    pub stages: Vec<StageSummary>,
    /// What a search for the greatest load found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<Found>,
    /// What a reader has to know.
    pub notes: Vec<String>,
}

/// What a search for the greatest load that keeps its goals found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Found {
    /// `parallel` or `rate`.
    pub maximize: String,
    /// The goals, as they were read.
    pub goals: String,
    /// The greatest load that kept them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<f64>,
    /// The least load that did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<f64>,
    /// Why the search ended before both were known, or near enough to each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
}

/// A stage of a load test. Unless it is said, only measured requests that were answered in full count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StageSummary {
    /// The load in few words.
    pub name: String,
    /// Requests in flight that were asked for, in a closed loop or as a cap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parallel: Option<u32>,
    /// Requests per second that were asked for, in an open loop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// Which repetition of the same load it is, from 1.
    pub repeat: u32,
    /// Reasons why the figures are not the server's. Without any, the stage is valid.
    pub invalid: Vec<String>,
    /// How requests ended.
    pub requests: Requests,
    /// From the first sending to the last end of measured requests, failed ones included.
    pub duration_s: f64,
    /// What the server got done.
    pub throughput: Throughput,
    /// The same while all slots were in use and requests were still being sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steady: Option<Steady>,
    /// Requests that kept their goals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goodput: Option<Goodput>,
    /// Times; docs/perf-metrics.md defines each.
    pub latency: Latency,
    /// Tokens.
    pub tokens: Tokens,
    /// What the client did to the figures.
    pub client: Client,
    /// Second by second, all requests.
    pub timeline: Vec<Second>,
}

/// How requests ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
pub struct Requests {
    /// Measured requests.
    pub total: u64,
    /// Those that were answered in full.
    pub ok: u64,
    /// Those that were not.
    pub failed: u64,
    /// Requests before the measured ones.
    pub warm_up: u64,
    /// Requests after the measured ones.
    pub cool_down: u64,
    /// Requests that were in flight when the user ended the test; they are in no other number.
    pub aborted: u64,
    /// Measured requests by class.
    pub classes: IndexMap<String, u64>,
    /// One message for each class of failure.
    pub examples: IndexMap<String, String>,
}

/// What the server got done.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
pub struct Throughput {
    /// Requests answered in full, per second.
    pub requests_per_s: f64,
    /// Tokens of their answers, per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_tokens_per_s: Option<f64>,
    /// Tokens of their prompts and answers, per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_tokens_per_s: Option<f64>,
}

/// A part of a stage in which its load was constant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Steady {
    /// Its beginning, in seconds since the stage began.
    pub from_s: f64,
    /// Its end.
    pub to_s: f64,
    /// Requests answered in full in it.
    pub requests: u64,
    /// What the server got done in it.
    pub throughput: Throughput,
}

/// Requests that kept their goals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Goodput {
    /// The goals.
    pub goals: Goals,
    /// Requests that kept all of them.
    pub requests: u64,
    /// Their share of all measured requests; failed ones keep none.
    pub share: f64,
    /// 95 % interval of the share (Wilson).
    pub share_interval_95: (f64, f64),
    /// The same per second.
    pub requests_per_s: f64,
}

/// Times, each absent where it does not apply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
pub struct Latency {
    /// From the sending to the first content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttft_ms: Option<Figures>,
    /// From the first to the last content, for each token after the first; one value per request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tpot_ms: Option<Figures>,
    /// Between pieces with content, of all requests together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chunk_gap_ms: Option<Figures>,
    /// The same divided by the tokens that a piece of that request holds on average.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub itl_ms: Option<Figures>,
    /// From the sending to the end of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e2e_ms: Option<Figures>,
    /// From when the schedule wanted the request sent to the first content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttft_from_schedule_ms: Option<Figures>,
    /// From when the schedule wanted the request sent to the end of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e2e_from_schedule_ms: Option<Figures>,
    /// From the sending to the first byte of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_byte_ms: Option<Figures>,
    /// What a new connection took, of those requests that needed one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect_ms: Option<Figures>,
}

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
    /// Answers whose tokens are not known, because the server did not count them.
    pub unknown: u64,
    /// Answers whose tokens were counted here.
    pub counted_here: u64,
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
    /// From the taking up of a request to its sending, or between two on a slot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_ms: Option<Figures>,
    /// How late requests went out, in an open loop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_ms: Option<Figures>,
    /// How long first tokens lay in the kernel's queue. Times do not contain it where the kernel stamps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queued_ms: Option<Figures>,
    /// Pieces that a late read found together with the one before, as a share of all.
    pub merged_share: f64,
    /// How late a timer of the load loop went off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loop_lag_p50_ms: Option<f64>,
    /// The same, 99th percentile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loop_lag_p99_ms: Option<f64>,
    /// CPU time of the load loop.
    pub loop_cpu_s: f64,
    /// The same as a share of one core.
    pub loop_cpu_share: f64,
    /// CPU time of the whole program.
    pub cpu_s: f64,
}
