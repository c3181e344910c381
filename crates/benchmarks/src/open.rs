//! A protocol with its data: makes samples, in order, with their examples.

use crate::assets::{self, Assets};
use crate::error::Error;
use crate::haystack::Haystack;
use crate::kept::{Kept, Made};
use crate::protocol::Protocol;
use crate::samples::{PlacedRow, SubsetContext};
use crate::schema::{PerSample, Pick, RowsFrom, Subsets};
use crate::source::{Columns, Found, RowStream, Source};
use crate::whole::Whole;
use evalscope_core::{DataFile, Limit, Sample, Selection};
use evalscope_data::Store;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// Samples, one after the other.
pub type SampleStream<'a> = Box<dyn Iterator<Item = Result<Sample, Error>> + 'a>;

/// A protocol with its data.
pub struct OpenBenchmark {
    pub(crate) protocol: Arc<Protocol>,
    pub(crate) source: Source,
    subsets: Vec<String>,
    missing: Vec<String>,
    assets: Assets,
    haystack: Option<Haystack>,
    totals: Mutex<HashMap<String, u64>>,
    /// Of each split whose rows were shuffled together.
    pub(crate) wholes: Mutex<HashMap<String, Arc<Whole>>>,
    pub(crate) kept: Kept,
    /// The samples that are asked, when they are not all.
    pub(crate) selection: Option<Selection>,
}

impl Protocol {
    /// Opens the protocol's data set and finds which subsets are there. Rows are read later.
    pub fn open(self: &Arc<Self>, store: &Store) -> Result<OpenBenchmark, Error> {
        let source = Source::open(self, store)?;
        let subsets = subsets(self, &source);
        let (test, shots) = splits(self);
        let layouts = &self.benchmark.file.data.files;
        let needs_shots = self.shot_count() > 0 && !matches!(self.pick(), Pick::Asset(_));
        let is_missing = |subset: &&String| {
            let shots_missing = needs_shots
                && shots.as_ref().is_none_or(|split| source.find(layouts, subset, split).is_none());
            source.find(layouts, subset, &test).is_none() || shots_missing
        };
        let missing: Vec<String> = subsets.iter().filter(is_missing).cloned().collect();
        if subsets.is_empty() {
            let expected = layouts.iter().map(|layout| layout.path.replace("{split}", &test));
            return Err(Error::NoFiles {
                benchmark: self.name.clone(),
                expected: expected.collect::<Vec<_>>().join(" or "),
                origin: source.origin(),
            });
        }
        let there: Vec<String> = subsets.iter().filter(|subset| !missing.contains(subset)).cloned().collect();
        let assets = assets::fetch(self, &source, store, &there)?;
        let is_haystack = self.benchmark.file.data.rows == RowsFrom::Haystack;
        let haystack = is_haystack.then(|| Haystack::open(self, store)).transpose()?;
        Ok(OpenBenchmark {
            protocol: Arc::clone(self),
            source,
            subsets,
            missing,
            assets,
            haystack,
            totals: Mutex::default(),
            wholes: Mutex::default(),
            kept: Kept::default(),
            selection: None,
        })
    }
}

/// The subsets that are wanted: the user's, the file's, or those that have files.
fn subsets(protocol: &Protocol, source: &Source) -> Vec<String> {
    if let Some(wanted) = &protocol.arguments.subset_list {
        return wanted.clone();
    }
    match &protocol.benchmark.file.data.subsets {
        Subsets::Named(names) => names.clone(),
        Subsets::Found(_) => {
            let (test, _) = splits(protocol);
            let mut found: Vec<String> = Vec::new();
            for layout in &protocol.benchmark.file.data.files {
                let pattern = layout.path.replace("{split}", &test);
                let Some((before, after)) = pattern.split_once("{subset}") else { continue };
                for file in source.matching(&format!("{before}*{after}")) {
                    let plain = file.strip_suffix(".gz").or(file.strip_suffix(".zst")).unwrap_or(&file);
                    let name = plain.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
                    if let Some(name) = name.filter(|name| !found.iter().any(|known| known == name)) {
                        found.push(name.to_owned());
                    }
                }
            }
            found
        }
    }
}

/// The split that is asked and the split of the examples.
pub(crate) fn splits(protocol: &Protocol) -> (String, Option<String>) {
    let data = &protocol.benchmark.file.data;
    let test = protocol.arguments.eval_split.clone().unwrap_or_else(|| data.test.clone());
    (test, protocol.arguments.train_split.clone().or_else(|| data.shots.clone()))
}

