//! The texts of a sample that lists and searches show.

use evalscope_core::{CallFailure, Effect, Input};
use evalscope_runs::{JournalEntry, Review, Verdict};
use std::borrow::Cow;

/// The texts of a sample.
pub struct Texts<'a> {
    /// The data set's own id of the row.
    pub id: &'a str,
    /// What was asked last.
    pub asked: Cow<'a, str>,
    /// The reply.
    pub reply: Cow<'a, str>,
    /// What the model thought.
    pub reasoning: Option<&'a str>,
    /// The answer found in the reply.
    pub answer: Option<&'a str>,
    /// The first accepted answer.
    pub target: Option<&'a str>,
    /// Kind and message of the failure.
    pub error: Option<(String, &'a str)>,
}

impl<'a> Texts<'a> {
    /// Of a review and the sample's last call.
    pub fn of(review: Option<&'a Review>, last: Option<&'a JournalEntry>) -> Texts<'a> {
        let failure = review.and_then(|review| match &review.verdict {
            Verdict::Failed(failure) => Some(failure),
            Verdict::Scored(_) => None,
        });
        // A call may fail and its sample be scored all the same; then nothing went wrong with the sample.
        let unreviewed = last.filter(|_| review.is_none());
        let failure = failure.or_else(|| unreviewed.and_then(|call| call.outcome.as_ref().err()));
        let generation = last.and_then(|call| call.outcome.as_ref().ok()?.as_generation());
        let answer = review.and_then(|review| match &review.verdict {
            Verdict::Scored(score) => score.answer.as_deref(),
            Verdict::Failed(_) => None,
        });
        let id = review.map(|review| review.sample_id.as_str()).or(last.map(|call| call.sample_id.as_str()));
        Texts {
            id: id.unwrap_or_default(),
            asked: last.map(|call| asked(&call.effect)).unwrap_or_default(),
            reply: Cow::Borrowed(generation.map_or("", |generation| generation.text())),
            reasoning: generation.and_then(|generation| generation.completions.first()?.reasoning.as_deref()),
            answer,
            target: review.and_then(|review| review.targets.first()).map(String::as_str),
            error: failure.map(|failure| (kind(failure), failure.message.as_str())),
        }
    }

    /// All of them, for the search.
    pub fn searchable(&self) -> impl Iterator<Item = &str> {
        let some = [self.answer, self.target, self.error.as_ref().map(|(_, message)| *message)];
        let whole = [Some(self.id), Some(self.asked.as_ref()), Some(self.reply.as_ref()), self.reasoning];
        some.into_iter().chain(whole).flatten()
    }
}

fn kind(failure: &CallFailure) -> String {
    serde_json::to_value(failure.kind)
        .ok()
        .and_then(|kind| kind.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn asked(effect: &Effect) -> Cow<'_, str> {
    match effect {
        Effect::Generate(request) => match &request.input {
            Input::Text(text) => Cow::Borrowed(text.as_str()),
            Input::Chat(messages) => messages.last().map(|message| message.text()).unwrap_or_default(),
        },
        Effect::Loglikelihood(request) => Cow::Owned(request.prefix_text()),
        Effect::Execute(request) => Cow::Borrowed(request.program.as_str()),
    }
}
