//! Looks values of a `config.json` up, with the type that is wanted.

use crate::gguf::{Fault, nonsense};
use serde_json::{Map, Value};

/// An object of a configuration file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Json<'a>(pub(crate) &'a Map<String, Value>);

impl<'a> Json<'a> {
    /// The first of these keys that is there and not null.
    fn find<'k>(&self, keys: &[&'k str]) -> Option<(&'k str, &'a Value)> {
        keys.iter()
            .find_map(|key| self.0.get(*key).filter(|value| !value.is_null()).map(|value| (*key, value)))
    }

    /// Whether a key is there and not null.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.find(&[key]).is_some()
    }

    /// A whole number from 1 to `most` under the first of these keys that is there.
    pub(crate) fn count(&self, keys: &[&str], most: u64) -> Result<Option<usize>, Fault> {
        let Some((key, value)) = self.find(keys) else { return Ok(None) };
        match value.as_u64() {
            Some(number) if (1..=most).contains(&number) => Ok(Some(number as usize)),
            _ => nonsense(format!("`{key}` is {value}")),
        }
    }

    /// The same, and it must be there.
    pub(crate) fn required(&self, keys: &[&str], most: u64) -> Result<usize, Fault> {
        match self.count(keys, most)? {
            Some(number) => Ok(number),
            None => nonsense(format!("`{}` is missing", keys.first().copied().unwrap_or_default())),
        }
    }

    /// A number under the first of these keys that is there.
    pub(crate) fn number(&self, keys: &[&str]) -> Result<Option<f64>, Fault> {
        let Some((key, value)) = self.find(keys) else { return Ok(None) };
        match value.as_f64() {
            Some(number) => Ok(Some(number)),
            None => nonsense(format!("`{key}` is not a number")),
        }
    }

    /// Yes or no; no when the key is not there.
    pub(crate) fn flag(&self, key: &str) -> Result<bool, Fault> {
        self.flag_or(key, false)
    }

    /// Yes or no; `absent` when the key is not there.
    pub(crate) fn flag_or(&self, key: &str, absent: bool) -> Result<bool, Fault> {
        match self.find(&[key]) {
            None => Ok(absent),
            Some((_, Value::Bool(yes))) => Ok(*yes),
            Some(_) => nonsense(format!("`{key}` is not yes or no")),
        }
    }

    /// Text.
    pub(crate) fn text(&self, keys: &[&str]) -> Result<Option<&'a str>, Fault> {
        match self.find(keys) {
            None => Ok(None),
            Some((_, Value::String(text))) => Ok(Some(text)),
            Some((key, _)) => nonsense(format!("`{key}` is not text")),
        }
    }

    /// Another object.
    pub(crate) fn object(&self, key: &str) -> Result<Option<Json<'a>>, Fault> {
        match self.find(&[key]) {
            None => Ok(None),
            Some((_, Value::Object(map))) => Ok(Some(Json(map))),
            Some(_) => nonsense(format!("`{key}` is not an object")),
        }
    }

    /// A list; empty when the key is not there.
    pub(crate) fn list(&self, key: &str) -> Result<&'a [Value], Fault> {
        match self.find(&[key]) {
            None => Ok(&[]),
            Some((_, Value::Array(list))) => Ok(list),
            Some(_) => nonsense(format!("`{key}` is not a list")),
        }
    }

    /// A list of numbers.
    pub(crate) fn numbers(&self, key: &str) -> Result<Option<Vec<f64>>, Fault> {
        if !self.has(key) {
            return Ok(None);
        }
        let numbers: Option<Vec<f64>> = self.list(key)?.iter().map(Value::as_f64).collect();
        match numbers {
            Some(numbers) => Ok(Some(numbers)),
            None => nonsense(format!("`{key}` is not a list of numbers")),
        }
    }
}
