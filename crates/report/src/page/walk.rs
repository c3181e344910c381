//! Walks through the samples of a run in their order, which gives each its number.

use crate::error::Error;
use crate::verdict::Verdicts;
use evalscope_runs::{PlaceReader, RunFolder};
use std::ops::Range;

/// A part of a run: one subset of one benchmark on one model.
pub struct PartOfRun {
    /// The model.
    pub model: String,
    /// The benchmark with protocol.
    pub benchmark: String,
    /// The subset.
    pub subset: String,
    /// How its verdicts are told.
    pub verdicts: Verdicts,
    /// Its reviews.
    pub reviews: PlaceReader,
    /// Its calls.
    pub calls: PlaceReader,
    review: usize,
    call: usize,
}

/// One repeat of a sample, and where its lines are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// Its place in the subset.
    pub index: u64,
    /// Which repetition.
    pub repeat: u32,
    /// Its review among the part's reviews.
    pub review: Option<usize>,
    /// Its calls among the part's calls.
    pub calls: Range<usize>,
}

/// The parts of a run in the order of its plan.
pub fn parts(folder: &RunFolder) -> impl Iterator<Item = Result<PartOfRun, Error>> + '_ {
    let plan = folder.plan();
    plan.models.iter().flat_map(move |model| {
        plan.benchmarks.iter().flat_map(move |benchmark| {
            let verdicts = Verdicts::of(benchmark, plan.repeats);
            let names = benchmark.subsets.keys().map(move |subset| (&model.id, &benchmark.name, subset));
            names.map(move |name| part(folder, name, verdicts))
        })
    })
}

fn part(
    folder: &RunFolder,
    (model, benchmark, subset): (&String, &String, &String),
    verdicts: Verdicts,
) -> Result<PartOfRun, Error> {
    Ok(PartOfRun {
        model: model.clone(),
        benchmark: benchmark.clone(),
        subset: subset.clone(),
        verdicts,
        reviews: folder.find_reviews(model, benchmark, subset)?,
        calls: folder.find_calls(model, benchmark, subset)?,
        review: 0,
        call: 0,
    })
}

impl PartOfRun {
    /// The next sample that has a review or a call; both readers are in order, so that they are walked through side by side.
    pub fn next_spot(&mut self) -> Option<Spot> {
        let of = |reader: &PlaceReader, at: usize| {
            (at < reader.len()).then(|| reader.place(at).0).map(|key| (key.index, key.repeat))
        };
        let reviewed = of(&self.reviews, self.review);
        let (index, repeat) = [reviewed, of(&self.calls, self.call)].into_iter().flatten().min()?;
        let review = (reviewed == Some((index, repeat))).then_some(self.review);
        let calls = self.calls.find(index, repeat);
        self.review += usize::from(review.is_some());
        self.call = self.call.max(calls.end);
        Some(Spot { index, repeat, review, calls })
    }
}
