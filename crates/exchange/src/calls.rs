//! Calls of an imported sample, as a journal holds them.

use crate::answered::{Answered, Part};
use evalscope_core::{
    CallFailure, ContinuationTokens, Effect, GenerateRequest, Input, LoglikelihoodRequest, Outcome, Sampling,
    digest,
};
use evalscope_runs::{CallKey, JournalEntry};

/// A call and what it brought.
pub struct Reply {
    /// What was asked.
    pub effect: Effect,
    /// What came of it.
    pub outcome: Result<Outcome, CallFailure>,
    /// When, in seconds since 1970; 0 when that is not known.
    pub at: f64,
    /// It came from a cache.
    pub is_cached: bool,
}

impl Reply {
    /// A call of which no time is known.
    pub fn new(effect: Effect, outcome: Result<Outcome, CallFailure>) -> Reply {
        Reply { effect, outcome, at: 0.0, is_cached: false }
    }
}

/// Adds a call behind those that the sample has.
pub fn add(sample: &mut Answered, part: &Part, reply: Reply) {
    let call = u32::try_from(sample.calls.len()).unwrap_or(u32::MAX);
    sample.calls.push(JournalEntry {
        key: CallKey { index: sample.index, repeat: sample.repeat, call },
        sample_id: sample.id.clone(),
        digest: digest(&reply.effect),
        model: part.model.clone(),
        effect: reply.effect,
        outcome: reply.outcome,
        at: reply.at,
        cached: reply.is_cached,
    });
}

/// A question, of which no sampling is known.
pub fn question(input: Input) -> Effect {
    Effect::Generate(GenerateRequest::new(input, Sampling::default()))
}

/// A comparison of continuations.
pub fn comparison(prefix: &str, continuations: Vec<String>) -> Effect {
    Effect::Loglikelihood(LoglikelihoodRequest {
        prefix: vec![prefix.to_owned()],
        continuations,
        tokens: ContinuationTokens::default(),
    })
}
