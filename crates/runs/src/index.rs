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
    lines::scan(file, number, MAX_LINE, |_, text, is_whole| key(text, is_whole)).map_err(
        |unread| match unread {
            Unread::File(source) => Error::file("read", path)(source),
            Unread::Line(line, message) => Error::BrokenLine { path: path.to_owned(), line, message },
        },
    )
}

/// A line without its line break may be torn, which only reading all of it shows.
fn key(text: &[u8], is_whole: bool) -> Result<CallKey, String> {
    if let Some(key) = first_fields(text).filter(|_| is_whole) {
        return Ok(key);
    }
    let key: KeyOnly = serde_json::from_slice(text).map_err(|error| lines::json_message(&error))?;
    Ok(CallKey { index: key.index, repeat: key.repeat, call: key.call })
}

/// The key of a whole line as this program writes it: with the key first, in this order. What stands behind it is looked
/// at by who reads the line; here it would be most of the time that a run takes to be opened.
fn first_fields(text: &[u8]) -> Option<CallKey> {
    let text = text.strip_suffix(b"}")?.strip_prefix(br#"{"index":"#)?;
    let (index, text) = number(text)?;
    let (repeat, text) = number(text.strip_prefix(br#","repeat":"#)?)?;
    // A review has no call.
    let (call, text) = match text.strip_prefix(br#","call":"#) {
        Some(rest) => number(rest)?,
        None => (0, text),
    };
    text.starts_with(br#",""#).then_some(())?;
    Some(CallKey { index, repeat: repeat.try_into().ok()?, call: call.try_into().ok()? })
}

/// The digits at the beginning as a number, and what follows.
fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let end = text.iter().position(|byte| !byte.is_ascii_digit())?;
    let (digits, rest) = text.split_at(end);
    Some((str::from_utf8(digits).ok()?.parse().ok()?, rest))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_way_to_a_key_is_taken_only_where_it_leads_to_the_same() {
        let short = |text: &str| first_fields(text.as_bytes()).map(|key| (key.index, key.repeat, key.call));
        for (text, taken) in [
            (r#"{"index":7,"repeat":1,"call":2,"id":"a"}"#, Some((7, 1, 2))),
            (r#"{"index":7,"repeat":1,"id":"a"}"#, Some((7, 1, 0))),
            (r#"{"index":7,"id":"a"}"#, None),
            (r#"{"index": 7,"repeat":1,"id":"a"}"#, None),
            (r#"{"index":7,"repeat":1,"call":2,"id":"a""#, None),
            (r#"{"index":7,"repeat":99999999999,"id":"a"}"#, None),
            (r#"{"index":-7,"repeat":1,"id":"a"}"#, None),
        ] {
            assert_eq!(short(text), taken, "{text}");
            if let (Some(_), Ok(key)) = (taken, serde_json::from_str::<KeyOnly>(text)) {
                assert_eq!(taken, Some((key.index, key.repeat, key.call)));
            }
        }
    }
}
