//! Makes the index of a run: one pass over its calls and reviews, in the order of samples.

use super::facts::{Fact, verdict_code};
use super::part::{Part, Stored};
use super::words::spaced;
use crate::error::Error;
use crate::texts::{Texts, first_line};
use evalscope_report::Verdicts;
use evalscope_runs::{JournalEntry, PlaceReader, Review, RunFolder, Verdict};
use rusqlite::{Connection, params};
use serde_json::json;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Samples whose facts stand in one row.
const CHUNK: usize = 1 << 14;
/// Characters of a text in a list.
const EXCERPT: usize = 160;

const TABLES: &str = "
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA cache_size = -32000;
    CREATE TABLE about (fingerprint TEXT, parts TEXT, errors TEXT, samples INTEGER);
    CREATE TABLE chunks (first INTEGER PRIMARY KEY, facts BLOB, keys BLOB);
    CREATE TABLE samples (
        seq INTEGER PRIMARY KEY, at INTEGER, repeat INTEGER, id TEXT, answer TEXT, target TEXT, excerpt TEXT,
        error TEXT, review BLOB, calls BLOB
    );
    CREATE VIRTUAL TABLE words USING fts5(text, content = '', detail = full, prefix = '3 4');
";

/// How far the making of an index is.
#[derive(Debug, Default)]
pub struct Progress {
    /// Samples done.
    pub done: AtomicU64,
    /// Samples planned.
    pub total: AtomicU64,
}

/// Makes the index in `path`, which must not exist.
pub fn build(folder: &RunFolder, fingerprint: &str, path: &Path, progress: &Progress) -> Result<(), Error> {
    let failed = Error::index(path);
    let connection = Connection::open(path).map_err(&failed)?;
    connection.execute_batch(TABLES).map_err(&failed)?;
    connection.execute_batch("BEGIN").map_err(&failed)?;
    progress.total.store(folder.plan().samples(), Ordering::Relaxed);
    let mut writer = Writer::new(&connection, path, progress);
    let plan = folder.plan();
    for model in &plan.models {
        for benchmark in &plan.benchmarks {
            let verdicts = Verdicts::of(benchmark, plan.repeats);
            for subset in benchmark.subsets.keys() {
                writer.part(folder, (&model.id, &benchmark.name, subset), verdicts)?;
            }
        }
    }
    writer.finish(fingerprint)?;
    connection.execute_batch("COMMIT").map_err(&failed)
}

struct Writer<'a> {
    connection: &'a Connection,
    path: &'a Path,
    progress: &'a Progress,
    parts: Vec<Part>,
    errors: Vec<String>,
    seq: u64,
    facts: Vec<u8>,
    keys: Vec<u8>,
}

impl<'a> Writer<'a> {
    fn new(connection: &'a Connection, path: &'a Path, progress: &'a Progress) -> Writer<'a> {
        let (parts, errors) = (Vec::new(), Vec::new());
        Writer { connection, path, progress, parts, errors, seq: 0, facts: Vec::new(), keys: Vec::new() }
    }

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
        self.parts.push(Part {
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
        self.add(key, review.as_ref(), last.as_ref(), verdicts, (review_place, call_places))
    }

    fn add(
        &mut self,
        (at, repeat): (u64, u32),
        review: Option<&Review>,
        last: Option<&JournalEntry>,
        verdicts: Verdicts,
        (review_place, call_places): (Vec<u8>, Vec<u8>),
    ) -> Result<(), Error> {
        let texts = Texts::of(review, last);
        let error = texts.error.as_ref().map(|(kind, _)| kind.clone());
        let score = review.and_then(|review| match &review.verdict {
            Verdict::Scored(score) => score.main().map(|(_, value)| value as f32),
            Verdict::Failed(_) => None,
        });
        let fact = Fact {
            part: u16::try_from(self.parts.len().saturating_sub(1)).unwrap_or(u16::MAX),
            verdict: verdict_code(review.map(|review| verdicts.kind(review))),
            error: error.as_deref().map_or(0, |kind| self.error_code(kind)),
            length: u32::try_from(texts.reply.chars().count()).unwrap_or(u32::MAX),
            score: score.unwrap_or(f32::NAN),
        };
        fact.write(&mut self.facts);
        self.keys.extend_from_slice(&self.question(texts.id, repeat).to_le_bytes());
        let failed = Error::index(self.path);
        let excerpt = first_line(&texts.asked, EXCERPT);
        let message = texts.error.as_ref().map(|(_, message)| first_line(message, EXCERPT));
        self.connection
            .prepare_cached("INSERT INTO samples VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
            .and_then(|mut statement| {
                let (answer, target) = (
                    texts.answer.map(|text| first_line(text, EXCERPT)),
                    texts.target.map(|text| first_line(text, EXCERPT)),
                );
                statement.execute(params![
                    self.seq.cast_signed(),
                    at.cast_signed(),
                    repeat,
                    first_line(texts.id, EXCERPT),
                    answer,
                    target,
                    excerpt,
                    message,
                    review_place,
                    call_places
                ])
            })
            .map_err(&failed)?;
        self.connection
            .prepare_cached("INSERT INTO words (rowid, text) VALUES (?, ?)")
            .and_then(|mut statement| {
                statement.execute(params![self.seq.cast_signed(), spaced(texts.searchable())])
            })
            .map_err(&failed)?;
        self.seq += 1;
        self.progress.done.store(self.seq, Ordering::Relaxed);
        if (self.seq as usize).is_multiple_of(CHUNK) {
            self.flush()?;
        }
        Ok(())
    }

    /// What is equal for the same question in another run: benchmark, subset, id and repeat.
    fn question(&self, id: &str, repeat: u32) -> u64 {
        let mut hasher = blake3::Hasher::new();
        if let Some(part) = self.parts.last() {
            for text in [part.benchmark.as_str(), "\n", &part.subset, "\n", id] {
                hasher.update(text.as_bytes());
            }
        }
        hasher.update(&repeat.to_le_bytes());
        hasher.finalize().as_bytes().first_chunk().map_or(0, |bytes: &[u8; 8]| u64::from_le_bytes(*bytes))
    }

    fn error_code(&mut self, kind: &str) -> u8 {
        let place = self.errors.iter().position(|known| known == kind).unwrap_or_else(|| {
            self.errors.push(kind.to_owned());
            self.errors.len() - 1
        });
        u8::try_from(place + 1).unwrap_or(u8::MAX)
    }

    fn flush(&mut self) -> Result<(), Error> {
        let first = self.seq - (self.facts.len() / super::facts::FACT_BYTES) as u64;
        self.connection
            .execute(
                "INSERT INTO chunks VALUES (?, ?, ?)",
                params![first.cast_signed(), self.facts, self.keys],
            )
            .map_err(Error::index(self.path))?;
        self.facts.clear();
        self.keys.clear();
        Ok(())
    }

    fn finish(mut self, fingerprint: &str) -> Result<(), Error> {
        if !self.facts.is_empty() {
            self.flush()?;
        }
        let (parts, errors) = (json!(self.parts).to_string(), json!(self.errors).to_string());
        let row = params![fingerprint, parts, errors, self.seq.cast_signed()];
        self.connection
            .execute("INSERT INTO about VALUES (?, ?, ?, ?)", row)
            .map(drop)
            .map_err(Error::index(self.path))
    }
}
