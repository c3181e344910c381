//! Writes the Parquet form, a group of rows at a time.

use super::cells::{self, Cell};
use super::columns::{COLUMNS, schema_text};
use crate::answered::{Answered, Part};
use crate::carried::{Carried, KEY};
use crate::error::Error;
use crate::walk;
use evalscope_runs::RunFolder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use std::fs::File;
use std::sync::Arc;

/// Rows of a group at most.
const GROUP_ROWS: usize = 10_000;
/// Bytes of text in a group at most, so that long prompts do not fill the memory.
const GROUP_BYTES: usize = 64 << 20;

/// Writes the samples of a run, and says how many there are.
pub fn write(folder: &RunFolder, file: &mut File) -> Result<u64, Error> {
    let mut groups = Groups::new(file, &Carried::of(folder))?;
    for part in walk::parts(folder.plan()) {
        for sample in walk::samples(folder, &part)? {
            groups.add(&part, &sample?)?;
        }
    }
    groups.finish()
}

struct Groups<'a> {
    writer: SerializedFileWriter<&'a mut File>,
    /// The cells of the rows that wait, by column.
    waiting: Vec<Vec<Cell>>,
    bytes: usize,
    rows: u64,
}

impl<'a> Groups<'a> {
    fn new(file: &'a mut File, carried: &Carried) -> Result<Groups<'a>, Error> {
        let schema = Arc::new(parse_message_type(&schema_text()).map_err(Error::form("Parquet"))?);
        let carried = carried.to_json()?.to_string();
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_key_value_metadata(Some(vec![KeyValue::new(KEY.to_owned(), carried)]))
            .build();
        let writer =
            SerializedFileWriter::new(file, schema, Arc::new(properties)).map_err(Error::form("Parquet"))?;
        Ok(Groups { writer, waiting: vec![Vec::new(); COLUMNS.len()], bytes: 0, rows: 0 })
    }

    fn add(&mut self, part: &Part, sample: &Answered) -> Result<(), Error> {
        for ((column, _), waiting) in COLUMNS.iter().zip(&mut self.waiting) {
            let cell = cells::cell(column, part, sample);
            if let Cell::Text(text) = &cell {
                self.bytes += text.len();
            }
            waiting.push(cell);
        }
        self.rows += 1;
        if self.waiting[0].len() >= GROUP_ROWS || self.bytes >= GROUP_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Error> {
        let mut group = self.writer.next_row_group().map_err(Error::form("Parquet"))?;
        for cells in &mut self.waiting {
            write_column(&mut group, std::mem::take(cells)).map_err(Error::form("Parquet"))?;
        }
        self.bytes = 0;
        group.close().map(drop).map_err(Error::form("Parquet"))
    }

    fn finish(mut self) -> Result<u64, Error> {
        if !self.waiting[0].is_empty() {
            self.flush()?;
        }
        self.writer.close().map_err(Error::form("Parquet"))?;
        Ok(self.rows)
    }
}

fn write_column<W: std::io::Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    cells: Vec<Cell>,
) -> Result<(), ParquetError> {
    let Some(mut column) = group.next_column()? else { return Ok(()) };
    let levels: Vec<i16> = cells.iter().map(|cell| i16::from(*cell != Cell::Null)).collect();
    let levels = Some(levels.as_slice());
    match column.untyped() {
        ColumnWriter::ByteArrayColumnWriter(writer) => {
            let text = |cell| match cell {
                Cell::Text(text) => Some(ByteArray::from(text.into_bytes())),
                _ => None,
            };
            writer.write_batch(&cells.into_iter().filter_map(text).collect::<Vec<_>>(), levels, None)?;
        }
        ColumnWriter::Int64ColumnWriter(writer) => {
            let whole = |cell: &Cell| if let Cell::Whole(number) = cell { Some(*number) } else { None };
            writer.write_batch(&cells.iter().filter_map(whole).collect::<Vec<_>>(), levels, None)?;
        }
        ColumnWriter::DoubleColumnWriter(writer) => {
            let float = |cell: &Cell| if let Cell::Float(number) = cell { Some(*number) } else { None };
            writer.write_batch(&cells.iter().filter_map(float).collect::<Vec<_>>(), levels, None)?;
        }
        ColumnWriter::BoolColumnWriter(writer) => {
            let truth = |cell: &Cell| if let Cell::Truth(truth) = cell { Some(*truth) } else { None };
            writer.write_batch(&cells.iter().filter_map(truth).collect::<Vec<_>>(), levels, None)?;
        }
        _ => return Err(ParquetError::General("a column of a kind that the form does not have".into())),
    }
    column.close()
}
