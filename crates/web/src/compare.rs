//! Several models side by side, question by question: where they agree and where they do not.

use crate::error::Error;
use crate::index::{Row, RunIndex, VERDICTS};
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;

/// Columns at most: each is a run's index in memory, and a request's address has to name them all.
pub const MAX_COLUMNS: usize = 64;

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

type Cells = Vec<Option<u32>>;

/// The questions from this position on.
pub fn page(
    columns: &[Column],
    benchmark: Option<&str>,
    wanted: Wanted,
    (at, limit): (usize, usize),
) -> Result<Page, Error> {
    let mut all = join(columns, benchmark)?;
    all.retain(|cells| cells.iter().flatten().count() >= 2);
    let shared = all.len();
    all.retain(|cells| is_wanted(columns, cells, wanted));
    let total = all.len();
    let questions = all.into_iter().skip(at).take(limit).map(|cells| question(columns, &cells));
    Ok(Page { total, shared, questions: questions.collect::<Result<_, Error>>()? })
}

/// The samples of each question, in the order of the first column that has it.
fn join(columns: &[Column], benchmark: Option<&str>) -> Result<Vec<Cells>, Error> {
    let mut places: HashMap<(u64, u32), usize> = HashMap::new();
    let mut all: Vec<Cells> = Vec::new();
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
                all.push(vec![None; columns.len()]);
                all.len() - 1
            });
            all[place][number] = Some(seq as u32);
        }
    }
    Ok(all)
}

fn is_wanted(columns: &[Column], cells: &Cells, wanted: Wanted) -> bool {
    let right = |number: usize| cells[number].map(|seq| is_right(&columns[number].index, seq));
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
            Ok(seq.map(|seq| column.index.rows(&[seq])).transpose()?.and_then(|mut rows| rows.pop()))
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
