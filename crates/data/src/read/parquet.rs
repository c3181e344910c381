//! Rows from Parquet.

use super::parquet_value;
use crate::content::Content;
use crate::error::Error;
use crate::rows::Rows;
use evalscope_core::{Row, Value};
use parquet::errors::ParquetError;
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::record::Field;
use parquet::record::reader::RowIter;
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The rows of a Parquet file.
pub(crate) fn rows(content: Content) -> Result<Rows, Error> {
    let name = content.name.clone();
    let file = content.into_file()?;
    let reader = guarded(&name, || SerializedFileReader::new(file))?;
    let schema = reader.metadata().file_metadata().schema_descr();
    parquet_value::check_columns(&name, schema)?;
    let nanoseconds = parquet_value::nanosecond_columns(schema);
    let mut rows = guarded(&name, || Ok(RowIter::from_file_into(Box::new(reader))))?;
    Ok(Rows::new(std::iter::from_fn(move || {
        let next = guarded(&name, || rows.next().transpose());
        let row = match next {
            Ok(row) => Ok(row?),
            Err(error) => Err(error),
        };
        Some(row.and_then(|row| to_row(&name, row, &nanoseconds)))
    })))
}

fn to_row(name: &str, row: parquet::record::Row, nanoseconds: &HashSet<String>) -> Result<Row, Error> {
    let cell = |(column, field): (String, Field)| match field {
        Field::Long(nanos) if nanoseconds.contains(&column) => {
            Ok((column, Value::String(parquet_value::timestamp(nanos))))
        }
        field => Ok((column, parquet_value::value(name, field)?)),
    };
    row.into_columns().into_iter().map(cell).collect()
}

/// Calls the decoder, which panics on some damaged files and rare types instead of failing.
fn guarded<T>(name: &str, read: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, Error> {
    let damaged = |message: String| Error::Damaged { file: name.to_owned(), message };
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => {
            let text = error.to_string();
            Err(damaged(format!("not readable as Parquet: {}", text.lines().next().unwrap_or_default())))
        }
        Err(_) => Err(damaged("not readable as Parquet: damaged, or of a type that we do not know".into())),
    }
}
