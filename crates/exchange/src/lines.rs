//! Lines of JSON found by key: an index of places is kept, not the lines.

use crate::error::Error;
use crate::json::{MAX_JSON, advice};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Where a line stands.
#[derive(Debug, Clone, Copy)]
struct Place {
    start: u64,
    length: u64,
    number: u64,
}

/// The lines of a file by key, those of one key in the order of the file.
pub struct Lines<K> {
    path: PathBuf,
    reader: BufReader<File>,
    order: Vec<(K, Place)>,
}

impl<K: Ord + Copy> Lines<K> {
    /// Reads the file once for its keys; `T` is what is read of a line to find it. A file that is not there has no
    /// lines.
    pub fn open<T: DeserializeOwned>(
        path: &Path,
        mut key: impl FnMut(T) -> Result<K, String>,
    ) -> Result<Option<Lines<K>>, Error> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::file("read", path)(error)),
        };
        let mut lines = Lines { path: path.to_owned(), reader: BufReader::new(file), order: Vec::new() };
        let (mut start, mut line) = (0, Vec::new());
        for number in 1.. {
            line.clear();
            let reading = (&mut lines.reader).take(MAX_JSON).read_until(b'\n', &mut line);
            let length = reading.map_err(Error::file("read", path))? as u64;
            if length == 0 {
                break;
            }
            if length == MAX_JSON {
                return Err(lines.malformed(number, format!("the line is longer than {MAX_JSON} bytes")));
            }
            if !line.trim_ascii().is_empty() {
                let found = serde_json::from_slice(&line)
                    .map_err(|error| json_message(&line, &error))
                    .and_then(&mut key);
                let found = found.map_err(|message| lines.malformed(number, message))?;
                lines.order.push((found, Place { start, length, number }));
            }
            start += length;
        }
        lines.order.sort_by_key(|(key, place)| (*key, place.number));
        Ok(Some(lines))
    }

    /// The keys in order, each once.
    pub fn keys(&self) -> Vec<K> {
        let mut keys: Vec<K> = self.order.iter().map(|(key, _)| *key).collect();
        keys.dedup();
        keys
    }

    /// The lines of a key, each with its place for messages.
    pub fn get(&mut self, key: K) -> Result<Vec<(String, Value)>, Error> {
        let from = self.order.partition_point(|(other, _)| *other < key);
        let to = self.order.partition_point(|(other, _)| *other <= key);
        (from..to).map(|at| self.read(self.order[at].1)).collect()
    }

    fn read(&mut self, place: Place) -> Result<(String, Value), Error> {
        let mut bytes = vec![0; usize::try_from(place.length).unwrap_or_default()];
        let read =
            self.reader.seek(SeekFrom::Start(place.start)).and_then(|_| self.reader.read_exact(&mut bytes));
        read.map_err(Error::file("read", &self.path))?;
        let value = serde_json::from_slice(&bytes).map_err(|error| json_message(&bytes, &error));
        let value = value.map_err(|message| self.malformed(place.number, message))?;
        Ok((place_name(&self.path, place.number), value))
    }

    fn malformed(&self, line: u64, message: String) -> Error {
        Error::malformed(place_name(&self.path, line), message)
    }
}

fn place_name(path: &Path, line: u64) -> String {
    format!("{}:{line}", path.display())
}

/// What is wrong with one line of JSON, without a line number of its own.
fn json_message(line: &[u8], error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let advice = advice(line, error).unwrap_or_default();
    match text.strip_suffix(&place) {
        Some(message) => format!("not a line of samples: {message} at column {}{advice}", error.column()),
        None => format!("not a line of samples: {text}{advice}"),
    }
}
