//! An index that is there, opened for reading.

use super::facts::{FACT_BYTES, Fact};
use super::part::Part;
use super::view::{Filter, View};
use crate::error::Error;
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Filtered lists that are kept, so that scrolling does not filter again.
const KEPT_VIEWS: usize = 8;
/// Kilobytes of pages that SQLite keeps for a run.
const PAGE_CACHE_KB: i32 = 8_000;

/// The index of a run.
pub struct RunIndex {
    path: PathBuf,
    connection: Mutex<Connection>,
    facts: Vec<Fact>,
    parts: Vec<Part>,
    errors: Vec<String>,
    views: Mutex<Vec<(Filter, Arc<View>)>>,
}

impl RunIndex {
    /// Opens the index in `path` when it was made of files with this fingerprint.
    pub fn open(path: &Path, fingerprint: &str) -> Result<Option<RunIndex>, Error> {
        if !path.is_file() {
            return Ok(None);
        }
        let failed = Error::index(path);
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(&failed)?;
        let about =
            connection.query_row("SELECT fingerprint, parts, errors, samples FROM about", [], |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    row.get::<_, String>(1)?,
                    row.get::<_, String>(2)?,
                    row.get::<_, i64>(3)?,
                ))
            });
        // What cannot be read is no index: it is made anew.
        let Ok((made_of, parts, errors, samples)) = about else { return Ok(None) };
        let (Ok(parts), Ok(errors)) = (serde_json::from_str(&parts), serde_json::from_str(&errors)) else {
            return Ok(None);
        };
        if made_of != fingerprint {
            return Ok(None);
        }
        connection.pragma_update(None, "cache_size", -PAGE_CACHE_KB).map_err(&failed)?;
        let facts = read_facts(&connection, samples).map_err(&failed)?;
        let views = Mutex::new(Vec::new());
        Ok(Some(RunIndex {
            path: path.to_owned(),
            connection: Mutex::new(connection),
            facts,
            parts,
            errors,
            views,
        }))
    }

    /// The facts of all samples, in order.
    pub fn facts(&self) -> &[Fact] {
        &self.facts
    }

    /// The parts of the run.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The kinds of errors; the code of a fact is the place here, from 1.
    pub fn errors(&self) -> &[String] {
        &self.errors
    }

    /// The samples that pass a filter.
    pub fn view(&self, filter: &Filter) -> Result<Arc<View>, Error> {
        let kept = || self.views.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, view)) = kept().iter().find(|(known, _)| known == filter) {
            return Ok(view.clone());
        }
        let view = Arc::new(View::of(self, filter)?);
        let mut views = kept();
        if views.len() >= KEPT_VIEWS {
            views.remove(0);
        }
        views.push((filter.clone(), view.clone()));
        Ok(view)
    }

    /// For each sample what is equal for the same question in another run.
    pub fn questions(&self) -> Result<Vec<u64>, Error> {
        let mut keys = Vec::with_capacity(self.facts.len());
        self.each_blob("SELECT keys FROM chunks ORDER BY first", |bytes| {
            let chunks = bytes.as_chunks::<8>().0;
            keys.extend(chunks.iter().map(|bytes| u64::from_le_bytes(*bytes)));
        })?;
        Ok(keys)
    }

    pub(super) fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn failed(&self) -> impl Fn(rusqlite::Error) -> Error {
        Error::index(&self.path)
    }

    fn each_blob(&self, sql: &str, mut take: impl FnMut(&[u8])) -> Result<(), Error> {
        let connection = self.connection();
        blobs(&connection, sql, &mut take).map_err(self.failed())
    }
}

fn read_facts(connection: &Connection, samples: i64) -> rusqlite::Result<Vec<Fact>> {
    let mut facts = Vec::with_capacity(usize::try_from(samples).unwrap_or_default());
    blobs(connection, "SELECT facts FROM chunks ORDER BY first", &mut |bytes| {
        facts.extend(bytes.as_chunks::<FACT_BYTES>().0.iter().map(Fact::read));
    })?;
    Ok(facts)
}

fn blobs(connection: &Connection, sql: &str, take: &mut dyn FnMut(&[u8])) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        take(row.get_ref(0)?.as_blob()?);
    }
    Ok(())
}
