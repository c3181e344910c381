//! The rows of a file of predictions, and which sample each belongs to.

use crate::argument::ArgumentError;
use crate::environment::{Environment, Hub};
use crate::error::Error;
use crate::prediction_cells::{field, replies, text};
use crate::prepare::store_for;
use evalscope_core::{Row, Sample};
use evalscope_data::{DatasetId, ReadOptions};
use serde::Serialize;
use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;

/// Rows and samples named in [`Matched`] at most.
const NAMED: usize = 5;

/// Characters of a key shown at most.
const SHOWN: usize = 60;

/// The column in which rows of many programs, ours among them, have the data set's id.
const ID: &str = "id";

/// A file of replies and where in its rows they stand.
#[derive(Debug, Clone)]
pub struct PredictionFile {
    /// JSONL, JSON, CSV, TSV or Parquet.
    pub path: PathBuf,
    /// The column of the replies; `a.b` is the field `b` of the column `a`.
    pub prediction: String,
    /// The column by which rows find their samples.
    pub key: KeyColumn,
    /// The column of the subset.
    pub subset: Option<String>,
}

/// By what a row finds its sample.
#[derive(Debug, Clone)]
pub enum KeyColumn {
    /// The data set's own id.
    Id(String),
    /// The place in the subset as the data orders it, from 0.
    Index(String),
    /// The text of the question; spaces and line breaks do not count.
    Question(String),
}

impl KeyColumn {
    fn column(&self) -> &str {
        match self {
            KeyColumn::Id(column) | KeyColumn::Index(column) | KeyColumn::Question(column) => column,
        }
    }
}

/// How rows and samples found each other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Matched {
    /// Rows of the file.
    pub rows: u64,
    /// Replies in them.
    pub replies: u64,
    /// Samples that have a prediction, repeats counted.
    pub matched: u64,
    /// Rows that belong to no sample.
    pub unmatched_rows: u64,
    /// The first of them: row, from 1, and key.
    pub first_unmatched_rows: Vec<String>,
    /// Replies to samples that have as many as are scored.
    pub further: u64,
    /// Rows in which they stand.
    pub further_rows: u64,
    /// The first of these rows, with its key.
    pub first_further: Vec<String>,
    /// Samples without a prediction, repeats counted.
    pub without_prediction: u64,
    /// The first of them: subset, index and id.
    pub first_without_prediction: Vec<String>,
    /// Rows whose `id` is not that of the sample at their place.
    pub other_ids: u64,
    /// The first of them: row and both ids.
    pub first_other_ids: Vec<String>,
}

/// Subset, when the rows name it, and key.
type Key = (Option<String>, String);

/// A prediction that waits for its sample.
struct Waiting {
    /// The number of its row, from 1.
    row: u64,
    text: String,
    /// What the row has as `id`, when it is found by its place.
    id: Option<String>,
}

/// Predictions that wait for their samples.
pub(crate) struct PredictionRows {
    key: KeyColumn,
    /// Replies of a sample that are scored.
    repeats: u32,
    has_subset: bool,
    sha256: String,
    /// Of one key in the order of the file.
    waiting: HashMap<Key, VecDeque<Waiting>>,
    /// In which subset a key was asked for first.
    asked: HashMap<Key, String>,
    ambiguous: Option<ArgumentError>,
    matched: Matched,
}

impl PredictionRows {
    /// Reads all rows, of which `repeats` of each sample will be scored. A row without a prediction counts as no row.
    pub fn read(
        file: &PredictionFile,
        repeats: u32,
        environment: &Environment,
    ) -> Result<PredictionRows, Error> {
        let id = DatasetId {
            name: "predictions".into(),
            local_path: Some(file.path.clone()),
            modelscope: None,
            huggingface: None,
        };
        let dataset = store_for(environment, Hub::Local, None)?.open(&id)?;
        let name = file.path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let mut rows = PredictionRows {
            key: file.key.clone(),
            repeats,
            has_subset: file.subset.is_some(),
            sha256: String::new(),
            waiting: HashMap::new(),
            asked: HashMap::new(),
            ambiguous: None,
            matched: Matched::default(),
        };
        for row in dataset.rows(&name, &ReadOptions::default())? {
            rows.add(file, &row?)?;
        }
        rows.sha256 = dataset.files_read()?.into_iter().next().map_or_else(String::new, |read| read.sha256);
        Ok(rows)
    }

    fn add(&mut self, file: &PredictionFile, row: &Row) -> Result<(), ArgumentError> {
        self.matched.rows += 1;
        let number = self.matched.rows;
        let wrong = |what: String, hint: String| {
            ArgumentError::new(format!("{}: row {number}{what}", file.path.display())).with_hint(Some(hint))
        };
        let value = |column: &str| {
            field(row, column).ok_or_else(|| {
                let has = row.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
                wrong(format!(" has no column `{column}`"), format!("it has: {has}"))
            })
        };
        let subset = file.subset.as_deref().map(value).transpose()?.map(text);
        let key = self.normal(&text(value(self.key.column())?));
        let prediction = value(&file.prediction)?;
        let (texts, column) =
            replies(prediction, &file.prediction).map_err(|(what, hint)| wrong(format!(": {what}"), hint))?;
        if texts.is_empty() {
            self.matched.unmatched_rows += 1;
            self.name_row(number, "no prediction");
            return Ok(());
        }
        if texts.len() > self.repeats as usize {
            let what = format!(" has {} replies, of which {} would be scored", texts.len(), self.repeats);
            let hint =
                format!("`--repeats {}` takes all, `--prediction-column {column}.0` the first", texts.len());
            return Err(wrong(what, hint));
        }
        self.matched.replies += texts.len() as u64;
        let id = self.id_beside(row);
        let waiting = texts.into_iter().map(|text| Waiting { row: number, text, id: id.clone() });
        self.waiting.entry((subset, key)).or_default().extend(waiting);
        Ok(())
    }

