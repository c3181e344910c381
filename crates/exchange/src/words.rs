//! Words for the few things that every form names: how a sample stands, why a reply ended, why a call failed.

use crate::answered::Answered;
use evalscope_core::{CallFailure, FailureKind, FinishReason};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A sample with a score.
pub const SCORED: &str = "scored";
/// A sample of which a call failed.
pub const FAILED: &str = "failed";
/// A sample that was asked and not scored.
pub const UNSCORED: &str = "unscored";

/// How a sample stands.
pub fn status(sample: &Answered) -> &'static str {
    match (sample.score(), sample.failure()) {
        (Some(_), _) => SCORED,
        (None, Some(_)) => FAILED,
        (None, None) => UNSCORED,
    }
}

/// Inspect's and EvalScope's words for why a reply ended, which are the same.
const STOP_REASONS: [(FinishReason, &str); 5] = [
    (FinishReason::Stop, "stop"),
    (FinishReason::Length, "max_tokens"),
    (FinishReason::Context, "model_length"),
    (FinishReason::ToolCalls, "tool_calls"),
    (FinishReason::ContentFilter, "content_filter"),
];

/// Why a reply ended: one of those words, or the server's own.
pub fn stop_reason(finish: &FinishReason) -> String {
    let known = STOP_REASONS.iter().find(|(reason, _)| reason == finish);
    match (known, finish) {
        (Some((_, word)), _) => (*word).to_owned(),
        (None, FinishReason::Other(word)) => word.clone(),
        (None, _) => String::new(),
    }
}

/// The same for programs that only know their own words.
pub fn known_stop_reason(finish: &FinishReason) -> &'static str {
    STOP_REASONS.iter().find(|(reason, _)| reason == finish).map_or("unknown", |(_, word)| word)
}

/// Why a reply ended, from a word.
pub fn finish_reason(word: &str) -> FinishReason {
    let known = STOP_REASONS.iter().find(|(_, known)| *known == word);
    known.map_or_else(|| FinishReason::Other(word.to_owned()), |(reason, _)| reason.clone())
}

/// The name of a value that is written as a text.
pub fn name<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(name)) => name,
        _ => String::new(),
    }
}

/// The value that a name stands for.
pub fn named<T: DeserializeOwned>(name: &str) -> Option<T> {
    serde_json::from_value(Value::String(name.to_owned())).ok()
}

/// A failure that another program, or an export, tells of.
pub fn failure(kind: Option<&str>, message: &str) -> CallFailure {
    let kind = kind.and_then(named).unwrap_or(FailureKind::Other);
    CallFailure { attempts: 0, ..CallFailure::new(kind, message) }
}
