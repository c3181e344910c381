//! The samples of a run folder, journal and reviews put together, one in memory at a time.

use crate::answered::{Answered, Part};
use crate::error::Error;
use evalscope_core::Plan;
use evalscope_runs::{JournalEntry, JournalReader, Review, ReviewReader, RunFolder};
use std::iter::Peekable;

/// The parts of a plan in its order.
pub fn parts(plan: &Plan) -> Vec<Part> {
    let mut parts = Vec::new();
    for model in &plan.models {
        for benchmark in &plan.benchmarks {
            parts.extend(benchmark.subsets.keys().map(|subset| Part {
                model: model.id.clone(),
                benchmark: benchmark.name.clone(),
                subset: subset.clone(),
            }));
        }
    }
    parts
}

/// The samples of a part in order: those that have a call or a review.
pub fn samples(folder: &RunFolder, part: &Part) -> Result<Samples, Error> {
    Ok(Samples {
        calls: folder.read_journal(&part.model, &part.benchmark, &part.subset)?.peekable(),
        reviews: folder.read_reviews(&part.model, &part.benchmark, &part.subset)?.peekable(),
    })
}

/// Goes through the samples of a part.
pub struct Samples {
    calls: Peekable<JournalReader>,
    reviews: Peekable<ReviewReader>,
}

impl Iterator for Samples {
    type Item = Result<Answered, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_sample().transpose()
    }
}

impl Samples {
    fn next_sample(&mut self) -> Result<Option<Answered>, Error> {
        let call = self.calls.peek().and_then(|call| call.as_ref().ok()).map(place_of_call);
        let review = self.reviews.peek().and_then(|review| review.as_ref().ok()).map(place_of_review);
        // An unreadable line has no place, and comes first.
        if call.is_none() && self.calls.peek().is_some() || review.is_none() && self.reviews.peek().is_some()
        {
            self.calls.next_if(Result::is_err).transpose()?;
            self.reviews.next_if(Result::is_err).transpose()?;
        }
        let Some(place) = call.into_iter().chain(review).min() else { return Ok(None) };
        let mut sample = Answered { index: place.0, repeat: place.1, ..Answered::default() };
        while let Some(call) =
            self.calls.next_if(|call| call.as_ref().is_ok_and(|call| place_of_call(call) == place))
        {
            sample.calls.push(call?);
        }
        if let Some(call) = sample.calls.first() {
            sample.id.clone_from(&call.sample_id);
        }
        let same =
            |review: &Result<Review, _>| review.as_ref().is_ok_and(|review| place_of_review(review) == place);
        if let Some(review) = self.reviews.next_if(same) {
            sample.add_review(review?);
        }
        Ok(Some(sample))
    }
}

impl Answered {
    fn add_review(&mut self, review: Review) {
        self.id = review.sample_id;
        self.category = review.category;
        self.cluster = review.cluster;
        self.targets = review.targets;
        self.verdict = Some(review.verdict);
    }
}

fn place_of_call(call: &JournalEntry) -> (u64, u32) {
    (call.key.index, call.key.repeat)
}

fn place_of_review(review: &Review) -> (u64, u32) {
    (review.index, review.repeat)
}
