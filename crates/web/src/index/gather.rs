//! What an index says of each sample, read from the run's calls and reviews in the order of samples.

use super::facts::{Fact, verdict_code};
use super::part::{Part, Stored};
use super::words::spaced;
use crate::error::Error;
use evalscope_report::page::{PartOfRun, Row, Spot, Texts, parts};
use evalscope_runs::{Place, PlaceReader, RunFolder};
use std::sync::mpsc::SyncSender;

/// Samples that are handed on together, so that there are few hand-overs. What waits of a sample is at most twenty thousand characters of
/// words and a few lines of a list; the sample itself is in memory whole while it is read, and where the lines of a part stand takes 32
/// bytes a line, which is most of it in a part of a million samples.
const BATCH: usize = 64;

/// What the index holds of a sample.
pub struct Gathered {
    pub row: Row,
    pub review: Vec<u8>,
    pub calls: Vec<u8>,
    pub fact: Fact,
    pub question: u64,
    /// All texts, as words to be found.
    pub words: String,
}

/// The parts of a run and the kinds of errors that occurred, by their codes.
#[derive(Default)]
pub struct Names {
    pub parts: Vec<Part>,
    pub errors: Vec<String>,
}

/// Reads all samples and hands them on.
pub fn gather(folder: &RunFolder, to: SyncSender<Vec<Gathered>>) -> Result<Names, Error> {
    let mut gatherer = Gatherer { names: Names::default(), batch: Vec::new(), to, seq: 0 };
    for part in parts(folder) {
        gatherer.part(folder, part?)?;
    }
    gatherer.hand_on()?;
    Ok(gatherer.names)
}

struct Gatherer {
    names: Names,
    batch: Vec<Gathered>,
    to: SyncSender<Vec<Gathered>>,
    seq: u32,
}

impl Gatherer {
    fn part(&mut self, folder: &RunFolder, mut part: PartOfRun) -> Result<(), Error> {
        let below = |reader: &PlaceReader| {
            let files = reader.files().map(|path| path.strip_prefix(folder.path()).unwrap_or(path));
            files.map(|path| path.to_string_lossy().into_owned()).collect()
        };
        self.names.parts.push(Part {
            model: part.model.clone(),
            benchmark: part.benchmark.clone(),
            subset: part.subset.clone(),
            reviews: below(&part.reviews),
            calls: below(&part.calls),
        });
        while let Some(spot) = part.next_spot() {
            let gathered = self.sample(&mut part, &spot)?;
            self.batch.push(gathered);
            self.seq += 1;
            if self.batch.len() == BATCH {
                self.hand_on()?;
            }
        }
        Ok(())
    }

    fn sample(&mut self, part: &mut PartOfRun, spot: &Spot) -> Result<Gathered, Error> {
        let review = spot.review.map(|at| part.reviews.review(at)).transpose()?;
        let last = spot.calls.clone().last().map(|at| part.calls.call(at)).transpose()?;
        let texts = Texts::of(review.as_ref(), last.as_ref());
        let number = u16::try_from(self.names.parts.len().saturating_sub(1)).unwrap_or(u16::MAX);
        let row = Row::of((self.seq, number), spot, review.as_ref(), &texts, part.verdicts);
        let stored = |Place { file, start, len }: Place| Stored { file, start, len };
        let fact = Fact {
            part: number,
            verdict: verdict_code(row.verdict),
            error: texts.error.as_ref().map_or(0, |(kind, _)| self.error_code(kind)),
            length: row.length,
            score: row.score.unwrap_or(f32::NAN),
        };
        Ok(Gathered {
            review: Stored::write_all(spot.review.map(|at| stored(part.reviews.place(at).1))),
            calls: Stored::write_all(spot.calls.clone().map(|at| stored(part.calls.place(at).1))),
            fact,
            question: self.question(texts.id, spot.repeat),
            words: spaced(texts.searchable()),
            row,
        })
    }

    fn hand_on(&mut self) -> Result<(), Error> {
        // Where nobody takes it, writing has failed; that error is the one that is told.
        let nobody = |_| Error::Internal { message: "the index is not written any more".into() };
        self.to.send(std::mem::take(&mut self.batch)).map_err(nobody)
    }

    /// What is equal for the same question in another run: benchmark, subset, id and repeat.
    fn question(&self, id: &str, repeat: u32) -> u64 {
        let mut hasher = blake3::Hasher::new();
        if let Some(part) = self.names.parts.last() {
            for text in [part.benchmark.as_str(), "\n", &part.subset, "\n", id] {
                hasher.update(text.as_bytes());
            }
        }
        hasher.update(&repeat.to_le_bytes());
        hasher.finalize().as_bytes().first_chunk().map_or(0, |bytes: &[u8; 8]| u64::from_le_bytes(*bytes))
    }

    fn error_code(&mut self, kind: &str) -> u8 {
        let errors = &mut self.names.errors;
        let place = errors.iter().position(|known| known == kind).unwrap_or_else(|| {
            errors.push(kind.to_owned());
            errors.len() - 1
        });
        u8::try_from(place + 1).unwrap_or(u8::MAX)
    }
}
