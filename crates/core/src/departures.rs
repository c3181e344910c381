//! What a user has otherwise than a protocol says, as it is told beside scores.

use indexmap::IndexMap;
use serde_json::Value;

/// By the names of the options: the value where it is short, else `null`.
pub type Departures = IndexMap<String, Value>;

/// Characters of a value that is told, at most: names are short, prompts are not.
const SHORT: usize = 40;

/// A value as [`Departures`] tell it.
pub fn told(value: Value) -> Value {
    match value {
        Value::Bool(_) | Value::Number(_) => value,
        Value::String(ref text) if text.chars().count() <= SHORT && !text.contains('\n') => value,
        _ => Value::Null,
    }
}
