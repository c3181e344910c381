//! Finds the lines of a text file by key, without keeping their text. What the key of a line is, the caller says.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};

/// Where a line stands, without its line break. Runs have millions of lines, so it is small: 16 bytes and the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line<K> {
    /// By which it is found.
    pub key: K,
    /// Which of several files.
    pub file: u32,
    /// Its bytes.
    pub len: u32,
    /// Bytes before it.
    pub start: u64,
}

/// Where the lines of a file stand.
#[derive(Debug)]
pub struct LineIndex<K> {
    /// All lines as they come, but for empty ones.
    pub lines: Vec<Line<K>>,
    /// Where the last whole line ends.
    pub end: u64,
    /// What stands behind it.
    pub torn: Option<Torn>,
    /// Whether the last whole line lacks its line break.
    pub is_open: bool,
}

/// A last line without a key and without a line break: it was torn when a process ended.
#[derive(Debug)]
pub struct Torn {
    /// Its bytes.
    pub bytes: u64,
    /// What is wrong with it, and with which line, from 1.
    pub wrong: (u64, String),
    /// Whether there is nothing but white space.
    pub is_blank: bool,
}

/// Why a file has no index.
#[derive(Debug)]
pub enum Unread {
    /// The file system refused something.
    File(std::io::Error),
    /// A line, counted from 1, is not what it should be.
    Line(u64, String),
}

/// Reads a file once from its beginning. `file` tells it from other files, `longest` is what a line may have, and `key`
/// is given each line with its number, from 1, and whether its line break is there.
pub fn scan<K>(
    reader: &File,
    file: u32,
    longest: u32,
    mut key: impl FnMut(u64, &[u8], bool) -> Result<K, String>,
) -> Result<LineIndex<K>, Unread> {
    let mut reader = BufReader::with_capacity(1 << 17, reader);
    reader.seek(SeekFrom::Start(0)).map_err(Unread::File)?;
    let mut index = LineIndex { lines: Vec::new(), end: 0, torn: None, is_open: false };
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let reading = reader.by_ref().take(u64::from(longest)).read_until(b'\n', &mut line);
        let length = reading.map_err(Unread::File)? as u64;
        if length == 0 {
            break;
        }
        let ends = line.last() == Some(&b'\n');
        if length == u64::from(longest) && !ends {
            return Err(Unread::Line(number, format!("the line is longer than {longest} bytes")));
        }
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        match key(number, text, ends) {
            // It is no longer than `longest`.
            Ok(key) => index.lines.push(Line { key, file, len: text.len() as u32, start: index.end }),
            Err(_) if text.trim_ascii().is_empty() && ends => {}
            Err(message) if !ends => {
                let is_blank = text.trim_ascii().is_empty();
                index.torn = Some(Torn { bytes: length, wrong: (number, message), is_blank });
                break;
            }
            Err(message) => return Err(Unread::Line(number, message)),
        }
        index.is_open = !ends;
        index.end += length;
    }
    Ok(index)
}

/// The bytes of one line.
pub fn read_line<K>(file: &mut (impl Read + Seek), line: &Line<K>) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; line.len as usize];
    file.seek(SeekFrom::Start(line.start))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn index(text: &str, longest: u32) -> Result<LineIndex<u64>, Unread> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let number = |_, line: &[u8], _| serde_json::from_slice(line).map_err(|error| json_message(&error));
        scan(&file, 0, longest, number)
    }

    #[test]
    fn lines_are_found_and_a_torn_one_is_told() {
        let found = index("7\n\n 8 \n{", 100).unwrap();
        let places: Vec<_> = found.lines.iter().map(|line| (line.key, line.start, line.len)).collect();
        assert_eq!(places, [(7, 0, 1), (8, 3, 3)]);
        let torn = found.torn.unwrap();
        assert_eq!((found.end, torn.bytes, torn.wrong.0), (7, 1, 4));
        let open = index("7\n8", 100).unwrap();
        assert!(open.is_open && open.torn.is_none() && open.lines.len() == 2);
    }

    #[test]
    fn what_is_no_line_ends_the_reading() {
        assert!(matches!(index("7\noops\n8\n", 100), Err(Unread::Line(2, _))));
        let long = index("1234567890\n", 5);
        assert!(
            matches!(&long, Err(Unread::Line(1, message)) if message.contains("longer than 5")),
            "{long:?}"
        );
    }
}
