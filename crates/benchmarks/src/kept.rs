//! Samples that the check of the data made, as far as there is room for them.

use evalscope_core::{Limit, Sample, Value};
use indexmap::IndexMap;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Samples of subsets that wait for being asked for.
#[derive(Default)]
pub(crate) struct Kept(Mutex<HashMap<String, Made>>);

/// Samples, and what they were made with. Those that the check made lack their examples.
pub(crate) struct Made {
    pub seed: u64,
    pub limit: Option<Limit>,
    pub samples: Vec<Sample>,
}

impl Made {
    fn is_by(&self, seed: u64, limit: Option<Limit>) -> bool {
        (self.seed, self.limit) == (seed, limit)
    }
}

impl Kept {
    pub fn put(&self, subset: &str, made: Made) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(subset.to_owned(), made);
    }

    /// Whether those of a subset are here that were made in the same way.
    pub fn has(&self, subset: &str, seed: u64, limit: Option<Limit>) -> bool {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(subset).is_some_and(|made| made.is_by(seed, limit))
    }

    /// Those of a subset, when they were made in the same way. They are given away once.
    pub fn take(&self, subset: &str, seed: u64, limit: Option<Limit>) -> Option<Vec<Sample>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_such = kept.get(subset).is_some_and(|made| made.is_by(seed, limit));
        is_such.then(|| kept.remove(subset)).flatten().map(|made| made.samples)
    }
}

/// Keeps samples as long as all of a subset find room.
pub(crate) struct Keeper<'a> {
    pub room: &'a mut usize,
    pub used: usize,
    pub samples: Option<Vec<Sample>>,
}

impl Keeper<'_> {
    pub fn add(&mut self, sample: Sample) {
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

pub(crate) fn size_of_fields(fields: &IndexMap<String, Value>) -> usize {
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