    /// The id that a row has beside its place.
    fn id_beside(&self, row: &Row) -> Option<String> {
        let KeyColumn::Index(column) = &self.key else { return None };
        let id = row.get(ID).filter(|id| column != ID && !id.is_null())?;
        Some(text(id))
    }

    /// SHA-256 of the file.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The next prediction for a sample.
    pub fn take(&mut self, sample: &Sample) -> Option<String> {
        let key = (self.has_subset.then(|| sample.subset.clone()), self.key_of(sample));
        self.check_subset(&key, sample);
        match self.waiting.get_mut(&key).and_then(VecDeque::pop_front) {
            Some(Waiting { row, text, id }) => {
                self.matched.matched += 1;
                if let Some(id) = id.filter(|id| *id != sample.id) {
                    self.name_other_id(row, &id, &sample.id);
                }
                Some(text)
            }
            None => {
                self.matched.without_prediction += 1;
                if self.matched.first_without_prediction.len() < NAMED {
                    let Sample { subset, index, id, .. } = sample;
                    self.matched.first_without_prediction.push(format!("{subset} #{index} (id {id})"));
                }
                None
            }
        }
    }

    fn key_of(&self, sample: &Sample) -> String {
        match &self.key {
            KeyColumn::Id(_) => sample.id.clone(),
            KeyColumn::Index(_) => sample.index.to_string(),
            KeyColumn::Question(_) => self.normal(&sample.question),
        }
    }

    /// Without a column for the subset, a row must not fit samples of two.
    fn check_subset(&mut self, key: &Key, sample: &Sample) {
        let first = self.asked.entry(key.clone()).or_insert_with(|| sample.subset.clone());
        if matches!(self.key, KeyColumn::Question(_)) {
            return;
        }
        if *first != sample.subset && self.waiting.contains_key(key) && self.ambiguous.is_none() {
            let message = format!("`{}` fits a sample of `{first}` and one of `{}`", key.1, sample.subset);
            let hint = "name the column of the subset with `--subset-column`, or choose one subset with \
                        `--dataset-args '{\"NAME\": {\"subset_list\": […]}}'`";
            self.ambiguous = Some(ArgumentError::new(message).with_hint(Some(hint.into())));
        }
    }

    /// How rows and samples found each other, once all samples have been asked for; `example` is one of them.
    pub fn into_matched(mut self, example: Option<&Sample>) -> Result<Matched, ArgumentError> {
        if let Some(error) = self.ambiguous.take() {
            return Err(error);
        }
        if self.matched.matched == 0 {
            return Err(self.nothing_fits(example));
        }
        let (further, left) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition::<HashMap<_, _>, _>(|(key, _)| self.asked.contains_key(key));
        let mut left = rows_of(left);
        // A row may hold several replies.
        left.dedup();
        self.matched.unmatched_rows += left.len() as u64;
        for (number, key) in left.iter().take(NAMED) {
            self.name_row(*number, key);
        }
        let mut further = rows_of(further);
        self.matched.further = further.len() as u64;
        further.dedup();
        self.matched.further_rows = further.len() as u64;
        self.matched.first_further =
            further.iter().take(NAMED).map(|(number, key)| row_and(*number, key)).collect();
        Ok(self.matched)
    }

    fn nothing_fits(&self, example: Option<&Sample>) -> ArgumentError {
        let column = self.key.column();
        let message = match (self.waiting.keys().min(), example.map(|sample| self.key_of(sample))) {
            (Some((_, row)), Some(sample)) => format!(
                "no row fits a sample: `{column}` is for example `{}`, and that of a sample `{}`",
                shortened(row),
                shortened(&sample)
            ),
            _ => format!("no row has a `{column}` and a prediction"),
        };
        let hint = "check the column, or match by another one: `--id-column`, `--index-column`, \
                    `--question-column`";
        ArgumentError::new(message).with_hint(Some(hint.into()))
    }

    fn name_row(&mut self, number: u64, what: &str) {
        if self.matched.first_unmatched_rows.len() < NAMED {
            self.matched.first_unmatched_rows.push(row_and(number, what));
        }
    }

    fn name_other_id(&mut self, row: u64, id: &str, of_sample: &str) {
        self.matched.other_ids += 1;
        if self.matched.first_other_ids.len() < NAMED {
            let ids = format!("row {row} ({}, sample {})", shortened(id), shortened(of_sample));
            self.matched.first_other_ids.push(ids);
        }
    }

    /// Texts of questions are compared without their white space.
    fn normal(&self, key: &str) -> String {
        match self.key {
            KeyColumn::Question(_) => key.split_whitespace().collect::<Vec<_>>().join(" "),
            KeyColumn::Id(_) | KeyColumn::Index(_) => key.to_owned(),
        }
    }
}

/// The rows that wait, with their keys, in the order of the file.
fn rows_of(waiting: HashMap<Key, VecDeque<Waiting>>) -> Vec<(u64, String)> {
    let mut rows: Vec<(u64, String)> = waiting
        .into_iter()
        .flat_map(|((_, key), rows)| rows.into_iter().map(move |waiting| (waiting.row, key.clone())))
        .collect();
    rows.sort();
    rows
}

fn row_and(number: u64, what: &str) -> String {
    format!("row {number} ({})", shortened(what))
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(SHOWN).collect();
    if text.chars().nth(SHOWN).is_some() {
        short.push('…');
    }
    short
}
