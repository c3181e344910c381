//! The journal of one subset: each outcome is one line, written before anything looks at it.

use crate::entry::{CallKey, JournalEntry};
use crate::error::Error;
use crate::index::{self, Line};
use crate::lines;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The journal of one subset on one model. May be used from several threads.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    repaired: u64,
    /// What was in it when it was opened.
    lines: Vec<Line>,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    file: File,
    /// Where the next line begins.
    end: u64,
    /// A torn line could not be cut off.
    is_torn: bool,
    /// Something was written that may not be on the disk.
    is_unsynced: bool,
}

impl Journal {
    /// Opens or makes the journal, reads it once, and cuts off a line that was torn when a process ended.
    pub(crate) fn open(path: &Path) -> Result<Journal, Error> {
        let file = File::options()
            .create(true)
            .read(true)
            .append(true)
            .open(path)
            .map_err(Error::file("create", path))?;
        let index = index::scan(path, &file, 0)?;
        if index.torn.is_some() {
            file.set_len(index.end).map_err(Error::file("write", path))?;
        }
        let mut inner = Inner { file, end: index.end, is_torn: false, is_unsynced: index.end > 0 };
        if index.is_open {
            inner.write(path, b"\n")?;
        }
        let lines = index::latest(index.lines);
        Ok(Journal {
            path: path.to_owned(),
            repaired: index.torn.map_or(0, |torn| torn.bytes),
            lines,
            inner: Mutex::new(inner),
        })
    }

    /// Bytes of a torn last line that were cut off when the journal was opened.
    pub fn repaired_bytes(&self) -> u64 {
        self.repaired
    }

    /// Number of calls that had a line when it was opened.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether no call had a line when it was opened.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes an entry down. A later entry for the same call replaces an earlier one.
    pub fn append(&self, entry: &JournalEntry) -> Result<(), Error> {
        let mut line = entry.to_line().map_err(|message| Error::File {
            action: "write",
            path: self.path.clone(),
            source: std::io::Error::other(message),
        })?;
        line.push(b'\n');
        self.lock().write(&self.path, &line)
    }

    /// What had been written down for a call when the journal was opened. What is appended since is not looked up: the
    /// caller has it, and a place in memory for each call would be the largest thing in a run of millions.
    pub fn recorded(&self, key: &CallKey) -> Result<Option<JournalEntry>, Error> {
        let Some(at) = index::find(&self.lines, *key) else { return Ok(None) };
        let line = self.lines[at];
        let bytes =
            lines::read_line(&mut self.lock().file, &line).map_err(Error::file("read", &self.path))?;
        match JournalEntry::from_line(&bytes) {
            Ok(entry) => Ok(Some(entry)),
            Err(message) => Err(index::misshapen(&self.path, line, message)),
        }
    }

    /// Returns once everything appended so far is on the disk.
    pub fn sync(&self) -> Result<(), Error> {
        let mut inner = self.lock();
        // A run that is scored again has nothing to wait for, once for each of its subsets.
        if inner.is_unsynced {
            inner.file.sync_data().map_err(Error::file("write", &self.path))?;
            inner.is_unsynced = false;
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Appends `bytes` wholly or not at all.
    fn write(&mut self, path: &Path, bytes: &[u8]) -> Result<(), Error> {
        if self.is_torn {
            return Err(Error::Torn { path: path.to_owned() });
        }
        self.is_unsynced = true;
        if let Err(source) = self.file.write_all(bytes) {
            self.is_torn = self.file.set_len(self.end).is_err();
            return Err(Error::File { action: "write", path: path.to_owned(), source });
        }
        self.end += bytes.len() as u64;
        Ok(())
    }
}
