//! Where a protocol's rows come from: a data set on disk or at a hub, or our own data inside the program.

use crate::builtin;
use crate::error::Error;
use crate::expressions::Expressions;
use crate::protocol::Protocol;
use crate::samples::{PlacedRow, missing_column};
use crate::schema::FileLayout;
use crate::template::{from_jinja, row_to_jinja};
use evalscope_core::{DataFile, Row, json};
use evalscope_data::{Dataset, DatasetId, Header, ReadOptions, RepoId, Store};
use indexmap::IndexMap;
use minijinja::Value as Jinja;
use sha2::{Digest, Sha256};

/// Where rows come from.
#[expect(clippy::large_enum_variant, reason = "there is one for each benchmark of a run")]
pub(crate) enum Source {
    Dataset(Dataset),
    /// Pattern of the embedded files, with `{subset}`.
    Embedded(String),
}

/// The files of one subset and split, and how they are read.
pub(crate) struct Found<'a> {
    pub files: Vec<String>,
    pub layout: Option<&'a FileLayout>,
    pub split: String,
}

/// Which columns of rows are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Columns {
    /// Those that the benchmark expects.
    Canonical,
    /// Those of the file, whichever they are: rows are counted.
    Raw,
}

impl Source {
    /// Opens the data set of a protocol.
    pub fn open(protocol: &Protocol, store: &Store) -> Result<Source, Error> {
        let data = &protocol.benchmark.file.data;
        let arguments = &protocol.arguments;
        if let (Some(pattern), None, true) =
            (&data.embedded, &arguments.local_path, protocol.benchmark.is_builtin)
        {
            return Ok(Source::Embedded(pattern.clone()));
        }
        let repository = |given: &Option<String>| {
            let id = arguments.dataset_id.clone().or_else(|| given.clone())?;
            let (id, revision) = match id.split_once('@') {
                Some((id, revision)) => (id.to_owned(), Some(revision.to_owned())),
                None => (id, None),
            };
            Some(RepoId { id, revision: arguments.dataset_revision.clone().or(revision) })
        };
        // EvalScope allows a folder where it expects an id.
        let folder = arguments.dataset_id.as_ref().filter(|id| std::path::Path::new(id).exists());
        let local_path = arguments.local_path.clone().or_else(|| folder.map(Into::into));
        let id = DatasetId {
            name: protocol.benchmark.file.name.clone(),
            local_path,
            modelscope: repository(&data.modelscope),
            huggingface: repository(&data.huggingface),
        };
        let dataset =
            store.open(&id).map_err(|source| Error::Data { benchmark: protocol.name.clone(), source })?;
        Ok(Source::Dataset(dataset))
    }

    pub fn matching(&self, pattern: &str) -> Vec<String> {
        match self {
            Source::Dataset(dataset) => dataset.matching(pattern),
            Source::Embedded(_) => Vec::new(),
        }
    }

    /// Makes a file be on this machine.
    pub fn fetch(&self, file: &str) -> Result<(), evalscope_data::Error> {
        match self {
            Source::Dataset(dataset) => dataset.fetch(file),
            Source::Embedded(_) => Ok(()),
        }
    }

    pub fn text(&self, file: &str) -> Result<String, evalscope_data::Error> {
        match self {
            Source::Dataset(dataset) => dataset.text(file),
            Source::Embedded(_) => Ok(builtin::data(file).unwrap_or_default().to_owned()),
        }
    }

    pub fn origin(&self) -> String {
        match self {
            Source::Dataset(dataset) => dataset.origin(),
            Source::Embedded(_) => "the program".to_owned(),
        }
    }

