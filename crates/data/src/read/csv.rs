//! Rows from CSV and TSV as RFC 4180 has them. Every cell is text.

use super::MAX_ROW;
use crate::content::{BOM, Content, read_failed, too_large};
use crate::error::Error;
use crate::rows::{Header, Rows};
use evalscope_core::{Row, Value};
use std::collections::HashSet;
use std::io::{self, Read};

/// The rows of a CSV file.
pub(crate) fn rows(content: Content, delimiter: u8, header: &Header) -> Result<Rows, Error> {
    let mut cells = Cells::new(content, delimiter)?;
    let columns = match header {
        Header::Columns(columns) => columns.clone(),
        Header::FirstLine => match cells.next() {
            Some(first) => first?.1,
            None => return Ok(Rows::new(std::iter::empty())),
        },
    };
    let mut known = HashSet::new();
    if let Some(double) = columns.iter().find(|column| !known.insert(column.as_str())) {
        let message = format!("two columns are named `{double}`");
        return Err(Error::Line { file: cells.name, line: 1, message });
    }
    let name = cells.name.clone();
    Ok(Rows::new(cells.map(move |cells| {
        let (line, cells) = cells?;
        if cells.len() != columns.len() {
            let message = format!("{} cells, but {} columns", cells.len(), columns.len());
            return Err(Error::Line { file: name.clone(), line, message });
        }
        Ok(columns.iter().cloned().zip(cells.into_iter().map(Value::String)).collect::<Row>())
    })))
}

/// The cells of each line, with the number of its first line.
struct Cells {
    name: String,
    reader: csv::Reader<Portion>,
    /// The last line read, whose room the next one takes.
    record: csv::ByteRecord,
}

impl Cells {
    fn new(content: Content, delimiter: u8) -> Result<Cells, Error> {
        let name = content.name.clone();
        let stream = without_bom(content.into_stream()).map_err(|error| read_failed(&name, error))?;
        let reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(Portion { inner: stream, left: MAX_ROW });
        Ok(Cells { name, reader, record: csv::ByteRecord::new() })
    }

    fn read(&mut self) -> Result<Option<(u64, Vec<String>)>, Error> {
        self.reader.get_mut().left = MAX_ROW;
        let read = self.reader.read_byte_record(&mut self.record);
        if !read.map_err(|error| self.failed(error))? {
            return Ok(None);
        }
        let line = self.record.position().map_or(0, csv::Position::line);
        let cells = self.record.iter().map(|cell| std::str::from_utf8(cell).map(str::to_owned));
        match cells.collect() {
            Ok(cells) => Ok(Some((line, cells))),
            Err(_) => Err(Error::Utf8 { file: self.name.clone(), line }),
        }
    }

    fn failed(&self, error: csv::Error) -> Error {
        match error.into_kind() {
            csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                too_large(&self.name, MAX_ROW)
            }
            csv::ErrorKind::Io(error) => read_failed(&self.name, error),
            _ => Error::Damaged { file: self.name.clone(), message: "not CSV".into() },
        }
    }
}

impl Iterator for Cells {
    type Item = Result<(u64, Vec<String>), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

/// A stream that gives at most `left` bytes until it is allowed more: a quote that never closes must not fill the
/// memory.
struct Portion {
    inner: Box<dyn Read + Send>,
    left: u64,
}

impl Read for Portion {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(count as u64).ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(count)
    }
}

fn without_bom(mut stream: Box<dyn Read + Send>) -> io::Result<Box<dyn Read + Send>> {
    let mut start = Vec::new();
    stream.by_ref().take(BOM.len() as u64).read_to_end(&mut start)?;
    if start == BOM {
        start.clear();
    }
    Ok(Box::new(io::Cursor::new(start).chain(stream)))
}
