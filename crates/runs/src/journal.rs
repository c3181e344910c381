//! The journal of one subset: each outcome is one line, written before anything looks at it.

use crate::entry::{CallKey, JournalEntry, Recorded};
use crate::error::Error;
use crate::index::{self, Line};
use crate::lines;
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
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

/// Bytes that are read at once: samples are looked up nearly in order.
const WINDOW: u64 = 1 << 18;

#[derive(Debug)]
struct Inner {
    file: File,
    /// What was read last, and where it stands. What was there when the journal was opened does not change.
    window: Vec<u8>,
    window_start: u64,
    /// Where the line began that was read last.
    last: u64,
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
        let mut inner = Inner {
            file,
            window: Vec::new(),
            window_start: 0,
            last: 0,
            end: index.end,
            is_torn: false,
            is_unsynced: index.end > 0,
        };
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
    pub fn recorded(&self, key: &CallKey) -> Result<Option<Recorded>, Error> {
        let Some(at) = index::find(&self.lines, *key) else { return Ok(None) };
        let line = self.lines[at];
        let bytes = self.lock().read(&line).map_err(Error::file("read", &self.path))?;
        match Recorded::from_line(&bytes) {
            Ok(recorded) => Ok(Some(recorded)),
            Err(message) => Err(index::misshapen(&self.path, line, message)),
        }
    }

    /// Returns once everything appended so far is on the disk.
    pub fn sync(&self) -> Result<(), Error> {
        let mut inner = self.lock();
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
    /// The bytes of a line that was there when the journal was opened.
    fn read(&mut self, line: &Line) -> std::io::Result<Vec<u8>> {
        let len = line.len as usize;
        if let Some(bytes) = self.seen(line.start, len) {
            self.last = line.start;
            return Ok(bytes);
        }
        let is_near = line.start.abs_diff(std::mem::replace(&mut self.last, line.start)) <= WINDOW;
        if !is_near || u64::from(line.len) > WINDOW {
            return lines::read_line(&mut self.file, line);
        }
        // A little of what stands before it: threads take turns.
        self.window_start = line.start.saturating_sub(WINDOW / 4);
        self.window.clear();
        self.file.seek(SeekFrom::Start(self.window_start))?;
        let wanted = (line.start - self.window_start + u64::from(line.len)).max(WINDOW);
        (&mut self.file).take(wanted).read_to_end(&mut self.window)?;
        self.seen(line.start, len).ok_or_else(|| ErrorKind::UnexpectedEof.into())
    }

    /// Bytes of the window.
    fn seen(&self, start: u64, len: usize) -> Option<Vec<u8>> {
        let from = usize::try_from(start.checked_sub(self.window_start)?).ok()?;
        self.window.get(from..from.checked_add(len)?).map(<[u8]>::to_vec)
    }

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