impl OpenBenchmark {
    /// The protocol.
    pub fn protocol(&self) -> &Protocol {
        &self.protocol
    }

    /// The protocol, shared.
    pub fn shared_protocol(&self) -> Arc<Protocol> {
        Arc::clone(&self.protocol)
    }

    /// The subsets that are wanted, in order.
    pub fn subsets(&self) -> &[String] {
        &self.subsets
    }

    /// Whether the data of a subset is there.
    pub fn is_available(&self, subset: &str) -> bool {
        !self.missing.iter().any(|name| name == subset)
    }

    /// The subsets whose data is not there.
    pub fn missing_subsets(&self) -> Vec<String> {
        self.missing.clone()
    }

    /// The split of the examples, where nothing else is missing.
    pub fn missing_examples(&self) -> Option<String> {
        let (test, _) = splits(&self.protocol);
        let have_rows = self.missing.iter().all(|subset| self.found(subset, &test).is_ok());
        self.shots_split().filter(|_| have_rows && !self.missing.is_empty())
    }

    /// The split that examples are taken from, where the prompts have any.
    fn shots_split(&self) -> Option<String> {
        let (_, shots) = splits(&self.protocol);
        let needs_shots = self.protocol.shot_count() > 0 && !matches!(self.protocol.pick(), Pick::Asset(_));
        shots.filter(|_| needs_shots)
    }

    /// Whether a prompt may hold the question that it asks, with its answer, as one of its examples.
    pub fn shows_answers(&self) -> bool {
        let (test, _) = splits(&self.protocol);
        let leaves_out = matches!(self.protocol.pick(), Pick::PerSample(PerSample { spare: true, .. }));
        self.shots_split().is_some_and(|shots| shots == test) && !leaves_out
    }

    /// Where data was looked for: splits and place.
    pub fn looked_for(&self) -> String {
        let (test, _) = splits(&self.protocol);
        let splits = match self.shots_split() {
            Some(shots) => format!("the splits `{test}` and `{shots}` (for the examples)"),
            None => format!("the split `{test}`"),
        };
        format!("{splits} in {}", self.source.origin())
    }

    /// Where the data is from: `modelscope:org/name@revision`, or a path.
    pub fn origin(&self) -> String {
        self.source.origin()
    }

    /// The files of all subsets that are there, those that examples are taken from among them, whether or not the
    /// protocol shows any.
    pub fn files(&self) -> Vec<String> {
        let (test, shots) = splits(&self.protocol);
        let splits: Vec<String> = [Some(test), shots].into_iter().flatten().collect();
        let layouts = &self.protocol.benchmark.file.data.files;
        let there = self.subsets.iter().filter(|subset| self.is_available(subset));
        let found = there
            .flat_map(|subset| splits.iter().filter_map(|split| self.source.find(layouts, subset, split)));
        let files: BTreeSet<String> = found.flat_map(|found| found.files).collect();
        files.into_iter().collect()
    }

    /// Makes one of the [`files`](OpenBenchmark::files) be on this machine.
    pub fn fetch(&self, file: &str) -> Result<(), Error> {
        let failed = |source| Error::Data { benchmark: self.protocol.name.clone(), source };
        self.source.fetch(file).map_err(failed)
    }

    /// The files that were read so far, with checksums.
    pub fn files_read(&self) -> Result<Vec<DataFile>, Error> {
        let there = self.subsets.iter().filter(|subset| self.is_available(subset));
        self.source
            .files_read(there)
            .map_err(|source| Error::Data { benchmark: self.protocol.name.clone(), source })
    }

    /// Samples of a subset, before any limit.
    pub fn total(&self, subset: &str) -> Result<u64, Error> {
        if let Some(total) = self.totals.lock().unwrap_or_else(PoisonError::into_inner).get(subset) {
            return Ok(*total);
        }
        let mut total = 0;
        for row in self.rows(subset, Columns::Raw)? {
            row?;
            total += 1;
        }
        self.know_total(subset, total)?;
        Ok(total)
    }

    pub(crate) fn know_total(&self, subset: &str, total: u64) -> Result<(), Error> {
        if total == 0 {
            let (test, _) = splits(&self.protocol);
            return Err(Error::Empty {
                benchmark: self.protocol.name.clone(),
                subset: subset.to_owned(),
                file: self.found(subset, &test)?.files.join(", "),
            });
        }
        self.totals.lock().unwrap_or_else(PoisonError::into_inner).insert(subset.to_owned(), total);
        Ok(())
    }

