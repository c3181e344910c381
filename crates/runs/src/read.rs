//! Readers of what a run wrote down, in order of samples, one line in memory at a time.

use crate::entry::{CallKey, JournalEntry, Review};
use crate::error::Error;
use crate::index::{self, Line};
use crate::lines;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::io::{BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// A file that is read here and there, mostly onwards.
struct Source {
    path: PathBuf,
    reader: BufReader<File>,
    /// Where the reader stands.
    at: u64,
}

impl Source {
    fn open(path: &Path, file: File) -> std::io::Result<Source> {
        let mut reader = BufReader::with_capacity(1 << 16, file);
        reader.rewind()?;
        Ok(Source { path: path.to_owned(), reader, at: 0 })
    }

    /// The bytes of a line. What is buffered already is not read again.
    fn read(&mut self, line: Line) -> std::io::Result<Vec<u8>> {
        let mut bytes = vec![0; line.len as usize];
        self.reader.seek_relative(line.start.cast_signed().saturating_sub(self.at.cast_signed()))?;
        self.reader.read_exact(&mut bytes)?;
        self.at = line.start + u64::from(line.len);
        Ok(bytes)
    }
}

/// The lines of one or two files in order of their keys; of equal keys the later file's and the later line.
pub(crate) struct Lines {
    files: Vec<Source>,
    order: Vec<Line>,
    next: usize,
}

impl Lines {
    /// Finds the lines. A file that is not there has none; a torn last line is left out.
    pub fn open(paths: &[PathBuf]) -> Result<Lines, Error> {
        let mut files = Vec::new();
        let mut lines: Vec<Line> = Vec::new();
        for path in paths {
            let file = match File::open(path) {
                Ok(file) => file,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(Error::file("read", path)(error)),
            };
            let mut index = index::scan(path, &file, u32::try_from(files.len()).unwrap_or(u32::MAX))?;
            // Most often there is one file: a million lines are not held twice.
            if lines.is_empty() {
                lines = index.lines;
            } else {
                lines.append(&mut index.lines);
            }
            files.push(Source::open(path, file).map_err(Error::file("read", path))?);
        }
        Ok(Lines { files, order: index::latest(lines), next: 0 })
    }

    /// Number of lines.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// The next line; `None` after the last.
    pub fn next_line(&mut self) -> Result<Option<Vec<u8>>, Error> {
        if self.next >= self.order.len() {
            return Ok(None);
        }
        self.next += 1;
        self.line(self.next - 1).map(Some)
    }

    /// The line at a place in the order.
    fn line(&mut self, at: usize) -> Result<Vec<u8>, Error> {
        let line = self.order[at];
        let source = &mut self.files[line.file as usize];
        source.read(line).map_err(Error::file("read", &source.path))
    }

    fn parse<T>(&mut self, at: usize, parse: fn(&[u8]) -> Result<T, String>) -> Result<T, Error> {
        let bytes = self.line(at)?;
        let line = self.order[at];
        let path = &self.files[line.file as usize].path;
        parse(&bytes).map_err(|message| index::misshapen(path, line, message))
    }

    /// The call that the last line is of that was read.
    pub fn last_key(&self) -> Option<CallKey> {
        self.order.get(self.next.checked_sub(1)?).map(|line| line.key)
    }

    /// What `parse` makes of the next line; `None` after the last.
    pub fn parse_next<T>(&mut self, parse: fn(&[u8]) -> Result<T, String>) -> Option<Result<T, Error>> {
        if self.next >= self.order.len() {
            return None;
        }
        self.next += 1;
        Some(self.parse(self.next - 1, parse))
    }
}

/// One repeat of a sample in a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleRef {
    /// Position of the sample in the subset, from 0.
    pub index: u64,
    /// Which repetition, from 0.
    pub repeat: u32,
    /// The data set's own id of the row.
    pub id: String,
}

/// Reads the journal of a subset in order of sample, repeat and call.
pub struct JournalReader(Lines);

impl JournalReader {
    pub(crate) fn open(path: &Path) -> Result<JournalReader, Error> {
        Ok(JournalReader(Lines::open(&[path.to_owned()])?))
    }

    /// Number of calls.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The samples that have a call, in order; of each line only the id is kept.
    pub fn samples(&mut self) -> Result<Vec<SampleRef>, Error> {
        let mut samples: Vec<SampleRef> = Vec::new();
        for at in 0..self.0.order.len() {
            let CallKey { index, repeat, .. } = self.0.order[at].key;
            if samples.last().is_none_or(|last| (last.index, last.repeat) != (index, repeat)) {
                samples.push(SampleRef { index, repeat, id: self.0.parse(at, parse_id)? });
            }
        }
        Ok(samples)
    }

