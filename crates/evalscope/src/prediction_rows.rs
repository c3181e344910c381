//! The rows of a file of predictions, and which sample each belongs to.

use crate::argument::ArgumentError;
use crate::environment::{Environment, Hub};
use crate::error::Error;
use crate::prediction_cells::{field, replies, text};
use crate::prediction_line::{INDEX, Line, Prompts};
use crate::prediction_matched::{Matched, NAMED, row_and, shortened};
use crate::prepare::store_for;
use evalscope_core::{Row, Sample, suggest};
use evalscope_data::{Dataset, DatasetId, ReadOptions};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

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

/// Subset, when the rows name it, and key.
type Key = (Option<String>, String);

/// A reply's turn among those with its key: its place where its line says one, else its row; then the repeat, or which it is
/// in a list. Of several at one turn the last counts.
type Turn = (u64, u32);

/// A prediction that waits for its sample.
struct Waiting {
    /// The number of its row, from 1.
    row: u64,
    /// None in a row without a prediction.
    text: Option<String>,
    /// What the row has as `id`, when it is found by its place.
    id: Option<String>,
    /// The only repeat that it is a reply of, where its line says so.
    repeat: Option<u32>,
}

/// Predictions that wait for their samples.
pub(crate) struct PredictionRows {
    key: KeyColumn,
    /// Replies of a sample that are scored.
    repeats: u32,
    has_subset: bool,
    sha256: String,
    /// Rows that were read.
    read: u64,
    /// Whose replies the rows are, where they say so.
    model: Option<String>,
    waiting: HashMap<Key, BTreeMap<Turn, Waiting>>,
    /// Of EvalScope's lines that are found by their index.
    prompts: Prompts,
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
        let name = only_file(&dataset, &file.path)?;
        let mut rows = PredictionRows {
            key: file.key.clone(),
            repeats,
            has_subset: file.subset.is_some(),
            sha256: String::new(),
            read: 0,
            model: None,
            waiting: HashMap::new(),
            prompts: Prompts::default(),
            asked: HashMap::new(),
            ambiguous: None,
            matched: Matched::default(),
        };
        for row in dataset.rows(&name, &ReadOptions::default())? {
            rows.add(file, &row?)?;
        }
        rows.part_repeats();
        rows.leave_empty();
        rows.sha256 = dataset.files_read()?.into_iter().next().map_or_else(String::new, |read| read.sha256);
        Ok(rows)
    }

    fn add(&mut self, file: &PredictionFile, row: &Row) -> Result<(), ArgumentError> {
        self.read += 1;
        let number = self.read;
        let line = Line::of(row);
        if matches!(line, Line::NoReply) {
            self.matched.later_calls += 1;
            return Ok(());
        }
        self.matched.rows += 1;
        let wrong = |what: String, hint: String| {
            ArgumentError::new(format!("{}: row {number}{what}", file.path.display())).with_hint(Some(hint))
        };
        if let Line::Ours { model, .. } = &line {
            let first = self.model.get_or_insert_with(|| model.clone());
            if first != model {
                let what = format!(
                    " is a reply of {}, and those before are of {}",
                    shortened(model),
                    shortened(first)
                );
                return Err(wrong(
                    what,
                    "score the replies of each model from a file of their own".to_owned(),
                ));
            }
        }
        let value = |column: &str| {
            field(row, column).ok_or_else(|| {
                let has = row.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
                wrong(format!(" has no column `{column}`"), format!("it has: {has}"))
            })
        };
        let subset = file.subset.as_deref().map(value).transpose()?.map(text);
        let key = (subset, self.normal(&text(value(self.key.column())?)));
        let (texts, column) = match line.has_failed() {
            true => (Vec::new(), String::new()),
            false => replies(value(&file.prediction)?, &file.prediction)
                .map_err(|(what, hint)| wrong(format!(": {what}"), hint))?,
        };
        if texts.len() > self.repeats as usize {
            let what = format!(" has {} replies, of which {} would be scored", texts.len(), self.repeats);
            let hint =
                format!("`--repeats {}` takes all, `--prediction-column {column}.0` the first", texts.len());
            return Err(wrong(what, hint));
        }
        let id = self.id_beside(row);
        self.put(key, line, number, texts, id);
        Ok(())
    }

    /// Has the replies of a row wait, in the place of an earlier one for the same call.
    fn put(&mut self, key: Key, line: Line, row: u64, texts: Vec<String>, id: Option<String>) {
        let (first, repeat) = match line {
            Line::Ours { index, repeat, .. } => ((index, repeat), Some(repeat)),
            Line::EvalScope { index, prompt, .. } => {
                if self.has_indices() {
                    self.prompts.add(key.0.clone(), index, prompt);
                }
                ((index, 0), None)
            }
            Line::Other | Line::NoReply => ((row, 0), None),
        };
        let turns = self.waiting.entry(key).or_default();
        let texts = if texts.is_empty() { vec![None] } else { texts.into_iter().map(Some).collect() };
        for (text, nth) in texts.into_iter().zip(0..) {
            let waiting = Waiting { row, text, id: id.clone(), repeat };
            if turns.insert((first.0, first.1 + nth), waiting).is_some() {
                self.matched.rows -= 1;
            }
        }
    }

    /// Whether rows are found by the index that EvalScope writes.
    fn has_indices(&self) -> bool {
        matches!(&self.key, KeyColumn::Index(column) if column == INDEX)
    }

    /// Parts EvalScope's index into the place of the sample and the repeat.
    fn part_repeats(&mut self) {
        let repeats = self.prompts.repeats();
        if repeats == 1 {
            return;
        }
        for ((subset, key), turns) in std::mem::take(&mut self.waiting) {
            for ((index, nth), mut waiting) in turns {
                let is_of_evalscope = self.prompts.has(&subset, index) && waiting.repeat.is_none();
                let key = if is_of_evalscope { (index / repeats).to_string() } else { key.clone() };
                if is_of_evalscope {
                    waiting.repeat = u32::try_from(index % repeats).ok();
                }
                self.waiting.entry((subset.clone(), key)).or_default().insert((index, nth), waiting);
            }
        }
    }

    /// Takes out the rows without a prediction.
    fn leave_empty(&mut self) {
        let mut empty = Vec::new();
        self.waiting.retain(|_, turns| {
            empty.extend(turns.values().filter(|waiting| waiting.text.is_none()).map(|waiting| waiting.row));
            turns.retain(|_, waiting| waiting.text.is_some());
            !turns.is_empty()
        });
        empty.sort_unstable();
        empty.iter().for_each(|row| self.matched.name_row(*row, "no prediction"));
        self.matched.empty_rows = empty.len() as u64;
        self.matched.unmatched_rows = self.matched.empty_rows;
        self.matched.replies = self.waiting.values().map(|turns| turns.len() as u64).sum();
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

    /// The prediction for a repeat of a sample; of rows that do not say theirs, the next one.
    pub fn take(&mut self, sample: &Sample, repeat: u32) -> Option<String> {
        let key = self.key_of(sample);
        self.check_subset(&key, sample);
        let is_meant = |waiting: &Waiting| waiting.repeat.is_none_or(|own| own == repeat);
        let found = self.waiting.get_mut(&key).and_then(|turns| {
            let turn = turns.iter().find(|(_, waiting)| is_meant(waiting)).map(|(turn, _)| *turn)?;
            turns.remove(&turn)
        });
        let Some(Waiting { row, text, id, .. }) = found else {
            self.matched.name_sample(sample);
            return None;
        };
        self.matched.matched += 1;
        if let Some(id) = id.filter(|id| *id != sample.id) {
            self.matched.name_other_id(row, &id, &sample.id);
        }
        text
    }

    /// Takes out the rows of a sample that is not asked for.
    pub fn leave(&mut self, sample: &Sample) {
        let key = self.key_of(sample);
        if !self.asked.contains_key(&key) {
            self.matched.not_asked += self.waiting.remove(&key).map_or(0, |turns| turns.len() as u64);
        }
    }

    /// Takes out the rows of subsets that are not asked for.
    pub fn leave_subsets(&mut self, is_left: impl Fn(&str) -> bool) {
        let not_asked = &mut self.matched.not_asked;
        self.waiting.retain(|(subset, _), turns| {
            let is_left = subset.as_deref().is_some_and(&is_left);
            *not_asked += if is_left { turns.len() as u64 } else { 0 };
            !is_left
        });
    }

    fn key_of(&self, sample: &Sample) -> Key {
        let key = match &self.key {
            KeyColumn::Id(_) => sample.id.clone(),
            KeyColumn::Index(_) => sample.index.to_string(),
            KeyColumn::Question(_) => self.normal(&sample.question),
        };
        (self.has_subset.then(|| sample.subset.clone()), key)
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

    /// How rows and samples found each other, once all samples of these subsets have been asked for; `example` is one of them.
    pub fn into_matched(
        mut self,
        subsets: &[String],
        example: Option<&Sample>,
    ) -> Result<Matched, ArgumentError> {
        if let Some(error) = self.ambiguous.take() {
            return Err(error);
        }
        if self.matched.matched == 0 {
            return Err(self.nothing_fits(subsets, example));
        }
        let (further, left) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition::<HashMap<_, _>, _>(|(key, _)| self.asked.contains_key(key));
        let mut left = rows_of(left);
        // A row may hold several replies.
        left.dedup();
        self.matched.unmatched_rows += left.len() as u64;
        for (number, key) in left.iter().take(NAMED) {
            self.matched.name_row(*number, &what_of(key, subsets));
        }
        let mut further = rows_of(further);
        self.matched.further = further.len() as u64;
        further.dedup();
        self.matched.further_rows = further.len() as u64;
        self.matched.first_further =
            further.iter().take(NAMED).map(|(number, (_, key))| row_and(*number, key)).collect();
        Ok(self.matched)
    }

    fn nothing_fits(&self, subsets: &[String], example: Option<&Sample>) -> ArgumentError {
        let column = self.key.column();
        let of_rows = || self.waiting.keys().filter_map(|(subset, _)| subset.as_ref());
        if let Some(row) = of_rows().min()
            && !of_rows().any(|subset| subsets.contains(subset))
        {
            return no_subset(row, subsets);
        }
        let message = match (self.waiting.keys().min(), example.map(|sample| self.key_of(sample))) {
            (Some((_, row)), Some((_, sample))) => format!(
                "no row fits a sample: `{column}` is for example `{}`, and that of a sample `{}`",
                shortened(row),
                shortened(&sample)
            ),
            (None, _) if self.matched.not_asked > 0 => format!(
                "all {} replies are to samples that are not asked for, as `--limit` and `subset_list` say",
                self.matched.not_asked
            ),
            _ => format!("no row has a `{column}` and a prediction"),
        };
        let hint = "check the column, or match by another one: `--id-column`, `--index-column`, \
                    `--question-column`";
        ArgumentError::new(message).with_hint(Some(hint.into()))
    }

    /// Texts of questions are compared without their white space, places as numbers: pandas writes `0.0`.
    fn normal(&self, key: &str) -> String {
        match self.key {
            KeyColumn::Question(_) => key.split_whitespace().collect::<Vec<_>>().join(" "),
            KeyColumn::Index(_) => key.trim_end_matches('0').strip_suffix('.').unwrap_or(key).to_owned(),
            KeyColumn::Id(_) => key.to_owned(),
        }
    }
}

/// The file itself, or the only one with rows in an archive.
fn only_file(dataset: &Dataset, path: &Path) -> Result<String, ArgumentError> {
    let mut files = dataset.row_files();
    let named = files.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match (files.len(), files.pop()) {
        (1, Some(file)) => Ok(file),
        (count, _) => {
            let which = if count == 0 { String::new() } else { format!(": {named}") };
            let message = format!("{} holds {count} files with rows, not one{which}", path.display());
            Err(ArgumentError::new(message).with_hint(Some("unpack it and give the file of replies".into())))
        }
    }
}

/// The rows that wait, with their keys, in the order of the file.
fn rows_of(waiting: HashMap<Key, BTreeMap<Turn, Waiting>>) -> Vec<(u64, Key)> {
    let mut rows: Vec<(u64, Key)> = waiting
        .into_iter()
        .flat_map(|(key, turns)| turns.into_values().map(move |waiting| (waiting.row, key.clone())))
        .collect();
    rows.sort();
    rows
}

/// What of a row fits no sample: its subset, or else its key.
fn what_of((subset, key): &Key, subsets: &[String]) -> String {
    match subset {
        Some(subset) if !subsets.contains(subset) => match nearest(subset, subsets) {
            Some(near) => format!("no subset `{subset}`, but `{near}`"),
            None => format!("no subset `{subset}`"),
        },
        Some(subset) => format!("{subset}, {key}"),
        None => key.clone(),
    }
}

fn no_subset(row: &str, subsets: &[String]) -> ArgumentError {
    let first = subsets.iter().take(NAMED).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let more = if subsets.len() > NAMED { ", …" } else { "" };
    let message = format!("no row fits a sample: there is no subset `{}`, but {first}{more}", shortened(row));
    let hint = match nearest(row, subsets) {
        Some(near) => format!("rows name it as the benchmark does: did you mean `{near}`?"),
        None => "rows name it as the benchmark does; check `--subset-column`".to_owned(),
    };
    ArgumentError::new(message).with_hint(Some(hint))
}

/// The subset that was meant, such as `anatomy` by `mmlu_anatomy`.
fn nearest<'a>(name: &str, subsets: &'a [String]) -> Option<&'a str> {
    let names = || subsets.iter().map(String::as_str);
    suggest::nearest(name, names())
        .or_else(|| names().filter(|own| name.ends_with(own)).max_by_key(|own| own.len()))
}
