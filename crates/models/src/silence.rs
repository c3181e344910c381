//! Replies in which nothing was said, not even an end: asked for again, and taken when they stay so.
//!
//! A model may have nothing to say; then it generates its end, which servers count as a token. Servers that are out of
//! order send the same form without a token. The two cannot be told apart where tokens are not counted.

use crate::draft::Draft;
use evalscope_core::{CallFailure, FailureKind, GenerateRequest, Generation, Usage};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Silent replies that are not taken. One endpoint in a hundred calls being out of order, four in a row are one call in
/// a hundred million; a model that does say nothing costs three more calls.
const MOST: u32 = 3;

/// Whether nothing was said, as far as can be told, though there was room for it.
pub fn is_silent(draft: &Draft, request: &GenerateRequest) -> bool {
    let sampling = &request.sampling;
    let has_no_token = match draft.usage.output {
        Some(count) => count == 0,
        // A text of `stop` at the very beginning leaves nothing.
        None => sampling.stop.is_empty(),
    };
    has_no_token && sampling.max_tokens != Some(0) && draft.size() == 0 && draft.ends_by_itself()
}

/// The tokens of both, as far as they are known.
fn sum(one: Option<Usage>, other: Option<Usage>) -> Option<Usage> {
    match (one, other) {
        (Some(mut one), Some(other)) => {
            one.add(&other);
            Some(one)
        }
        (one, other) => one.or(other),
    }
}

/// The silent replies to one request.
#[derive(Default)]
pub struct Silences(Mutex<State>);

#[derive(Default)]
struct State {
    count: u32,
    /// The last one, and the endpoint that it is of.
    last: Option<(Generation, String)>,
    /// What the replies that were not taken cost.
    spent: Option<Usage>,
}

impl Silences {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another try begins, at this endpoint: when it fails, it was not the model that had nothing to say there. What another
    /// endpoint said stays in hand.
    pub fn begin(&self, endpoint: &str) {
        let last = &mut self.state().last;
        *last = last.take().filter(|(_, of)| of != endpoint);
    }

    /// A silent reply came from this endpoint. Whether there is to be another try: after enough of them it is the reply.
    pub fn add(&self, reply: Generation, endpoint: &str) -> bool {
        let mut state = self.state();
        state.count += 1;
        state.spent = sum(state.spent, reply.usage);
        state.last = Some((reply, endpoint.to_owned()));
        state.count <= MOST
    }

    /// How a call ended: where its last try brought silence, or failed at another endpoint than the silent one, that is the
    /// reply. The tokens of replies that were not taken
    /// count with its own.
    pub fn settle(&self, ended: Result<Generation, CallFailure>) -> Result<Generation, CallFailure> {
        let mut state = self.state();
        match (ended, state.last.take()) {
            (Ok(mut reply), _) => {
                reply.usage = sum(reply.usage, state.spent);
                Ok(reply)
            }
            // It is among those that were counted.
            (Err(failure), Some((mut reply, _))) if failure.kind != FailureKind::Cancelled => {
                reply.usage = state.spent;
                Ok(reply)
            }
            (Err(failure), _) => Err(failure),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::Counts;
    use crate::json::Fields;
    use evalscope_core::{FinishReason, Input, Sampling};

    #[test]
    fn silence_is_told_from_a_reply_that_ends_at_once() {
        let silent = |output, finish, sampling| {
            let mut draft = Draft::default();
            draft.choice(0).finish = finish;
            draft.count(Counts { input: Some(3), output, ..Counts::default() }, Fields::new());
            is_silent(&draft, &GenerateRequest::new(Input::Text("a".into()), sampling))
        };
        let with = |stop: &[&str], max_tokens| Sampling {
            stop: stop.iter().map(|text| (*text).into()).collect(),
            max_tokens,
            ..Sampling::default()
        };
        assert!(silent(Some(0), Some(FinishReason::Stop), with(&[], None)));
        assert!(silent(Some(0), None, with(&["a"], Some(9))));
        assert!(silent(None, Some(FinishReason::Stop), with(&[], None)));
        assert!(!silent(Some(1), Some(FinishReason::Stop), with(&[], None)), "its end is a token");
        assert!(!silent(None, Some(FinishReason::Stop), with(&["a"], None)), "it may have stopped at once");
        assert!(!silent(Some(0), Some(FinishReason::Stop), with(&[], Some(0))), "there was no room");
        assert!(!silent(Some(0), Some(FinishReason::ContentFilter), with(&[], None)), "it was withheld");
        assert!(!silent(Some(0), Some(FinishReason::Length), with(&[], None)));
    }

    #[test]
    fn tokens_of_replies_that_were_not_taken_are_counted() {
        let reply = |output| Generation { usage: Some(Usage::new(10, output)), ..Generation::default() };
        let silences = Silences::default();
        assert!(silences.add(reply(0), "a") && silences.add(reply(0), "a"));
        assert_eq!(silences.settle(Ok(reply(5))).unwrap().usage, Some(Usage::new(30, 5)));
        let failure = || CallFailure::new(FailureKind::Server, "silence");
        let silences = Silences::default();
        assert!(silences.add(reply(0), "a"));
        assert_eq!(silences.settle(Err(failure())).unwrap().usage, Some(Usage::new(10, 0)));
        assert!(silences.settle(Err(failure())).is_err());
        // A try that failed takes the silence of its own endpoint back, and that of no other.
        for (endpoint, is_kept) in [("a", false), ("b", true)] {
            let silences = Silences::default();
            silences.begin("a");
            assert!(silences.add(reply(0), "a"));
            silences.begin(endpoint);
            assert_eq!(silences.settle(Err(failure())).is_ok(), is_kept);
        }
        let enough = Silences::default();
        assert_eq!([(); 4].map(|()| enough.add(reply(0), "a")), [true, true, true, false]);
    }
}
