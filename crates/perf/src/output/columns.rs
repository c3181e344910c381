//! `requests.parquet`: the rows of a finished stage as columns, for whoever counts in data frames.

use crate::error::Error;
use crate::measure::Row;
use parquet::basic::Compression;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows of a group: they wait in memory.
const GROUP: usize = 500;

/// A cell.
enum Cell {
    Text(Option<String>),
    Float(Option<f64>),
    Whole(Option<i64>),
    Flag(bool),
    List(Vec<i64>),
}

/// A column: its name, its type in Parquet's words, and its cell of a row.
type Column = (&'static str, &'static str, fn(&Row) -> Cell);

const WHOLE: &str = "optional int64";
const FLOAT: &str = "optional double";
const TEXT: &str = "optional binary";

const COLUMNS: [Column; 28] = [
    ("number", WHOLE, |row| whole(Some(row.number))),
    ("phase", TEXT, |row| Cell::Text(word(row.phase))),
    ("class", TEXT, |row| Cell::Text(Some(row.class.word().to_owned()))),
    ("status", WHOLE, |row| whole(row.status.map(u64::from))),
    ("message", TEXT, |row| Cell::Text(row.message.clone())),
    ("retry_after", TEXT, |row| Cell::Text(row.retry_after.clone())),
    ("sent_s", FLOAT, |row| Cell::Float(Some(row.sent_s))),
    ("late_ms", FLOAT, |row| Cell::Float(row.late_ms)),
    ("client_ms", FLOAT, |row| Cell::Float(Some(row.client_ms))),
    ("connect_ms", FLOAT, |row| Cell::Float(row.connect_ms)),
    ("first_byte_ms", FLOAT, |row| Cell::Float(row.first_byte_ms)),
    ("ttft_ms", FLOAT, |row| Cell::Float(row.ttft_ms)),
    ("ttft_unsure_ms", FLOAT, |row| Cell::Float(row.ttft_unsure_ms)),
    ("last_content_ms", FLOAT, |row| Cell::Float(row.last_content_ms)),
    ("e2e_ms", FLOAT, |row| Cell::Float(Some(row.e2e_ms))),
    ("tpot_ms", FLOAT, |row| Cell::Float(row.tpot_ms())),
    ("queued_ms", FLOAT, |row| Cell::Float(row.queued_ms)),
    ("prompt_tokens", WHOLE, |row| whole(row.prompt_tokens)),
    ("cached_tokens", WHOLE, |row| whole(row.cached_tokens)),
    ("output_tokens", WHOLE, |row| whole(row.output_tokens)),
    ("reasoning_tokens", WHOLE, |row| whole(row.reasoning_tokens)),
    ("tokens_counted_here", "required boolean", |row| Cell::Flag(row.tokens_counted_here)),
    ("chunks", WHOLE, |row| whole(Some(u64::from(row.chunks)))),
    ("merged_chunks", WHOLE, |row| whole(Some(u64::from(row.merged_chunks)))),
    ("chunk_gaps_us", "repeated int64", |row| {
        Cell::List(row.chunk_gaps_us.iter().filter_map(|gap| i64::try_from(*gap).ok()).collect())
    }),
    ("session", WHOLE, |row| whole(row.session)),
    ("turn", WHOLE, |row| whole(row.turn.map(u64::from))),
    ("steady", "required boolean", |row| Cell::Flag(row.steady)),
];

fn whole(number: Option<u64>) -> Cell {
    Cell::Whole(number.and_then(|number| i64::try_from(number).ok()))
}

fn word(value: impl serde::Serialize) -> Option<String> {
    Some(serde_json::to_value(value).ok()?.as_str()?.to_owned())
}

/// A file of columns.
pub struct ColumnFile {
    path: PathBuf,
    writer: SerializedFileWriter<File>,
    waiting: Vec<Row>,
}

impl ColumnFile {
    /// Makes the file.
    pub fn create(path: &Path) -> Result<ColumnFile, Error> {
        let writer = writer(path)?;
        Ok(ColumnFile { path: path.to_owned(), writer, waiting: Vec::new() })
    }

    /// Adds a row.
    pub fn add(&mut self, row: Row) -> Result<(), Error> {
        self.waiting.push(row);
        if self.waiting.len() >= GROUP { self.flush() } else { Ok(()) }
    }

    /// Writes what is waiting, and the end.
    pub fn finish(mut self) -> Result<(), Error> {
        if !self.waiting.is_empty() {
            self.flush()?;
        }
        let path = self.path;
        self.writer.close().map(drop).map_err(Error::file("write", &path))
    }

