//! Makes the index of a run: one thread reads its calls and reviews, another writes, because each takes as long as the other.

use super::gather::{Gathered, Names, gather};
use crate::error::Error;
use evalscope_runs::RunFolder;
use rusqlite::{Connection, params};
use serde_json::json;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};

/// Samples whose facts stand in one row.
const CHUNK: usize = 1 << 14;
/// Batches that wait to be written at most.
const WAITING: usize = 8;

/// Words are gathered up to `hashsize` bytes before they become a part of the index: parts are merged again and again, so that with
/// SQLite's 1 MB half of the time is merging. More gains little and takes as much more memory.
const TABLES: &str = "
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA cache_size = -16000;
    CREATE TABLE about (fingerprint TEXT, parts TEXT, errors TEXT, samples INTEGER);
    CREATE TABLE chunks (first INTEGER PRIMARY KEY, facts BLOB, keys BLOB);
    CREATE TABLE samples (
        seq INTEGER PRIMARY KEY, at INTEGER, repeat INTEGER, id TEXT, answer TEXT, target TEXT, excerpt TEXT,
        error TEXT, review BLOB, calls BLOB
    );
    CREATE VIRTUAL TABLE words USING fts5(text, content = '', detail = full, prefix = '3 4');
    INSERT INTO words (words, rank) VALUES ('hashsize', 33554432);
    INSERT INTO words (words, rank) VALUES ('automerge', 16);
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
    let (sender, receiver) = sync_channel(WAITING);
    let (written, names) = std::thread::scope(|scope| {
        let gathering = scope.spawn(|| gather(folder, sender));
        let mut writer = Writer { connection: &connection, seq: 0, facts: Vec::new(), keys: Vec::new() };
        let written = writer.all(receiver, progress).map_err(&failed);
        (written, gathering.join())
    });
    let names =
        names.map_err(|_| Error::Internal { message: "a run could not be read for its index".into() })?;
    let (samples, names) = (written?, names?);
    about(&connection, fingerprint, &names, samples).map_err(&failed)?;
    connection.execute_batch("COMMIT").map_err(&failed)
}

fn about(connection: &Connection, fingerprint: &str, names: &Names, samples: u64) -> rusqlite::Result<usize> {
    let (parts, errors) = (json!(names.parts).to_string(), json!(names.errors).to_string());
    let row = params![fingerprint, parts, errors, samples.cast_signed()];
    connection.execute("INSERT INTO about VALUES (?, ?, ?, ?)", row)
}

struct Writer<'a> {
    connection: &'a Connection,
    seq: u64,
    facts: Vec<u8>,
    keys: Vec<u8>,
}

impl Writer<'_> {
    /// Writes all samples; returns how many there were.
    fn all(&mut self, from: Receiver<Vec<Gathered>>, progress: &Progress) -> rusqlite::Result<u64> {
        for batch in from {
            for sample in &batch {
                self.sample(sample)?;
            }
            progress.done.store(self.seq, Ordering::Relaxed);
        }
        self.flush()?;
        Ok(self.seq)
    }

    fn sample(&mut self, of: &Gathered) -> rusqlite::Result<()> {
        let seq = self.seq.cast_signed();
        let mut rows =
            self.connection.prepare_cached("INSERT INTO samples VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")?;
        rows.execute(params![
            seq,
            of.row.index.cast_signed(),
            of.row.repeat,
            of.row.id,
            of.row.answer,
            of.row.target,
            of.row.excerpt,
            of.row.error,
            of.review,
            of.calls
        ])?;
        let mut words = self.connection.prepare_cached("INSERT INTO words (rowid, text) VALUES (?, ?)")?;
        words.execute(params![seq, of.words])?;
        of.fact.write(&mut self.facts);
        self.keys.extend_from_slice(&of.question.to_le_bytes());
        self.seq += 1;
        if self.facts.len() == CHUNK * super::facts::FACT_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> rusqlite::Result<()> {
        if self.facts.is_empty() {
            return Ok(());
        }
        let first = self.seq - (self.facts.len() / super::facts::FACT_BYTES) as u64;
        let row = params![first.cast_signed(), self.facts, self.keys];
        self.connection.execute("INSERT INTO chunks VALUES (?, ?, ?)", row)?;
        self.facts.clear();
        self.keys.clear();
        Ok(())
    }
}
