//! Finds the lines of a JSONL file by key, without keeping their text.

use crate::entry::CallKey;
use crate::error::Error;
use serde::Deserialize;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// Bytes of a line at most: no reply is that long, and a file without line breaks must not fill the memory.
const MAX_LINE: u64 = 1 << 29;

/// Where a line stands, without its line break. Runs have millions of lines, so it is small: 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    pub key: CallKey,
    /// Which of several files.
    pub file: u32,
    pub len: u32,
    pub start: u64,
}

/// Where the lines of a file stand.
#[derive(Debug, Default)]
pub struct LineIndex {
    /// All lines as they come; [`latest`] leaves one of each key.
    pub lines: Vec<Line>,
    /// Where the last whole line ends.
    pub end: u64,
    /// Bytes behind it: a line that was torn when a process ended.
    pub torn: u64,
    /// Whether the last whole line lacks its line break.
    pub is_open: bool,
}

/// What is read of a line to find it again. The rest is only checked to be JSON.
#[derive(Deserialize)]
struct KeyOnly {
    index: u64,
    #[serde(default)]
    repeat: u32,
    #[serde(default)]
    call: u32,
}

/// The last line of each key, in order of keys; of several files the last one's.
pub fn latest(mut lines: Vec<Line>) -> Vec<Line> {
    lines.sort_unstable_by_key(|line| (line.key, line.file, line.start));
    lines.dedup_by(|later, earlier| {
        let same = later.key == earlier.key;
        if same {
            *earlier = *later;
        }
        same
    });
    lines
}

/// The line of a key among the [`latest`].
pub fn find(lines: &[Line], key: CallKey) -> Option<usize> {
    lines.binary_search_by_key(&key, |line| line.key).ok()
}

/// Reads a file once from its beginning. `number` tells it from other files.
pub fn scan(path: &Path, file: &File, number: u32) -> Result<LineIndex, Error> {
    let reading = Error::file("read", path);
    let mut reader = BufReader::with_capacity(1 << 17, file);
    reader.seek(SeekFrom::Start(0)).map_err(&reading)?;
    let mut index = LineIndex::default();
    let mut line = Vec::new();
    for line_number in 1.. {
        line.clear();
        let length = reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut line).map_err(&reading)? as u64;
        if length == 0 {
            break;
        }
        let ends = line.last() == Some(&b'\n');
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        match serde_json::from_slice::<KeyOnly>(text) {
            Ok(key) => index.add(key, number, text.len()),
            Err(_) if text.trim_ascii().is_empty() && ends => {}
            Err(_) if !ends && length < MAX_LINE => {
                index.torn = length;
                break;
            }
            Err(error) => return Err(broken(path, line_number, &error)),
        }
        index.is_open = !ends;
        index.end += length;
    }
    Ok(index)
}

impl LineIndex {
    fn add(&mut self, key: KeyOnly, file: u32, length: usize) {
        let key = CallKey { index: key.index, repeat: key.repeat, call: key.call };
        // MAX_LINE fits.
        let len = u32::try_from(length).unwrap_or(u32::MAX);
        self.lines.push(Line { key, file, len, start: self.end });
    }
}

/// The bytes of one line.
pub fn read_line(file: &mut (impl Read + Seek), line: Line) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; line.len as usize];
    file.seek(SeekFrom::Start(line.start))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// The error for a line that is JSON but not what it should be.
pub fn misshapen(path: &Path, line: Line, message: String) -> Error {
    // Only for a message: when the file cannot be read now, the first line is as good a guess as any.
    let line = line_number(path, line.start).unwrap_or(1);
    Error::BrokenLine { path: path.to_owned(), line, message }
}

fn line_number(path: &Path, start: u64) -> std::io::Result<u64> {
    let mut before = File::open(path)?.take(start);
    let mut line = 1;
    let mut buffer = [0; 1 << 14];
    loop {
        match before.read(&mut buffer)? {
            0 => return Ok(line),
            length => line += buffer[..length].iter().filter(|byte| **byte == b'\n').count() as u64,
        }
    }
}

/// What `serde_json` says about one line, without its own line number.
pub fn json_message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    match text.strip_suffix(&place) {
        Some(message) => format!("{message} at column {}", error.column()),
        None => text,
    }
}

fn broken(path: &Path, line: u64, error: &serde_json::Error) -> Error {
    Error::BrokenLine { path: path.to_owned(), line, message: json_message(error) }
}
