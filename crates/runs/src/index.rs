//! The lines of a run's files by the call that they are about.

use crate::entry::CallKey;
use crate::error::Error;
use crate::lines::{self, LineIndex, Unread};
use serde::Deserialize;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Bytes of a line at most: no reply is that long, and a file without line breaks must not fill the memory.
const MAX_LINE: u32 = 1 << 29;

/// Where the line of a call stands.
pub type Line = lines::Line<CallKey>;

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
pub fn scan(path: &Path, file: &File, number: u32) -> Result<LineIndex<CallKey>, Error> {
    lines::scan(file, number, MAX_LINE, |_, text| key(text)).map_err(|unread| match unread {
        Unread::File(source) => Error::file("read", path)(source),
        Unread::Line(line, message) => Error::BrokenLine { path: path.to_owned(), line, message },
    })
}

fn key(text: &[u8]) -> Result<CallKey, String> {
    let key: KeyOnly = serde_json::from_slice(text).map_err(|error| lines::json_message(&error))?;
    Ok(CallKey { index: key.index, repeat: key.repeat, call: key.call })
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
