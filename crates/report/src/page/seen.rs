//! What a walk through a run sees: how many samples of each kind there are, what went wrong, and which samples a page could hold.

use crate::error::Error;
use crate::page::facets::{ErrorCount, Facets, PartCounts, VERDICTS, verdict_word};
use crate::page::failures::Failures;
use crate::page::row::excerpt;
use crate::page::texts::Texts;
use crate::page::walk::{PartOfRun, Spot, parts};
use crate::verdict::Verdicts;
use evalscope_core::digest;
use evalscope_runs::{Place, PlaceReader, RunFolder};
use std::collections::BinaryHeap;
use std::path::{Path, PathBuf};

/// Samples in a page at most: more makes a browser slow and helps nobody to look.
pub const MAX_SAMPLES: usize = 2_000;

/// Where a sample is that a page could hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// Its number in the run.
    pub seq: u32,
    /// Which of the parts.
    pub part: u16,
    /// Its place in its subset, and which repetition.
    pub key: (u64, u32),
    /// Where its review stands.
    pub review: Option<Place>,
    /// Where its calls stand.
    pub calls: Vec<Place>,
}

/// The files of a part and what else is needed to read its samples.
pub struct PartFiles {
    /// How its verdicts are told.
    pub verdicts: Verdicts,
    /// Its files of reviews.
    pub reviews: Vec<PathBuf>,
    /// Its files of calls.
    pub calls: Vec<PathBuf>,
}

/// What a walk through a run saw.
pub struct Seen {
    /// How many there are of each kind.
    pub facets: Facets,
    /// What went wrong.
    pub failures: Failures,
    /// The examples of what went wrong.
    pub examples: Vec<Candidate>,
    /// The parts' files.
    pub files: Vec<PartFiles>,
    /// An evenly spread choice for each verdict, and the same each time.
    pub candidates: [Vec<Candidate>; VERDICTS.len()],
}

/// Keeps the lowest digests.
#[derive(Default)]
struct Lowest(BinaryHeap<(String, Candidate)>);

impl Lowest {
    fn add(&mut self, rank: String, candidate: impl FnOnce() -> Candidate) {
        let is_full = self.0.len() >= MAX_SAMPLES;
        if is_full && self.0.peek().is_some_and(|(highest, _)| *highest <= rank) {
            return;
        }
        if is_full {
            self.0.pop();
        }
        self.0.push((rank, candidate()));
    }

    fn in_order(self) -> Vec<Candidate> {
        self.0.into_sorted_vec().into_iter().map(|(_, candidate)| candidate).collect()
    }
}

/// Walks through a run once. Of its calls it reads only those without a review.
pub fn look(folder: &RunFolder) -> Result<Seen, Error> {
    let mut looker = Looker::default();
    for part in parts(folder) {
        looker.part(part?)?;
    }
    Ok(looker.seen())
}

#[derive(Default)]
struct Looker {
    seq: u32,
    parts: Vec<PartCounts>,
    errors: Vec<ErrorCount>,
    failures: Failures,
    examples: Vec<Candidate>,
    files: Vec<PartFiles>,
    lowest: [Lowest; VERDICTS.len()],
}

impl Looker {
    fn part(&mut self, mut part: PartOfRun) -> Result<(), Error> {
        let files = |reader: &PlaceReader| reader.files().map(Path::to_owned).collect();
        self.files.push(PartFiles {
            verdicts: part.verdicts,
            reviews: files(&part.reviews),
            calls: files(&part.calls),
        });
        self.parts.push(PartCounts {
            model: part.model.clone(),
            benchmark: part.benchmark.clone(),
            subset: part.subset.clone(),
            counts: Default::default(),
        });
        while let Some(spot) = part.next_spot() {
            self.sample(&mut part, &spot)?;
            self.seq += 1;
        }
        Ok(())
    }

    fn sample(&mut self, part: &mut PartOfRun, spot: &Spot) -> Result<(), Error> {
        let review = spot.review.map(|at| part.reviews.review(at)).transpose()?;
        let unreviewed = spot.calls.clone().last().filter(|_| review.is_none());
        let last = unreviewed.map(|at| part.calls.call(at)).transpose()?;
        let word = verdict_word(review.as_ref().map(|review| part.verdicts.kind(review)));
        let verdict = VERDICTS.iter().position(|known| *known == word).unwrap_or(VERDICTS.len() - 1);
        if let Some(counted) = self.parts.last_mut() {
            counted.counts[verdict] += 1;
        }
        let texts = Texts::of(review.as_ref(), last.as_ref());
        let mut is_example = false;
        if let Some((kind, message)) = &texts.error {
            self.error(kind);
            if word == VERDICTS[0] {
                is_example = self.failures.add(kind, &excerpt(message), self.seq);
            }
        }
        let key = (spot.index, spot.repeat);
        let rank = digest(&(&part.model, &part.benchmark, &part.subset, key));
        let (seq, number) = (self.seq, u16::try_from(self.files.len() - 1).unwrap_or(u16::MAX));
        let candidate = || Candidate {
            seq,
            part: number,
            key,
            review: spot.review.map(|at| part.reviews.place(at).1),
            calls: spot.calls.clone().map(|at| part.calls.place(at).1).collect(),
        };
        if is_example {
            self.examples.push(candidate());
        }
        self.lowest[verdict].add(rank, candidate);
        Ok(())
    }

    fn error(&mut self, kind: &str) {
        match self.errors.iter_mut().find(|known| known.kind == kind) {
            Some(known) => known.count += 1,
            None => self.errors.push(ErrorCount { kind: kind.to_owned(), count: 1 }),
        }
    }

    fn seen(self) -> Seen {
        let facets = Facets {
            samples: self.seq as usize,
            verdicts: VERDICTS,
            parts: self.parts,
            errors: self.errors,
            longest: None,
        };
        let candidates = self.lowest.map(Lowest::in_order);
        let failures = self.failures.sorted();
        Seen { facets, failures, examples: self.examples, files: self.files, candidates }
    }
}
