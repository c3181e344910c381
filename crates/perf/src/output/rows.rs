//! `requests.jsonl`: one line per request, written as they end.

use crate::error::Error;
use crate::measure::Row;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Writes rows.
pub struct RowFile {
    path: PathBuf,
    out: BufWriter<File>,
    line: Vec<u8>,
}

impl RowFile {
    /// Makes the file and its folder.
    pub fn create(path: &Path) -> Result<RowFile, Error> {
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(Error::file("create", folder))?;
        let file = File::create_new(path).map_err(Error::file("create", path))?;
        Ok(RowFile { path: path.to_owned(), out: BufWriter::with_capacity(1 << 18, file), line: Vec::new() })
    }

    /// Adds a row.
    pub fn add(&mut self, row: &Row) -> Result<(), Error> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, row).map_err(Error::file("write", &self.path))?;
        self.line.push(b'\n');
        self.out.write_all(&self.line).map_err(Error::file("write", &self.path))
    }

    /// Writes what is waiting.
    pub fn finish(mut self) -> Result<(), Error> {
        self.out.flush().map_err(Error::file("write", &self.path))
    }
}

/// The rows of a file.
pub fn read(path: &Path) -> Result<impl Iterator<Item = Result<Row, Error>>, Error> {
    let file = File::open(path).map_err(Error::file("read", path))?;
    let path = path.to_owned();
    let rows = BufReader::new(file).lines().map(move |line| {
        let line = line.map_err(Error::file("read", &path))?;
        serde_json::from_str(&line).map_err(Error::file("read", &path))
    });
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_they_were() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a/requests.jsonl");
        let row = Row { number: 3, ttft_ms: Some(51.203), chunk_gaps_us: vec![10, 20], ..Row::default() };
        let mut file = RowFile::create(&path).unwrap();
        file.add(&row).unwrap();
        file.add(&Row::default()).unwrap();
        file.finish().unwrap();
        let rows: Vec<Row> = read(&path).unwrap().map(Result::unwrap).collect();
        assert_eq!(rows, [row, Row::default()]);
        assert!(RowFile::create(&path).is_err());
    }
}
