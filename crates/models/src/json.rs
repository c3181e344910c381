//! Takes JSON objects apart and puts them together. What has an unexpected shape counts as absent.

use crate::unusable::Unusable;
use serde_json::{Map, Value};

/// The fields of a JSON object.
pub type Fields = Map<String, Value>;

/// Reads the bytes of a response, or of an event of a stream; an error that stands in them is returned as one.
pub fn parse(bytes: &[u8]) -> Result<Fields, Unusable> {
    let mut fields: Fields = serde_json::from_slice(bytes)
        .map_err(|error| Unusable::Malformed(format!("the answer is not a JSON object ({error})")))?;
    match fields.shift_remove("error") {
        None | Some(Value::Null) => Ok(fields),
        Some(error) => Err(Unusable::Reported(error)),
    }
}

/// The fields of an object; none of anything else.
pub fn fields(value: Value) -> Fields {
    match value {
        Value::Object(fields) => fields,
        _ => Fields::new(),
    }
}

/// Takes out what is of no use.
pub fn forget(from: &mut Fields, names: &[&str]) {
    from.retain(|name, _| !names.contains(&name.as_str()));
}

/// Takes an object out, empty when there is none.
pub fn take_fields(from: &mut Fields, name: &str) -> Fields {
    from.shift_remove(name).map(fields).unwrap_or_default()
}

/// Takes a list out, when there is one.
pub fn take_list(from: &mut Fields, name: &str) -> Option<Vec<Value>> {
    match from.shift_remove(name) {
        Some(Value::Array(entries)) => Some(entries),
        _ => None,
    }
}

/// Takes a text out, or the texts of a list of parts; empty when there is none.
pub fn take_text(from: &mut Fields, name: &str) -> String {
    from.shift_remove(name).map(text_of).unwrap_or_default()
}

/// Takes a text out, when there is one that is not empty.
pub fn take_name(from: &mut Fields, name: &str) -> Option<String> {
    Some(take_text(from, name)).filter(|text| !text.is_empty())
}

/// Takes a JSON text out that some servers send as the value itself.
pub fn take_json_text(from: &mut Fields, name: &str) -> String {
    match from.shift_remove(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text,
        Some(value) => value.to_string(),
    }
}

/// Takes a whole number out, and with it the object that it was alone in. `a/b` is the field `b` of the object `a`.
pub fn take_count(from: &mut Fields, path: &str) -> Option<u64> {
    let Some((outer, inner)) = path.split_once('/') else {
        return whole_number(&from.shift_remove(path)?);
    };
    let Some(Value::Object(details)) = from.get_mut(outer) else { return None };
    let count = take_count(details, inner);
    if details.is_empty() {
        from.shift_remove(outer);
    }
    count
}

fn whole_number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_f64().filter(|number| *number >= 0.0).map(|number| number as u64))
}

/// Text, or the texts of a list of parts.
pub fn text_of(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Array(parts) => parts.into_iter().map(text_of).collect(),
        Value::Object(mut fields) => take_text(&mut fields, "text"),
        _ => String::new(),
    }
}

/// Whether it says nothing: null, an empty list, an empty object.
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(entries) => entries.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

/// Adds a field to those that are kept: objects grow together, lists go on, anything else is replaced.
pub fn gather(into: &mut Fields, name: String, value: Value) {
    match (into.get_mut(&name), value) {
        (_, value) if is_empty(&value) => {}
        (Some(Value::Object(known)), Value::Object(more)) => {
            more.into_iter().for_each(|(name, value)| gather(known, name, value));
        }
        (Some(Value::Array(known)), Value::Array(more)) => known.extend(more),
        (_, value) => {
            into.insert(name, value);
        }
    }
}

/// Lays one object over another as RFC 7396 says: objects go into objects, null takes a field away, anything else
/// replaces it.
pub fn patch(into: &mut Fields, over: &Fields) {
    for (name, value) in over {
        match value {
            Value::Null => {
                into.shift_remove(name);
            }
            Value::Object(more) => {
                let inner = into.entry(name.clone()).or_insert(Value::Null);
                if !inner.is_object() {
                    *inner = Value::Object(Fields::new());
                }
                if let Value::Object(inner) = inner {
                    patch(inner, more);
                }
            }
            other => {
                into.insert(name.clone(), other.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn patching_goes_into_objects_and_null_takes_away() {
        let mut into = fields(json!({"a": 1, "b": {"c": 2, "d": 3}, "e": [1]}));
        patch(&mut into, &fields(json!({"a": null, "b": {"c": null, "x": {"y": 4}}, "e": [2], "f": 5})));
        assert_eq!(Value::from(into), json!({"b": {"d": 3, "x": {"y": 4}}, "e": [2], "f": 5}));
    }

    #[test]
    fn gathering_loses_no_list() {
        let mut into = Fields::new();
        for value in [json!({"content": [1]}), json!({"content": [2], "model": "a"}), json!(null)] {
            gather(&mut into, "logprobs".into(), value);
        }
        assert_eq!(Value::from(into), json!({"logprobs": {"content": [1, 2], "model": "a"}}));
    }

    #[test]
    fn counts_are_taken_with_the_object_that_they_were_alone_in() {
        let mut from =
            fields(json!({"n": 2.0, "details": {"cached": 3}, "more": {"cached": "x", "audio": 1}}));
        assert_eq!(take_count(&mut from, "n"), Some(2));
        assert_eq!(take_count(&mut from, "details/cached"), Some(3));
        assert_eq!(take_count(&mut from, "more/cached"), None);
        assert_eq!(take_count(&mut from, "none/cached"), None);
        assert_eq!(Value::from(from), json!({"more": {"audio": 1}}));
    }
}
