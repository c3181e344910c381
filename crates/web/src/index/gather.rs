//! What an index says of each sample, read from the run's calls and reviews in the order of samples.

use super::facts::{Fact, verdict_code};
use super::part::{Part, Stored};
use super::words::spaced;
use crate::error::Error;
use crate::texts::{Texts, first_line};
use evalscope_report::Verdicts;
use evalscope_runs::{JournalEntry, PlaceReader, Review, RunFolder, Verdict};
use std::sync::mpsc::SyncSender;

/// Characters of a text in a list.
const EXCERPT: usize = 160;
/// Samples that are handed on together: few hand-overs, and little memory however long the texts are.
const BATCH: usize = 64;

/// What the index holds of a sample.
pub struct Gathered {
    pub at: u64,
    pub repeat: u32,
    pub id: String,
    pub answer: Option<String>,
    pub target: Option<String>,
    pub excerpt: String,
    pub error: Option<String>,
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
    let mut gatherer = Gatherer { names: Names::default(), batch: Vec::new(), to };
    let plan = folder.plan();
    for model in &plan.models {
        for benchmark in &plan.benchmarks {
            let verdicts = Verdicts::of(benchmark, plan.repeats);
            for subset in benchmark.subsets.keys() {
                gatherer.part(folder, (&model.id, &benchmark.name, subset), verdicts)?;
            }
        }
    }
    gatherer.hand_on()?;
    Ok(gatherer.names)
}

struct Gatherer {
    names: Names,
    batch: Vec<Gathered>,
    to: SyncSender<Vec<Gathered>>,
}

impl Gatherer {
    fn part(
        &mut self,
        folder: &RunFolder,
        name: (&str, &str, &str),
        verdicts: Verdicts,
    ) -> Result<(), Error> {
        let (model, benchmark, subset) = name;
        let mut reviews = folder.find_reviews(model, benchmark, subset)?;
        let mut calls = folder.find_calls(model, benchmark, subset)?;
        let below = |reader: &PlaceReader| {
            let files = reader.files().map(|path| path.strip_prefix(folder.path()).unwrap_or(path));
            files.map(|path| path.to_string_lossy().into_owned()).collect()
        };
        self.names.parts.push(Part {
            model: model.to_owned(),
            benchmark: benchmark.to_owned(),
            subset: subset.to_owned(),
            reviews: below(&reviews),
            calls: below(&calls),
        });
        // Both readers are in order, so that they are walked through side by side.
        let (mut review, mut call) = (0, 0);
        while review < reviews.len() || call < calls.len() {
            let of = |reader: &PlaceReader, at: usize| {
                (at < reader.len()).then(|| reader.place(at).0).map(|key| (key.index, key.repeat))
            };
            let Some(key) = [of(&reviews, review), of(&calls, call)].into_iter().flatten().min() else {
                break;
            };
            let reviewed = (of(&reviews, review) == Some(key)).then_some(review);
            let called = calls.find(key.0, key.1);
            self.sample(key, (&mut reviews, reviewed), (&mut calls, called.clone()), verdicts)?;
            review += usize::from(reviewed.is_some());
            call = call.max(called.end);
        }
        Ok(())
    }

    fn sample(
        &mut self,
        key: (u64, u32),
        (reviews, reviewed): (&mut PlaceReader, Option<usize>),
        (calls, called): (&mut PlaceReader, std::ops::Range<usize>),
        verdicts: Verdicts,
    ) -> Result<(), Error> {
        let review = reviewed.map(|at| reviews.review(at)).transpose()?;
        let last = called.clone().last().map(|at| calls.call(at)).transpose()?;
        let stored = |reader: &PlaceReader, at: usize| {
            let place = reader.place(at).1;
            Stored { file: place.file, start: place.start, len: place.len }
        };
        let review_place = Stored::write_all(reviewed.map(|at| stored(&*reviews, at)));
        let call_places = Stored::write_all(called.map(|at| stored(&*calls, at)));
        let gathered = self.of(key, review.as_ref(), last.as_ref(), verdicts);
        self.batch.push(Gathered { review: review_place, calls: call_places, ..gathered });
        if self.batch.len() == BATCH { self.hand_on() } else { Ok(()) }
    }

    fn of(
        &mut self,
        (at, repeat): (u64, u32),
        review: Option<&Review>,
        last: Option<&JournalEntry>,
        verdicts: Verdicts,
    ) -> Gathered {
        let texts = Texts::of(review, last);
        let score = review.and_then(|review| match &review.verdict {
            Verdict::Scored(score) => score.main().map(|(_, value)| value as f32),
            Verdict::Failed(_) => None,
        });
        let fact = Fact {
            part: u16::try_from(self.names.parts.len().saturating_sub(1)).unwrap_or(u16::MAX),
            verdict: verdict_code(review.map(|review| verdicts.kind(review))),
            error: texts.error.as_ref().map_or(0, |(kind, _)| self.error_code(kind)),
            length: u32::try_from(texts.reply.chars().count()).unwrap_or(u32::MAX),
            score: score.unwrap_or(f32::NAN),
        };
        let line = |text: &str| first_line(text, EXCERPT);
        Gathered {
            at,
            repeat,
            id: line(texts.id),
            answer: texts.answer.map(line),
            target: texts.target.map(line),
            excerpt: line(&texts.asked),
            error: texts.error.as_ref().map(|(_, message)| line(message)),
            review: Vec::new(),
            calls: Vec::new(),
            fact,
            question: self.question(texts.id, repeat),
            words: spaced(texts.searchable()),
        }
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