    /// The files that were read so far; of our own data those of `subsets`.
    pub fn files_read<'a>(
        &self,
        subsets: impl Iterator<Item = &'a String>,
    ) -> Result<Vec<DataFile>, evalscope_data::Error> {
        let pattern = match self {
            Source::Dataset(dataset) => return dataset.files_read(),
            Source::Embedded(pattern) => pattern,
        };
        let mut files: Vec<DataFile> = subsets
            .map(|subset| {
                let file = pattern.replace("{subset}", subset);
                let text = builtin::data(&file).unwrap_or_default().as_bytes();
                let sha256 = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
                DataFile { file, bytes: text.len() as u64, sha256 }
            })
            .collect();
        files.sort();
        files.dedup();
        Ok(files)
    }

    /// The files of `subset` and `split`, by the first layout that has any.
    pub fn find<'a>(&self, layouts: &'a [FileLayout], subset: &str, split: &str) -> Option<Found<'a>> {
        match self {
            Source::Embedded(pattern) => {
                let file = pattern.replace("{subset}", subset);
                builtin::data(&file)?;
                Some(Found { files: vec![file], layout: None, split: split.to_owned() })
            }
            Source::Dataset(dataset) => {
                let is_for = |layout: &&FileLayout| layout.subset.as_deref().is_none_or(|own| own == subset);
                for layout in layouts.iter().filter(is_for) {
                    let pattern = fill(&layout.path, subset, split);
                    let files = dataset.matching(&pattern);
                    if !files.is_empty() {
                        return Some(Found { files, layout: Some(layout), split: split.to_owned() });
                    }
                }
                None
            }
        }
    }

    /// The rows of `found` for `subset`, one after the other: in canonical columns, or as they are where they are only
    /// counted.
    pub fn rows<'a>(
        &'a self,
        protocol: &'a Protocol,
        found: Found<'a>,
        (subset, columns): (&'a str, Columns),
    ) -> Result<RowStream<'a>, Error> {
        let Found { files, layout, split } = found;
        let reader = layout.map(|layout| LayoutReader::new(protocol, layout, columns)).transpose()?;
        let skip = protocol.section.skip_rows as usize;
        let last = protocol.section.take_rows.map_or(usize::MAX, |rows| skip.saturating_add(rows as usize));
        // One file is open at a time.
        let raw = files.into_iter().flat_map(move |file| {
            let rows = self.raw_rows(protocol, &file, layout);
            let rows = rows.unwrap_or_else(|error| Box::new(std::iter::once(Err(error))));
            rows.enumerate().map(move |(number, row)| {
                row.map(|row| PlacedRow { file: file.clone(), number: number + 1, row })
            })
        });
        let is_asked = move |number: usize| number > skip && number <= last;
        let raw = raw.filter(move |placed| placed.as_ref().map_or(true, |placed| is_asked(placed.number)));
        let read = move |placed: Result<PlacedRow, Error>| -> Option<Result<PlacedRow, Error>> {
            let (placed, reader) = match (placed, &reader) {
                (Ok(placed), Some(reader)) => (placed, reader),
                (placed, _) => return Some(placed),
            };
            let PlacedRow { file, number, row } = placed;
            match reader.read(row, subset, &split, &protocol.option_values) {
                Ok(row) => row.map(|row| Ok(PlacedRow { file, number, row })),
                Err(message) => {
                    Some(Err(Error::Row { benchmark: protocol.name.clone(), file, row: number, message }))
                }
            }
        };
        Ok(Box::new(raw.filter_map(read)))
    }

    /// Rows of a file, of whichever subset.
    pub fn rows_in(
        &self,
        protocol: &Protocol,
        file: &str,
        layout: Option<&FileLayout>,
    ) -> Result<usize, Error> {
        self.raw_rows(protocol, file, layout)?.try_fold(0, |count, row| row.map(|_| count + 1))
    }

    fn raw_rows<'a>(
        &self,
        protocol: &'a Protocol,
        file: &str,
        layout: Option<&FileLayout>,
    ) -> Result<RawRows<'a>, Error> {
        let failed = |source| Error::Data { benchmark: protocol.name.clone(), source };
        match self {
            Source::Dataset(dataset) => {
                let options = ReadOptions {
                    header: match layout.and_then(|layout| layout.columns.clone()) {
                        Some(columns) => Header::Columns(columns),
                        None => Header::FirstLine,
                    },
                    field: layout.and_then(|layout| layout.field.clone()),
                };
                let rows = dataset.rows(file, &options).map_err(failed)?;
                Ok(Box::new(rows.map(move |row| row.map_err(failed))))
            }
            Source::Embedded(_) => {
                let file = file.to_owned();
                let lines = builtin::data(&file).unwrap_or_default().lines().enumerate();
                Ok(Box::new(lines.map(move |(number, line)| match json::parse(line) {
                    Ok(evalscope_core::Value::Object(row)) => Ok(row),
                    Ok(_) | Err(_) => Err(Error::Row {
                        benchmark: protocol.name.clone(),
                        file: file.clone(),
                        row: number + 1,
                        message: "not a JSON object".into(),
                    }),
                })))
            }
        }
    }
}

