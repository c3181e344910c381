//! Looks at all data before a model is asked. Samples that were made for it are kept as far as there is room, and not made
//! again.

use crate::error::Error;
use crate::open::OpenBenchmark;
use crate::samples::PlacedRow;
use crate::shots::Shots;
use crate::source::RowStream;
use evalscope_core::{Limit, Sample, Value};
use indexmap::IndexMap;
use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Samples of subsets that wait for being asked for.
#[derive(Default)]
pub(crate) struct Kept(Mutex<HashMap<String, Made>>);

/// Samples without their examples, and what they were made with.
struct Made {
    seed: u64,
    limit: Option<Limit>,
    samples: Vec<Sample>,
}

impl Kept {
    fn put(&self, subset: &str, made: Made) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(subset.to_owned(), made);
    }

    /// Those of a subset, when they were made in the same way. They are given away once.
    pub fn take(&self, subset: &str, seed: u64, limit: Option<Limit>) -> Option<Vec<Sample>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_such = kept.get(subset).is_some_and(|made| (made.seed, made.limit) == (seed, limit));
        is_such.then(|| kept.remove(subset)).flatten().map(|made| made.samples)
    }
}

/// Keeps samples as long as all of a subset find room.
struct Keeper<'a> {
    room: &'a mut usize,
    used: usize,
    samples: Option<Vec<Sample>>,
}

impl Keeper<'_> {
    fn add(&mut self, sample: Sample) {
        let Some(samples) = &mut self.samples else { return };
        let bytes = size(&sample);
        match self.room.checked_sub(bytes) {
            Some(left) => {
                *self.room = left;
                self.used += bytes;
                samples.push(sample);
            }
            None => {
                *self.room += self.used;
                self.samples = None;
            }
        }
    }
}

/// Rows of which samples are made side by side, and bytes in them: those with images are large.
const AT_ONCE: usize = 1 << 10;
const BYTES_AT_ONCE: usize = 4 << 20;

impl OpenBenchmark {
    /// Makes all samples once: what is wrong with the data comes to light before a model is asked. `room` is how many bytes of
    /// them may be kept, and becomes less by those that are.
    pub fn check(&self, seed: u64, limit: Option<Limit>, room: &mut usize) -> Result<(), Error> {
        let mut there = self.subsets().iter().filter(|subset| self.is_available(subset));
        there.try_for_each(|subset| self.check_subset(subset, (seed, limit), room))
    }

    fn check_subset(
        &self,
        subset: &str,
        (seed, limit): (u64, Option<Limit>),
        room: &mut usize,
    ) -> Result<(), Error> {
        let count = match limit {
            None => u64::MAX,
            Some(Limit::Count(count)) => count,
            Some(share) => share.apply(self.total(subset)?),
        };
        if self.order(subset, seed, 0)?.is_some() {
            return self.samples(subset, seed, limit)?.try_for_each(|sample| sample.map(drop));
        }
        let shots = self.shots(subset, seed)?;
        let context = self.context(subset, seed);
        let can_keep = matches!(shots, Shots::Shared(_));
        let mut keeper = Keeper { room, used: 0, samples: can_keep.then(Vec::new) };
        // Counts on the way, which saves another look at the data.
        let (mut rows, mut total) = (self.test_rows(subset)?, 0);
        loop {
            let read = some_rows(&mut rows);
            if read.is_empty() {
                break;
            }
            let first = total;
            total += read.len() as u64;
            let make = |(at, placed): (usize, Result<PlacedRow, Error>)| {
                let (placed, index) = (placed?, first + at as u64);
                (index < count).then(|| self.protocol.sample(&context, &placed, index)).transpose()
            };
            let made: Vec<Result<Option<Sample>, Error>> =
                read.into_par_iter().enumerate().map(make).collect();
            for sample in made {
                sample?.into_iter().for_each(|sample| keeper.add(sample));
            }
        }
        if let Some(samples) = keeper.samples {
            self.kept.put(subset, Made { seed, limit, samples });
        }
        self.know_total(subset, total)
    }
}

/// The next rows; none at the end.
fn some_rows(rows: &mut RowStream<'_>) -> Vec<Result<PlacedRow, Error>> {
    let (mut some, mut bytes) = (Vec::new(), 0);
    while some.len() < AT_ONCE
        && bytes < BYTES_AT_ONCE
        && let Some(placed) = rows.next()
    {
        bytes += placed.as_ref().map_or(0, |placed| size_of_fields(&placed.row));
        some.push(placed);
    }
    some
}

/// Bytes that a sample takes, about.
fn size(sample: &Sample) -> usize {
    let texts = |texts: &[String]| texts.iter().map(|text| size_of::<String>() + text.len()).sum::<usize>();
    let optional = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    size_of::<Sample>()
        + [&sample.id, &sample.subset, &sample.question].map(String::len).iter().sum::<usize>()
        + [&sample.category, &sample.cluster].map(optional).iter().sum::<usize>()
        + texts(&sample.choices)
        + texts(&sample.targets)
        + size_of_fields(&sample.fields)
}

/// Bytes of a place in a map.
const ENTRY: usize = 64;

fn size_of_fields(fields: &IndexMap<String, Value>) -> usize {
    fields.iter().map(|(name, value)| ENTRY + name.len() + size_of_value(value)).sum()
}

fn size_of_value(value: &Value) -> usize {
    let inside = match value {
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => 0,
        Value::Number(text) => text.len(),
        Value::String(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(items) => items.iter().map(size_of_value).sum(),
        Value::Object(fields) => size_of_fields(fields),
    };
    size_of::<Value>() + inside
}
