//! One repeat of a sample as programs exchange it: what was asked, what was answered, what it was worth.

use evalscope_core::{
    CallFailure, Effect, GenerateRequest, Generation, Input, LoglikelihoodRequest, Message, Outcome, Score,
    Usage,
};
use evalscope_runs::{JournalEntry, Verdict};

/// Which part of a run a sample belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Part {
    /// The model.
    pub model: String,
    /// The benchmark, with protocol.
    pub benchmark: String,
    /// The subset.
    pub subset: String,
}

/// One repeat of a sample.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answered {
    /// Position of the sample in the subset, from 0.
    pub index: u64,
    /// Which repetition, from 0.
    pub repeat: u32,
    /// The data set's own id of the row.
    pub id: String,
    /// The group that the subset belongs to.
    pub category: Option<String>,
    /// What it shares with other samples, such as its passage.
    pub cluster: Option<String>,
    /// The accepted answers.
    pub targets: Vec<String>,
    /// The calls in order.
    pub calls: Vec<JournalEntry>,
    /// What became of it; absent when it was not scored.
    pub verdict: Option<Verdict>,
}

impl Answered {
    /// The score, when there is one.
    pub fn score(&self) -> Option<&Score> {
        match &self.verdict {
            Some(Verdict::Scored(score)) => Some(score),
            _ => None,
        }
    }

    /// Why there is no score: the verdict says so, or without one the last call.
    pub fn failure(&self) -> Option<&CallFailure> {
        match &self.verdict {
            Some(Verdict::Failed(failure)) => Some(failure),
            Some(Verdict::Scored(_)) => None,
            None => self.calls.last()?.outcome.as_ref().err(),
        }
    }

    /// The call that stands for the sample where a form has place for one: the last one that brought something of a
    /// model, else the last one.
    pub fn call(&self) -> Option<&JournalEntry> {
        let asks_a_model = |call: &&JournalEntry| !matches!(call.effect, Effect::Execute(_));
        let mut latest = self.calls.iter().rev().filter(asks_a_model);
        latest.clone().find(|call| call.outcome.is_ok()).or(latest.next())
    }

    /// The reply of that call.
    pub fn generation(&self) -> Option<&Generation> {
        self.call()?.outcome.as_ref().ok()?.as_generation()
    }

    /// The text or conversation of that call.
    pub fn request(&self) -> Option<&GenerateRequest> {
        match &self.call()?.effect {
            Effect::Generate(request) => Some(request),
            Effect::Loglikelihood(_) | Effect::Execute(_) => None,
        }
    }

    /// The comparison of that call.
    pub fn comparison(&self) -> Option<&LoglikelihoodRequest> {
        match &self.call()?.effect {
            Effect::Loglikelihood(request) => Some(request),
            Effect::Generate(_) | Effect::Execute(_) => None,
        }
    }

    /// What was shown, as a conversation: a raw text or the text before continuations is a message of the user.
    pub fn messages(&self) -> Vec<Message> {
        match self.call().map(|call| &call.effect) {
            Some(Effect::Generate(request)) => match &request.input {
                Input::Chat(messages) => messages.clone(),
                Input::Text(text) => vec![Message::user(text.clone())],
            },
            Some(Effect::Loglikelihood(request)) => vec![Message::user(request.prefix_text())],
            Some(Effect::Execute(_)) | None => Vec::new(),
        }
    }

    /// Tokens of all calls, as far as they were counted.
    pub fn usage(&self) -> Option<Usage> {
        self.generations().filter_map(|generation| generation.usage).reduce(|mut sum, usage| {
            sum.add(&usage);
            sum
        })
    }

    /// Milliseconds of all calls together; absent when no call has a time.
    pub fn latency_ms(&self) -> Option<f64> {
        let sum: f64 = self.generations().map(|generation| generation.timing.latency_ms).sum();
        Some(sum).filter(|sum| *sum > 0.0)
    }

    fn generations(&self) -> impl Iterator<Item = &Generation> {
        self.calls.iter().filter_map(|call| call.outcome.as_ref().ok().and_then(Outcome::as_generation))
    }
}