    /// The samples of a subset, ordered as the protocol says, with their examples, at most `limit`.
    pub fn samples<'a>(
        &'a self,
        subset: &'a str,
        seed: u64,
        limit: Option<Limit>,
    ) -> Result<SampleStream<'a>, Error> {
        let total = self.total(subset)?;
        let keep = limit.map_or(total, |limit| limit.apply(total)) as usize;
        let mut shots = self.shots(subset, seed)?;
        let context = self.context(subset, seed);
        if let Some(kept) = self.kept.take(subset, seed, limit)
            && let Some(shots) = shots.shared()
        {
            let asked = kept.into_iter().filter(|sample| self.is_selected(subset, sample.index));
            return Ok(Box::new(asked.map(move |sample| Ok(Sample { shots: Arc::clone(&shots), ..sample }))));
        }
        let rows = match self.order(subset, seed, total as usize)? {
            None => self.test_rows(subset)?,
            Some(order) => reordered(self.test_rows(subset)?, order)?,
        };
        Ok(Box::new(rows.take(keep).enumerate().filter_map(move |(index, placed)| {
            let asked = self.is_selected(subset, index as u64);
            let made = placed.and_then(|placed| {
                // Drawn for every row, so that a sample's examples do not depend on which others are asked.
                let shots = shots.of(&placed.row);
                let sample = || self.protocol.sample(&context, &placed, index as u64);
                asked.then(sample).transpose().map(|sample| sample.map(|sample| Sample { shots, ..sample }))
            });
            made.transpose()
        })))
    }

    /// Shows each of the [`samples`](Self::samples). Those that were kept from the check of the data stay so.
    pub fn look_at_samples<E: From<Error>>(
        &self,
        subset: &str,
        seed: u64,
        limit: Option<Limit>,
        mut look: impl FnMut(&Sample) -> Result<(), E>,
    ) -> Result<(), E> {
        let is_kept = self.kept.has(subset, seed, limit);
        let mut samples = Vec::new();
        for sample in self.samples(subset, seed, limit)? {
            let sample = sample?;
            look(&sample)?;
            if is_kept {
                samples.push(sample);
            }
        }
        if is_kept {
            self.kept.put(subset, Made { seed, limit, samples });
        }
        Ok(())
    }

    pub(crate) fn test_rows<'a>(&'a self, subset: &'a str) -> Result<RowStream<'a>, Error> {
        self.rows(subset, Columns::Canonical)
    }

    pub(crate) fn rows<'a>(&'a self, subset: &'a str, columns: Columns) -> Result<RowStream<'a>, Error> {
        let (test, _) = splits(&self.protocol);
        let found = self.found(subset, &test)?;
        match (&self.haystack, found.files.first()) {
            (Some(haystack), Some(file)) => {
                haystack.rows(&self.protocol, file.clone(), |file| self.source.text(file))
            }
            _ => self.source.rows(&self.protocol, found, (subset, columns)),
        }
    }

    pub(crate) fn found(&self, subset: &str, split: &str) -> Result<Found<'_>, Error> {
        let layouts = &self.protocol.benchmark.file.data.files;
        self.source.find(layouts, subset, split).ok_or_else(|| Error::NoData {
            benchmark: self.protocol.name.clone(),
            subset: subset.to_owned(),
            split: split.to_owned(),
            origin: self.source.origin(),
        })
    }

    /// The texts of an asset, which are not ours to ship.
    pub(crate) fn asset(&self, subset: &str, name: &str) -> &[String] {
        self.assets.get(subset).and_then(|texts| texts.get(name)).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn context<'a>(&'a self, subset: &'a str, seed: u64) -> SubsetContext<'a> {
        SubsetContext { subset, assets: self.assets.get(subset), seed }
    }
}

/// All rows in another order, which needs them in memory.
fn reordered(rows: RowStream<'_>, order: Vec<usize>) -> Result<RowStream<'static>, Error> {
    let mut rows: Vec<Option<PlacedRow>> = rows.map(|row| row.map(Some)).collect::<Result<_, _>>()?;
    Ok(Box::new(order.into_iter().filter_map(move |position| rows.get_mut(position)?.take()).map(Ok)))
}
