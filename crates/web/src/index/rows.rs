//! Rows of a list, and where a sample's lines stand.

use super::open::RunIndex;
use super::part::Stored;
use crate::error::Error;
use evalscope_report::page::{Row, VERDICTS};

impl RunIndex {
    /// The rows with these numbers, in this order.
    pub fn rows(&self, numbers: &[u32]) -> Result<Vec<Row>, Error> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached(
                "SELECT at, repeat, id, answer, target, excerpt, error FROM samples WHERE seq = ?",
            )
            .map_err(self.failed())?;
        let mut rows = Vec::with_capacity(numbers.len());
        for seq in numbers {
            let Some(fact) = self.facts().get(*seq as usize) else { continue };
            let row = statement.query_row([seq], |row| {
                Ok(Row {
                    seq: *seq,
                    index: row.get::<_, i64>(0)?.cast_unsigned(),
                    repeat: row.get(1)?,
                    id: row.get(2)?,
                    part: fact.part,
                    verdict: VERDICTS.get(usize::from(fact.verdict)).copied().unwrap_or("unscored"),
                    score: (!fact.score.is_nan()).then_some(fact.score),
                    length: fact.length,
                    answer: row.get(3)?,
                    target: row.get(4)?,
                    excerpt: row.get(5)?,
                    error: row.get(6)?,
                })
            });
            rows.push(row.map_err(self.failed())?);
        }
        Ok(rows)
    }

    /// Where the review and the calls of a sample stand.
    pub fn places(&self, seq: u32) -> Result<(Vec<Stored>, Vec<Stored>), Error> {
        let connection = self.connection();
        let read = connection.query_row("SELECT review, calls FROM samples WHERE seq = ?", [seq], |row| {
            let of = |at: usize| -> rusqlite::Result<Vec<Stored>> {
                Ok(Stored::read_all(row.get_ref(at)?.as_blob()?))
            };
            Ok((of(0)?, of(1)?))
        });
        read.map_err(|error| match error {
            rusqlite::Error::QueryReturnedNoRows => Error::missing(format!("sample {seq}")),
            error => self.failed()(error),
        })
    }
}
