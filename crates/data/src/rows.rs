//! Rows as they come out of a file, and how a file is to be read.

use crate::error::Error;
use evalscope_core::Row;

/// Where the names of columns come from, in formats without names in each row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Header {
    /// From the first line.
    #[default]
    FirstLine,
    /// From here; the first line is a row.
    Columns(Vec<String>),
}

/// How a file is to be read; its format follows from its name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReadOptions {
    /// Column names of CSV and TSV.
    pub header: Header,
    /// The member of a JSON document that holds the rows.
    pub field: Option<String>,
}

/// The rows of a file, one after the other; ends after an error.
pub struct Rows {
    rows: Option<Box<dyn Iterator<Item = Result<Row, Error>> + Send>>,
}

impl Rows {
    /// Rows from any source.
    pub(crate) fn new(rows: impl Iterator<Item = Result<Row, Error>> + Send + 'static) -> Rows {
        Rows { rows: Some(Box::new(rows)) }
    }
}

impl Iterator for Rows {
    type Item = Result<Row, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.rows.as_mut()?.next();
        if !matches!(next, Some(Ok(_))) {
            self.rows = None;
        }
        next
    }
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Rows")
    }
}
