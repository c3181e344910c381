//! `benchmark_data.db`: the `result` table that EvalScope's users know, made from the rows of a finished stage.
//!
//! Columns and units are those of EvalScope 1.14.1: seconds, and `success` as 0 or 1. `start_time` and `completed_time`
//! are seconds since 1970. Texts of answers are not kept, so `response_messages` is an empty list.

use crate::error::Error;
use crate::measure::Row;
use rusqlite::{Connection, params};
use std::fmt::Write;
use std::path::Path;

const TABLE: &str = "CREATE TABLE result(request TEXT, start_time REAL, inter_token_latencies TEXT, success INTEGER, \
                     response_messages TEXT, completed_time REAL, latency REAL, first_chunk_latency REAL, \
                     prompt_tokens INTEGER, completion_tokens INTEGER, max_gpu_memory_cost REAL, \
                     time_per_output_token REAL, request_id TEXT, is_stream INTEGER)";
const INSERT: &str =
    "INSERT INTO result VALUES(?1, ?2, ?3, ?4, '[]', ?5, ?6, ?7, ?8, ?9, NULL, ?10, ?11, ?12)";

/// What the table needs beside the rows.
pub struct Beside<'a> {
    /// Seconds since 1970 at which the stage began.
    pub began: f64,
    /// The body of the request with this number.
    pub body: &'a dyn Fn(u64) -> String,
    /// Answers were streamed.
    pub is_stream: bool,
}

/// Writes the table from rows, and shows each to `then`.
pub fn write(
    path: &Path,
    rows: impl Iterator<Item = Result<Row, Error>>,
    beside: &Beside<'_>,
    mut then: impl FnMut(&Row) -> Result<(), Error>,
) -> Result<(), Error> {
    let wrong = |error: rusqlite::Error| Error::file("write", path)(error);
    let mut database = Connection::open(path).map_err(wrong)?;
    // It can be made again from the rows, so that it need not survive a crash.
    database.pragma_update(None, "synchronous", "OFF").map_err(wrong)?;
    let transaction = database.transaction().map_err(wrong)?;
    transaction.execute(TABLE, []).map_err(wrong)?;
    {
        let mut insert = transaction.prepare(INSERT).map_err(wrong)?;
        for row in rows {
            let row = row?;
            add(&mut insert, &row, beside).map_err(wrong)?;
            then(&row)?;
        }
    }
    transaction.commit().map_err(wrong)
}

fn add(insert: &mut rusqlite::Statement<'_>, row: &Row, beside: &Beside<'_>) -> rusqlite::Result<()> {
    let seconds = |milliseconds: f64| milliseconds / 1000.0;
    let gaps = gaps(&row.chunk_gaps_us);
    let whole = |number: Option<u64>| number.and_then(|number| i64::try_from(number).ok());
    insert.execute(params![
        (beside.body)(row.number),
        beside.began + row.sent_s,
        gaps,
        row.class == crate::class::Class::Ok,
        beside.began + row.ended_s(),
        seconds(row.e2e_ms),
        row.ttft_ms.map(seconds),
        whole(row.prompt_tokens),
        whole(row.output_tokens),
        row.tpot_ms().map(seconds),
        row.number.to_string(),
        beside.is_stream,
    ])?;
    Ok(())
}

/// Microseconds as a JSON list of seconds.
fn gaps(microseconds: &[u64]) -> String {
    let mut text = String::with_capacity(microseconds.len() * 9 + 2);
    text.push('[');
    for gap in microseconds {
        if text.len() > 1 {
            text.push(',');
        }
        // Writing to a text cannot fail.
        let _ = write!(text, "{}.{:06}", gap / 1_000_000, gap % 1_000_000);
        while text.ends_with('0') && !text.ends_with(".0") {
            text.pop();
        }
    }
    text.push(']');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::rows::RowFile;

    #[test]
    fn gaps_are_seconds_without_idle_digits() {
        assert_eq!(gaps(&[100_000, 0, 1_500_000, 7]), "[0.1,0.0,1.5,0.000007]");
        assert_eq!(gaps(&[]), "[]");
    }

    #[test]
    fn the_table_holds_every_row_in_seconds() {
        let place = tempfile::tempdir().unwrap();
        let (rows, path) = (place.path().join("requests.jsonl"), place.path().join("benchmark_data.db"));
        let mut file = RowFile::create(&rows).unwrap();
        let row = Row {
            sent_s: 2.0,
            e2e_ms: 500.0,
            ttft_ms: Some(100.0),
            last_content_ms: Some(400.0),
            output_tokens: Some(4),
            chunk_gaps_us: vec![100_000, 200_000],
            ..Row::default()
        };
        file.add(&row).unwrap();
        file.add(&Row { number: 1, class: crate::class::Class::Reset, ..Row::default() }).unwrap();
        file.finish().unwrap();
        let beside = Beside { began: 1000.0, body: &|number| format!("body {number}"), is_stream: true };
        let mut handed_on = 0;
        let count = |_: &Row| {
            handed_on += 1;
            Ok(())
        };
        write(&path, crate::output::rows::read(&rows).unwrap(), &beside, count).unwrap();
        assert_eq!(handed_on, 2);
        let database = Connection::open(&path).unwrap();
        let read = |query: &str| database.query_row(query, [], |row| row.get::<_, String>(0)).unwrap();
        assert_eq!(
            read(
                "SELECT request || ' ' || start_time || ' ' || completed_time || ' ' || latency || ' ' || \
                  first_chunk_latency || ' ' || time_per_output_token || ' ' || inter_token_latencies FROM result \
                  WHERE success"
            ),
            "body 0 1002.0 1002.5 0.5 0.1 0.1 [0.1,0.2]"
        );
        assert_eq!(read("SELECT request_id FROM result WHERE NOT success"), "1");
    }
}
