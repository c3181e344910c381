//! Lines of JSON found by key: an index of places is kept, not the lines.

use crate::error::Error;
use crate::json::{MAX_JSON, advice};
use crate::readable::readable;
use evalscope_runs::lines::{self, Line, Unread};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The lines of a file by key, those of one key in the order of the file.
pub struct Lines<K> {
    path: PathBuf,
    file: File,
    /// Each under its key and its number in the file.
    order: Vec<Line<(K, u64)>>,
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
        let index = lines::scan(&file, 0, MAX_JSON as u32, |number, line, _| {
            let read = serde_json::from_str(&readable(line)).map_err(|error| json_message(line, &error));
            Ok((read.and_then(&mut key)?, number))
        });
        let malformed = |line, message| Error::malformed(place_name(path, line), message);
        let index = index.map_err(|unread| match unread {
            Unread::File(error) => Error::file("read", path)(error),
            Unread::Line(line, message) => malformed(line, message),
        })?;
        if let Some(torn) = index.torn.filter(|torn| !torn.is_blank) {
            let (line, message) = torn.wrong;
            return Err(malformed(line, message));
        }
        let mut order = index.lines;
        order.sort_unstable_by_key(|line| line.key);
        Ok(Some(Lines { path: path.to_owned(), file, order }))
    }

    /// The keys in order, each once.
    pub fn keys(&self) -> Vec<K> {
        let mut keys: Vec<K> = self.order.iter().map(|line| line.key.0).collect();
        keys.dedup();
        keys
    }

    /// The lines of a key, each with its place for messages.
    pub fn get(&mut self, key: K) -> Result<Vec<(String, Value)>, Error> {
        let from = self.order.partition_point(|line| line.key.0 < key);
        let to = self.order.partition_point(|line| line.key.0 <= key);
        (from..to).map(|at| self.read(at)).collect()
    }

    fn read(&mut self, at: usize) -> Result<(String, Value), Error> {
        let line = &self.order[at];
        let bytes = lines::read_line(&mut self.file, line).map_err(Error::file("read", &self.path))?;
        let place = place_name(&self.path, line.key.1);
        match serde_json::from_str(&readable(&bytes)) {
            Ok(value) => Ok((place, value)),
            Err(error) => Err(Error::malformed(place, json_message(&bytes, &error))),
        }
    }
}

fn place_name(path: &Path, line: u64) -> String {
    format!("{}:{line}", path.display())
}

/// What is wrong with one line of JSON, without a line number of its own.
fn json_message(line: &[u8], error: &serde_json::Error) -> String {
    let advice = advice(line, error).unwrap_or_default();
    format!("not a line of samples: {}{advice}", lines::json_message(error))
}
