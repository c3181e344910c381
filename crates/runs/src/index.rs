//! Finds the lines of a JSONL file by key, without keeping their text.

use crate::entry::CallKey;
use crate::error::Error;
use serde::Deserialize;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// Bytes of a line at most: no reply is that long, and a file without line breaks must not fill the memory.
const MAX_LINE: u64 = 1 << 29;

/// Where a line stands, without its line break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub start: u64,
    pub len: u32,
}

/// Where the lines of a file stand.
#[derive(Debug, Default)]
pub struct LineIndex {
    /// The last line of each key.
    pub lines: HashMap<CallKey, Range>,
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

/// Reads a file once from its beginning.
pub fn scan(path: &Path, file: &File) -> Result<LineIndex, Error> {
    let reading = Error::file("read", path);
    let mut reader = BufReader::with_capacity(1 << 17, file);
    reader.seek(SeekFrom::Start(0)).map_err(&reading)?;
    let mut index = LineIndex::default();
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let length = reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut line).map_err(&reading)? as u64;
        if length == 0 {
            break;
        }
        let ends = line.last() == Some(&b'\n');
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        match serde_json::from_slice::<KeyOnly>(text) {
            Ok(key) => index.add(key, text.len()),
            Err(_) if text.trim_ascii().is_empty() && ends => {}
            Err(_) if !ends && length < MAX_LINE => {
                index.torn = length;
                break;
            }
            Err(error) => return Err(broken(path, number, &error)),
        }
        index.is_open = !ends;
        index.end += length;
    }
    Ok(index)
}

impl LineIndex {
    fn add(&mut self, key: KeyOnly, length: usize) {
        let key = CallKey { index: key.index, repeat: key.repeat, call: key.call };
        // MAX_LINE fits.
        let len = u32::try_from(length).unwrap_or(u32::MAX);
        self.lines.insert(key, Range { start: self.end, len });
    }
}

/// The bytes of one line.
pub fn read_range(file: &mut (impl Read + Seek), range: Range) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; range.len as usize];
    file.seek(SeekFrom::Start(range.start))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// The error for a line that is JSON but not what it should be.
pub fn misshapen(path: &Path, range: Range, message: String) -> Error {
    // Only for a message: when the file cannot be read now, the first line is as good a guess as any.
    let line = line_number(path, range.start).unwrap_or(1);
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
