//! What happens during a load test, for whoever shows it.

use crate::measure::StageSummary;

/// Something happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// A stage begins.
    Stage {
        /// Its place, from 1.
        number: usize,
        /// How many there are, when that is known.
        of: Option<usize>,
        /// The load in few words.
        name: String,
    },
    /// A second has passed.
    Progress(Snapshot),
    /// A stage is over.
    Done(Box<StageSummary>),
    /// Something that a reader has to know.
    Notice(String),
}

/// How a stage goes.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Snapshot {
    /// Seconds since it began.
    pub seconds: f64,
    /// Requests that are over.
    pub finished: u64,
    /// Those of them that failed.
    pub failed: u64,
    /// Requests that will be sent, when that is known.
    pub planned: Option<u64>,
    /// Requests in flight.
    pub in_flight: u64,
    /// Requests that were over in the last second.
    pub requests_per_s: f64,
    /// Tokens that came in the last second, of answers that are over.
    pub tokens_per_s: f64,
    /// Median time to first token so far.
    pub ttft_p50_ms: Option<f64>,
    /// The same, 99th percentile.
    pub ttft_p99_ms: Option<f64>,
    /// Median time per output token so far.
    pub tpot_p50_ms: Option<f64>,
    /// Median time of a whole answer so far.
    pub e2e_p50_ms: Option<f64>,
}
