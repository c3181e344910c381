//! Files of JSON, written into a new folder.

use crate::error::Error;
use serde::Serialize;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Writes one JSON document a line.
pub struct LineWriter {
    path: PathBuf,
    out: BufWriter<File>,
}

impl LineWriter {
    /// Makes the file and the folders around it.
    pub fn create(path: &Path) -> Result<LineWriter, Error> {
        let writing = Error::file("write", path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(&writing)?;
        }
        Ok(LineWriter { path: path.to_owned(), out: BufWriter::new(File::create(path).map_err(&writing)?) })
    }

    /// Adds a line.
    pub fn add<T: Serialize>(&mut self, value: &T) -> Result<(), Error> {
        let mut line = serde_json::to_vec(value).map_err(Error::form("JSON"))?;
        line.push(b'\n');
        self.out.write_all(&line).map_err(Error::file("write", &self.path))
    }

    /// Writes what is left.
    pub fn finish(mut self) -> Result<(), Error> {
        self.out.flush().map_err(Error::file("write", &self.path))
    }
}

/// Writes one indented JSON document.
pub fn write_document<T: Serialize>(path: &Path, value: &T) -> Result<(), Error> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(Error::form("JSON"))?;
    bytes.push(b'\n');
    let writing = Error::file("write", path);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(&writing)?;
    }
    std::fs::write(path, bytes).map_err(&writing)
}