    /// The calls of one repeat of a sample, in order; wherever the iteration stands.
    pub fn calls(&mut self, index: u64, repeat: u32) -> Result<Vec<JournalEntry>, Error> {
        let place = |key: &CallKey| (key.index, key.repeat);
        let start = self.0.order.partition_point(|line| place(&line.key) < (index, repeat));
        let end = self.0.order.partition_point(|line| place(&line.key) <= (index, repeat));
        (start..end).map(|at| self.0.parse(at, JournalEntry::from_line)).collect()
    }
}

impl Iterator for JournalReader {
    type Item = Result<JournalEntry, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.parse_next(JournalEntry::from_line)
    }
}

/// Reads the reviews of a subset in order of sample and repeat.
pub struct ReviewReader(Lines);

impl ReviewReader {
    pub(crate) fn open(paths: &[PathBuf]) -> Result<ReviewReader, Error> {
        Ok(ReviewReader(Lines::open(paths)?))
    }

    /// The review of one repeat of a sample, wherever the iteration stands.
    pub fn find(&mut self, index: u64, repeat: u32) -> Result<Option<Review>, Error> {
        let key = CallKey { index, repeat, call: 0 };
        index::find(&self.0.order, key).map(|at| self.0.parse(at, Review::from_line)).transpose()
    }

    /// Number of reviews.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Iterator for ReviewReader {
    type Item = Result<Review, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.parse_next(Review::from_line)
    }
}

/// Finds the lines of a subset by sample, reviews or calls, and says where they stand.
pub struct PlaceReader(Lines);

/// Where a line stands: which of the reader's files, and where in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Which file.
    pub file: u32,
    /// Bytes before the line.
    pub start: u64,
    /// Bytes of the line.
    pub len: u32,
}

impl Place {
    /// The line that stands here in this file, without a reader.
    pub fn read(&self, path: &Path, files: &mut OpenFiles) -> Result<Vec<u8>, Error> {
        let mut read = || {
            let file = files.get(path)?;
            file.seek(SeekFrom::Start(self.start))?;
            let mut bytes = vec![0; self.len as usize];
            file.read_exact(&mut bytes)?;
            Ok(bytes)
        };
        read().map_err(Error::file("read", path))
    }
}

/// Files of which lines are read in any order: some stay open.
#[derive(Debug, Default)]
pub struct OpenFiles(HashMap<PathBuf, File>);

/// Files that stay open at most.
const MOST_OPEN: usize = 128;

impl OpenFiles {
    fn get(&mut self, path: &Path) -> std::io::Result<&mut File> {
        if self.0.len() >= MOST_OPEN && !self.0.contains_key(path) {
            self.0.clear();
        }
        match self.0.entry(path.to_owned()) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(new) => Ok(new.insert(File::open(path)?)),
        }
    }
}

impl PlaceReader {
    pub(crate) fn open(paths: &[PathBuf]) -> Result<PlaceReader, Error> {
        Ok(PlaceReader(Lines::open(paths)?))
    }

    /// Number of lines.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the line at this position is about, and where it stands.
    pub fn place(&self, at: usize) -> (CallKey, Place) {
        let line = self.0.order[at];
        (line.key, Place { file: line.file, start: line.start, len: line.len })
    }

    /// The files that [`Place::file`] counts, from 0.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.0.files.iter().map(|source| source.path.as_path())
    }

    /// The positions of the lines about one repeat of a sample.
    pub fn find(&self, index: u64, repeat: u32) -> std::ops::Range<usize> {
        let place = |key: &CallKey| (key.index, key.repeat);
        let start = self.0.order.partition_point(|line| place(&line.key) < (index, repeat));
        let end = self.0.order.partition_point(|line| place(&line.key) <= (index, repeat));
        start..end
    }

    /// The line at this position as a review.
    pub fn review(&mut self, at: usize) -> Result<Review, Error> {
        self.0.parse(at, Review::from_line)
    }

    /// The line at this position as a call.
    pub fn call(&mut self, at: usize) -> Result<JournalEntry, Error> {
        self.0.parse(at, JournalEntry::from_line)
    }
}

fn parse_id(line: &[u8]) -> Result<String, String> {
    #[derive(serde::Deserialize)]
    struct IdOnly {
        id: String,
    }
    serde_json::from_slice::<IdOnly>(line).map(|line| line.id).map_err(|error| lines::json_message(&error))
}