/// Rows in canonical columns.
pub(crate) type RowStream<'a> = Box<dyn Iterator<Item = Result<PlacedRow, Error>> + 'a>;
type RawRows<'a> = Box<dyn Iterator<Item = Result<Row, Error>> + 'a>;

/// A layout's expressions, compiled.
struct LayoutReader<'a> {
    layout: &'a FileLayout,
    expressions: Expressions,
    keep: Option<usize>,
    fields: Option<usize>,
}

impl<'a> LayoutReader<'a> {
    fn new(protocol: &Protocol, layout: &'a FileLayout, columns: Columns) -> Result<LayoutReader<'a>, Error> {
        let mut expressions = Expressions::new();
        let wrong = |message| protocol.template_error(&format!("data.files `{}`", layout.path), message);
        let keep = layout.keep.as_ref().map(|keep| expressions.add(keep)).transpose().map_err(wrong)?;
        let fields = (columns == Columns::Canonical && !layout.row.is_empty())
            .then(|| expressions.add_fields(&layout.row))
            .transpose()
            .map_err(wrong)?;
        Ok(LayoutReader { layout, expressions, keep, fields })
    }

    /// The row in canonical columns; `None` when it is not of this subset.
    fn read(&self, mut row: Row, subset: &str, split: &str, options: &Jinja) -> Result<Option<Row>, String> {
        let (None, Some(fields)) = (self.keep, self.fields) else {
            return self.compute(row, subset, split, options);
        };
        match self.expressions.columns(fields, &row) {
            None => self.compute(row, subset, split, options),
            Some(values) => {
                row.extend(self.layout.row.keys().cloned().zip(values));
                Ok(Some(row))
            }
        }
    }

    /// The same where expressions compute.
    fn compute(
        &self,
        mut row: Row,
        subset: &str,
        split: &str,
        options: &Jinja,
    ) -> Result<Option<Row>, String> {
        if self.keep.is_none() && self.fields.is_none() {
            return Ok(Some(row));
        }
        let names = [("subset", subset), ("split", split)].map(|(name, value)| (name, Jinja::from(value)));
        let context = [("row", row_to_jinja(&row)), ("option", options.clone())];
        let context = Jinja::from_pairs(context.into_iter().chain(names));
        if let Some(keep) = self.keep {
            let is_kept = self.expressions.eval(keep, &context);
            if !is_kept.map_err(|error| missing_column(&row, self.layout.keep.iter(), error))?.is_true() {
                return Ok(None);
            }
        }
        if let Some(fields) = self.fields {
            let values = self
                .expressions
                .eval_fields(fields, self.layout.row.keys(), &context)
                .map_err(|error| missing_column(&row, self.layout.row.values(), error))?;
            let values: IndexMap<&String, Jinja> = self.layout.row.keys().zip(values).collect();
            for (name, value) in values {
                row.insert(name.clone(), from_jinja(&value));
            }
        }
        Ok(Some(row))
    }
}

/// A layout's path with names in it; `{Split}` is the split with a capital, as some archives write it.
fn fill(path: &str, subset: &str, split: &str) -> String {
    let mut capital: String = split.chars().take(1).flat_map(char::to_uppercase).collect();
    capital.extend(split.chars().skip(1));
    path.replace("{subset}", subset).replace("{split}", split).replace("{Split}", &capital)
}
