//! From the bytes of a file to its rows.

mod csv;
mod json;
mod lines;
mod parquet;
mod parquet_value;

use crate::content::Content;
use crate::error::Error;
use crate::format::{Format, format_of};
use crate::rows::{ReadOptions, Rows};

/// Bytes at most in one row of a text file: images in base 64 come to tens of megabytes.
const MAX_ROW: u64 = 256 << 20;
/// Bytes at most in a JSON document, which is held in memory as a whole.
const MAX_DOCUMENT: u64 = 2 << 30;

/// The rows of a file, read as its name says.
pub(crate) fn rows(content: Content, options: &ReadOptions) -> Result<Rows, Error> {
    match format_of(&content.name) {
        Some(Format::JsonLines) => Ok(json::lines(content)),
        Some(Format::Json) => json::document(content, options.field.as_deref()),
        Some(Format::Csv) => csv::rows(content, b',', &options.header),
        Some(Format::Tsv) => csv::rows(content, b'\t', &options.header),
        Some(Format::Parquet) => parquet::rows(content),
        None => Err(Error::Format { file: content.name }),
    }
}

/// The text of a file.
pub(crate) fn text(content: Content) -> Result<String, Error> {
    content.into_text(MAX_DOCUMENT)
}
