//! The figures of a test, as `summary.json` has them. Keys carry units; what is not known is absent.

use crate::measure::figures::Figures;
use crate::measure::goodput::Goals;
use crate::measure::gpu::Gpu;
use crate::measure::heat::{HeatMap, Histogram};
use crate::measure::knee::Knee;
use crate::measure::parts::{Beginning, Client, Tokens, Turns};
use crate::measure::series::Series;
use crate::measure::spread::Spread;
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
    /// From where on more load brought little more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub knees: Vec<Knee>,
    /// How far several runs of the same load lie apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spreads: Vec<Spread>,
    /// What a reader has to know.
    pub notes: Vec<String>,
}

/// What a search for the greatest load that keeps its goals found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Found {
    /// `parallel`, `rate`, or the `speed` of a trace.
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
    /// Why it may be the client that missed the goals, and not the server: the trial was INVALID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
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
    /// How many times faster than recorded a trace was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_speed: Option<f64>,
    /// How the slots of a closed loop began. Older files do not say it: theirs began at once, if not over a time that is in
    /// the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Beginning>,
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
    /// The same while all slots were in use with measured requests and further ones followed.
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
    /// Conversations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turns: Option<Turns>,
    /// Second by second, all requests.
    pub timeline: Vec<Second>,
    /// How times are distributed: `ttft_ms`, `itl_ms`, `e2e_ms`.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub histograms: IndexMap<String, Histogram>,
    /// How that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heat: Option<HeatMap>,
    /// The server's own figures, on the time axis of the stage.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub server: Vec<Series>,
    /// What graphics cards did, where an exporter of theirs is among the addresses of the server's figures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gpus: Vec<Gpu>,
}

impl StageSummary {
    /// Requests came whatever became of those before.
    pub fn is_open(&self) -> bool {
        self.rate.is_some() || self.trace_speed.is_some()
    }
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
    /// Tokens of their answers, per second; absent where answers have none, as embeddings, and where some are not known.
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
