//! Several models side by side, question by question: where they agree and where they do not.

use crate::error::Error;
use crate::index::RunIndex;
use evalscope_report::page::{Row, VERDICTS};
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;

/// Cells of the table of questions and columns at most, four bytes each: a million questions of twenty models, or ten thousand of
/// two thousand.
const MAX_CELLS: usize = 20_000_000;
/// Stands where a column does not have a question.
const NONE: u32 = u32::MAX;

/// A model in a run.
pub struct Column {
    /// The model.
    pub model: String,
    /// The run's index.
    pub index: Arc<RunIndex>,
}

/// Which questions are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// All that at least two columns have.
    All,
    /// Those that one has right and another has not.
    Differing,
    /// Those that only this column has right.
    OnlyRight(usize),
    /// Those that only this column has not right.
    OnlyWrong(usize),
    /// Those that no column has right.
    NoneRight,
}

/// A question and what each column made of it.
#[derive(Debug, Serialize)]
pub struct Question {
    /// The data set's own id.
    pub id: String,
    /// The benchmark with protocol.
    pub benchmark: String,
    /// The subset.
    pub subset: String,
    /// What was asked, its first line.
    pub excerpt: String,
    /// The accepted answer.
    pub target: Option<String>,
    /// Each column's sample, where it has the question.
    pub cells: Vec<Option<Row>>,
}

/// A page of questions.
#[derive(Debug, Serialize)]
pub struct Page {
    /// How many there are.
    pub total: usize,
    /// How many questions at least two columns have.
    pub shared: usize,
    /// Those of this page.
    pub questions: Vec<Question>,
}

/// The samples of a question, by column.
type Cells = [u32];

/// The questions from this position on.
pub fn page(
    columns: &[Column],
    benchmark: Option<&str>,
    wanted: Wanted,
    (at, limit): (usize, usize),
) -> Result<Page, Error> {
    let all = join(columns, benchmark)?;
    let has_two = |cells: &&Cells| cells.iter().filter(|seq| **seq != NONE).count() >= 2;
    let shared = all.chunks_exact(columns.len()).filter(has_two);
    let found = shared.clone().filter(|cells| is_wanted(columns, cells, wanted));
    let questions = found.clone().skip(at).take(limit).map(|cells| question(columns, cells));
    let questions = questions.collect::<Result<_, Error>>()?;
    Ok(Page { total: found.count(), shared: shared.count(), questions })
}

/// The samples of each question, one question after the other, in the order of the first column that has it.
fn join(columns: &[Column], benchmark: Option<&str>) -> Result<Vec<u32>, Error> {
    let mut places: HashMap<(u64, u32), usize> = HashMap::new();
    let mut all: Vec<u32> = Vec::new();
    for (number, column) in columns.iter().enumerate() {
        let parts: Vec<bool> = (column.index.parts().iter())
            .map(|part| part.model == column.model && benchmark.is_none_or(|name| name == part.benchmark))
            .collect();
        // Rows with one id are told apart by their order.
        let mut twins: HashMap<u64, u32> = HashMap::new();
        for (seq, key) in column.index.questions()?.into_iter().enumerate() {
            let fact = column.index.facts().get(seq);
            if fact.is_none_or(|fact| parts.get(usize::from(fact.part)) != Some(&true)) {
                continue;
            }
            let twin = twins.entry(key).and_modify(|count| *count += 1).or_insert(0);
            let place = *places.entry((key, *twin)).or_insert_with(|| {
                all.resize(all.len() + columns.len(), NONE);
                all.len() - columns.len()
            });
            if all.len() > MAX_CELLS {
                let message = format!("{} models have too many questions to set side by side", columns.len());
                let hint = Some("choose one benchmark, or leave models out".to_owned());
                return Err(Error::Refused { message, hint });
            }
            all[place + number] = seq as u32;
        }
    }
    Ok(all)
}

fn is_wanted(columns: &[Column], cells: &Cells, wanted: Wanted) -> bool {
    let right =
        |number: usize| (cells[number] != NONE).then(|| is_right(&columns[number].index, cells[number]));
    let verdicts: Vec<bool> = (0..cells.len()).filter_map(right).collect();
    let count = verdicts.iter().filter(|is_right| **is_right).count();
    match wanted {
        Wanted::All => true,
        Wanted::Differing => count > 0 && count < verdicts.len(),
        Wanted::OnlyRight(number) => count == 1 && right(number) == Some(true),
        Wanted::OnlyWrong(number) => count + 1 == verdicts.len() && right(number) == Some(false),
        Wanted::NoneRight => count == 0,
    }
}

fn is_right(index: &RunIndex, seq: u32) -> bool {
    let verdict = index.facts().get(seq as usize).and_then(|fact| VERDICTS.get(usize::from(fact.verdict)));
    verdict.is_some_and(|word| *word == "right")
}

fn question(columns: &[Column], cells: &Cells) -> Result<Question, Error> {
    let rows: Vec<Option<Row>> = cells
        .iter()
        .zip(columns)
        .map(|(seq, column)| {
            let has = *seq != NONE;
            Ok(has.then(|| column.index.rows(&[*seq])).transpose()?.and_then(|mut rows| rows.pop()))
        })
        .collect::<Result<_, Error>>()?;
    let first = rows.iter().zip(columns).find_map(|(row, column)| {
        let row = row.as_ref()?;
        Some((row, column.index.parts().get(usize::from(row.part))?))
    });
    let (row, part) = first.ok_or_else(|| Error::missing("such question"))?;
    Ok(Question {
        id: row.id.clone(),
        benchmark: part.benchmark.clone(),
        subset: part.subset.clone(),
        excerpt: row.excerpt.clone(),
        target: row.target.clone(),
        cells: rows.clone(),
    })
}
