//! `requests.parquet`: the rows of a finished stage as columns, for whoever counts in data frames.

use crate::error::Error;
use crate::measure::Row;
use bytes::Bytes;
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

/// Cells that wait in memory until they are a group of the file, at first: less than a megabyte.
const FEW_CELLS: usize = 50_000;
/// After so many groups they wait for twice as many, after twice as many for three times, and so on: what a file says of
/// each group stays in memory until its end.
const GROUPS: usize = 64;

/// A cell.
enum Cell<'a> {
    Text(Option<&'a str>),
    Word(&'static str),
    Float(Option<f64>),
    Whole(Option<i64>),
    Flag(bool),
    List(&'a [u64]),
}

/// A column: its name, its type in Parquet's words, and its cell of a row.
type Column = (&'static str, &'static str, fn(&Row) -> Cell<'_>);

const WHOLE: &str = "optional int64";
const FLOAT: &str = "optional double";
const TEXT: &str = "optional binary";

const COLUMNS: [Column; 32] = [
    ("number", WHOLE, |row| whole(Some(row.number))),
    ("phase", TEXT, |row| Cell::Word(row.phase.word())),
    ("class", TEXT, |row| Cell::Word(row.class.word())),
    ("status", WHOLE, |row| whole(row.status.map(u64::from))),
    ("message", TEXT, |row| Cell::Text(row.message.as_deref())),
    ("retry_after", TEXT, |row| Cell::Text(row.retry_after.as_deref())),
    ("sent_s", FLOAT, |row| Cell::Float(Some(row.sent_s))),
    ("late_ms", FLOAT, |row| Cell::Float(row.late_ms)),
    ("client_ms", FLOAT, |row| Cell::Float(Some(row.client_ms))),
    ("thought_ms", FLOAT, |row| Cell::Float(row.thought_ms)),
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
    ("accepted_tokens", WHOLE, |row| whole(row.accepted_tokens)),
    ("rejected_tokens", WHOLE, |row| whole(row.rejected_tokens)),
    ("own_prompt_tokens", WHOLE, |row| whole(row.own_prompt_tokens)),
    ("tokens_counted_here", "required boolean", |row| Cell::Flag(row.tokens_counted_here)),
    ("chunks", WHOLE, |row| whole(Some(u64::from(row.chunks)))),
    ("merged_chunks", WHOLE, |row| whole(Some(u64::from(row.merged_chunks)))),
    ("chunk_gaps_us", "repeated int64", |row| Cell::List(&row.chunk_gaps_us)),
    ("session", WHOLE, |row| whole(row.session)),
    ("turn", WHOLE, |row| whole(row.turn.map(u64::from))),
    ("steady", "required boolean", |row| Cell::Flag(row.steady)),
];

fn whole(number: Option<u64>) -> Cell<'static> {
    Cell::Whole(number.map(signed))
}

/// Parquet's numbers have a sign; none of ours is that large.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A file of columns.
pub struct ColumnFile {
    path: PathBuf,
    writer: SerializedFileWriter<File>,
    waiting: Vec<Waiting>,
    cells: usize,
    groups: usize,
}

impl ColumnFile {
    /// Makes the file.
    pub fn create(path: &Path) -> Result<ColumnFile, Error> {
        let waiting = COLUMNS.iter().map(|_| Waiting::default()).collect();
        Ok(ColumnFile { path: path.to_owned(), writer: writer(path)?, waiting, cells: 0, groups: 0 })
    }

    /// Adds a row.
    pub fn add(&mut self, row: &Row) -> Result<(), Error> {
        for ((_, _, cell), column) in COLUMNS.iter().zip(&mut self.waiting) {
            self.cells += column.add(cell(row));
        }
        if self.cells >= FEW_CELLS * (1 + self.groups / GROUPS) { self.flush() } else { Ok(()) }
    }

    /// Writes what is waiting, and the end.
    pub fn finish(mut self) -> Result<(), Error> {
        if self.cells > 0 {
            self.flush()?;
        }
        let path = self.path;
        self.writer.close().map(drop).map_err(Error::file("write", &path))
    }

    fn flush(&mut self) -> Result<(), Error> {
        group(&mut self.writer, &mut self.waiting).map_err(Error::file("write", &self.path))?;
        self.cells = 0;
        self.groups += 1;
        Ok(())
    }
}

/// Cells of a column that wait: what is not there is level 0 of its definition.
#[derive(Default)]
struct Waiting {
    levels: Vec<i16>,
    repeats: Vec<i16>,
    texts: Vec<ByteArray>,
    floats: Vec<f64>,
    numbers: Vec<i64>,
    flags: Vec<bool>,
}

impl Waiting {
    /// Adds a cell; how many places it takes.
    fn add(&mut self, cell: Cell<'_>) -> usize {
        match cell {
            Cell::Text(text) => {
                self.levels.push(i16::from(text.is_some()));
                self.texts.extend(text.map(|text| ByteArray::from(text.as_bytes().to_vec())));
            }
            Cell::Word(word) => {
                self.levels.push(1);
                self.texts.push(Bytes::from_static(word.as_bytes()).into());
            }
            Cell::Float(number) => {
                self.levels.push(i16::from(number.is_some()));
                self.floats.extend(number);
            }
            Cell::Whole(number) => {
                self.levels.push(i16::from(number.is_some()));
                self.numbers.extend(number);
            }
            Cell::Flag(flag) => self.flags.push(flag),
            Cell::List(list) => {
                // An empty list is one place without a value.
                let places = list.len().max(1);
                self.levels.extend(std::iter::repeat_n(i16::from(!list.is_empty()), places));
                self.repeats.extend((0..places).map(|place| i16::from(place > 0)));
                self.numbers.extend(list.iter().copied().map(signed));
                return places;
            }
        }
        1
    }

    fn clear(&mut self) {
        let Waiting { levels, repeats, texts, floats, numbers, flags } = self;
        levels.clear();
        repeats.clear();
        texts.clear();
        floats.clear();
        numbers.clear();
        flags.clear();
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

fn group(writer: &mut SerializedFileWriter<File>, waiting: &mut [Waiting]) -> Result<(), ParquetError> {
    let mut group = writer.next_row_group()?;
    for cells in waiting {
        column(&mut group, cells)?;
        cells.clear();
    }
    group.close().map(drop)
}

fn column(group: &mut SerializedRowGroupWriter<'_, File>, cells: &Waiting) -> Result<(), ParquetError> {
    let Some(mut column) = group.next_column()? else {
        return Err(ParquetError::General("a column is missing".into()));
    };
    let Waiting { levels, repeats, texts, floats, numbers, flags } = cells;
    let repeats = (!repeats.is_empty()).then_some(repeats.as_slice());
    match column.untyped() {
        ColumnWriter::ByteArrayColumnWriter(writer) => writer.write_batch(texts, Some(levels), repeats)?,
        ColumnWriter::DoubleColumnWriter(writer) => writer.write_batch(floats, Some(levels), repeats)?,
        ColumnWriter::Int64ColumnWriter(writer) => writer.write_batch(numbers, Some(levels), repeats)?,
        ColumnWriter::BoolColumnWriter(writer) => writer.write_batch(flags, None, None)?,
        _ => return Err(ParquetError::General("a column has an unknown type".into())),
    };
    column.close()
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;

    #[test]
    fn columns_hold_what_the_rows_hold() {
        let place = tempfile::tempdir().unwrap();
        let to = place.path().join("requests.parquet");
        let mut file = ColumnFile::create(&to).unwrap();
        let row = Row { number: 1, ttft_ms: Some(50.5), chunk_gaps_us: vec![10, 20], ..Row::default() };
        file.add(&Row { message: Some("cut".into()), ..Row::default() }).unwrap();
        file.add(&row).unwrap();
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

    #[test]
    fn every_member_of_a_row_is_a_column() {
        let schema = schemars::schema_for!(Row);
        let members = schema.as_value()["properties"].as_object().unwrap();
        let names: Vec<&str> = COLUMNS.iter().map(|(name, ..)| *name).collect();
        let missing: Vec<&String> = members.keys().filter(|name| !names.contains(&name.as_str())).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn groups_grow_with_the_file_and_keep_all_rows_in_order() {
        let place = tempfile::tempdir().unwrap();
        let to = place.path().join("requests.parquet");
        let mut file = ColumnFile::create(&to).unwrap();
        let gaps = vec![7; FEW_CELLS / 2];
        let rows = 2 * GROUPS as u64 + 5;
        for number in 0..rows {
            file.add(&Row { number, chunk_gaps_us: gaps.clone(), ..Row::default() }).unwrap();
        }
        file.finish().unwrap();
        let reader = SerializedFileReader::new(File::open(&to).unwrap()).unwrap();
        let groups = reader.metadata().row_groups();
        let (first, last) = (groups[0].num_rows(), groups[GROUPS].num_rows());
        assert_eq!((first, last), (2, 4));
        let numbers = reader.get_row_iter(None).unwrap().map(|row| row.unwrap().get_long(0).unwrap());
        assert_eq!(numbers.collect::<Vec<_>>(), (0..rows as i64).collect::<Vec<_>>());
    }
}