    fn flush(&mut self) -> Result<(), Error> {
        group(&mut self.writer, &self.waiting).map_err(Error::file("write", &self.path))?;
        self.waiting.clear();
        Ok(())
    }
}

fn writer(path: &Path) -> Result<SerializedFileWriter<File>, Error> {
    let wrong = |error: ParquetError| Error::file("write", path)(error);
    let fields = COLUMNS.iter().map(|(name, kind, _)| match *kind {
        TEXT => format!("{TEXT} {name} (UTF8);"),
        kind => format!("{kind} {name};"),
    });
    let schema = format!("message request {{ {} }}", fields.collect::<String>());
    let schema = Arc::new(parse_message_type(&schema).map_err(wrong)?);
    // Times hardly repeat: a dictionary of them would cost more than all the rest.
    let properties = WriterProperties::builder()
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_compression(Compression::SNAPPY)
        .build();
    let file = File::create_new(path).map_err(Error::file("create", path))?;
    SerializedFileWriter::new(file, schema, Arc::new(properties)).map_err(wrong)
}

fn group(writer: &mut SerializedFileWriter<File>, rows: &[Row]) -> Result<(), ParquetError> {
    let mut group = writer.next_row_group()?;
    for (_, _, cell) in &COLUMNS {
        column(&mut group, rows.iter().map(cell))?;
    }
    group.close().map(drop)
}

/// Writes the cells of a column: what is not there is level 0 of its definition.
fn column(
    group: &mut SerializedRowGroupWriter<'_, File>,
    cells: impl Iterator<Item = Cell>,
) -> Result<(), ParquetError> {
    let Some(mut column) = group.next_column()? else {
        return Err(ParquetError::General("a column is missing".into()));
    };
    let (mut levels, mut repeats) = (Vec::new(), Vec::new());
    let (mut texts, mut floats, mut numbers, mut flags) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for cell in cells {
        match cell {
            Cell::Text(text) => {
                levels.push(i16::from(text.is_some()));
                texts.extend(text.map(|text| ByteArray::from(text.into_bytes())));
            }
            Cell::Float(number) => {
                levels.push(i16::from(number.is_some()));
                floats.extend(number);
            }
            Cell::Whole(number) => {
                levels.push(i16::from(number.is_some()));
                numbers.extend(number);
            }
            Cell::Flag(flag) => flags.push(flag),
            Cell::List(list) => {
                // An empty list is one place without a value.
                levels.extend(std::iter::repeat_n(i16::from(!list.is_empty()), list.len().max(1)));
                repeats.extend((0..list.len().max(1)).map(|place| i16::from(place > 0)));
                numbers.extend(list);
            }
        }
    }
    let repeats = (!repeats.is_empty()).then_some(repeats.as_slice());
    match column.untyped() {
        ColumnWriter::ByteArrayColumnWriter(writer) => writer.write_batch(&texts, Some(&levels), repeats)?,
        ColumnWriter::DoubleColumnWriter(writer) => writer.write_batch(&floats, Some(&levels), repeats)?,
        ColumnWriter::Int64ColumnWriter(writer) => writer.write_batch(&numbers, Some(&levels), repeats)?,
        ColumnWriter::BoolColumnWriter(writer) => writer.write_batch(&flags, None, None)?,
        _ => return Err(ParquetError::General("a column has an unknown type".into())),
    };
    column.close()
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::file::reader::{FileReader, SerializedFileReader};

    #[test]
    fn columns_hold_what_the_rows_hold() {
        let place = tempfile::tempdir().unwrap();
        let to = place.path().join("requests.parquet");
        let mut file = ColumnFile::create(&to).unwrap();
        let row = Row { number: 1, ttft_ms: Some(50.5), chunk_gaps_us: vec![10, 20], ..Row::default() };
        file.add(Row { message: Some("cut".into()), ..Row::default() }).unwrap();
        file.add(row).unwrap();
        file.finish().unwrap();
        let reader = SerializedFileReader::new(File::open(&to).unwrap()).unwrap();
        let rows: Vec<String> =
            reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect();
        assert_eq!(rows.len(), 2);
        assert!(rows[0].contains(r#"message: "cut""#) && rows[0].contains("ttft_ms: null"), "{}", rows[0]);
        assert!(
            rows[1].contains("ttft_ms: 50.5") && rows[1].contains("chunk_gaps_us: [10, 20]"),
            "{}",
            rows[1]
        );
        assert!(rows[1].contains(r#"phase: "measured""#), "{}", rows[1]);
    }
}
