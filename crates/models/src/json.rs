//! Takes JSON objects apart and puts them together. What has an unexpected shape counts as absent; but what a model said must
//! be text, since it would pass for an empty reply.

use crate::unusable::Unusable;
use evalscope_core::without_halves;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// The fields of a JSON object.
pub type Fields = Map<String, Value>;

/// Reads the bytes of a response, or of an event of a stream; an error that stands in them is returned as one.
pub fn parse(bytes: &[u8]) -> Result<Fields, Unusable> {
    let mut fields: Fields = from_bytes(bytes)
        .map_err(|error| Unusable::Malformed(format!("the answer is not a JSON object ({error})")))?;
    match fields.shift_remove("error") {
        None | Some(Value::Null) => Ok(fields),
        Some(error) => Err(Unusable::Reported(error)),
    }
}

/// Reads JSON, and half of a character, as of an emoji that was cut in two, as U+FFFD: Python's `json` reads it too.
pub fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> serde_json::Result<T> {
    serde_json::from_slice(bytes).or_else(|error| match std::str::from_utf8(bytes).map(without_halves) {
        Ok(Cow::Owned(mended)) => serde_json::from_str(&mended),
        _ => Err(error),
    })
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

/// Takes out what a model said: a text, the texts of a list of parts, or nothing. Anything else is no reply.
pub fn take_said(from: &mut Fields, name: &str) -> Result<String, Unusable> {
    let value = from.shift_remove(name).unwrap_or_default();
    if is_said(&value) {
        return Ok(text_of(value));
    }
    Err(Unusable::Malformed(format!("its `{name}` is neither text nor a list of parts")))
}

fn is_said(value: &Value) -> bool {
    match value {
        Value::Null | Value::String(_) => true,
        Value::Array(parts) => parts.iter().all(is_part),
        Value::Object(fields) => fields.get("text").is_some_and(Value::is_string),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether it can stand in a list of parts: beside texts there are pictures, thoughts and what else a server keeps there.
fn is_part(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.get("text").is_none_or(is_said),
        other => is_said(other),
    }
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
    fn half_a_character_is_marked_and_other_slips_are_told() {
        let read = |text: &str| from_bytes::<Value>(text.as_bytes());
        assert_eq!(
            read(r#"{"a": "x\ud83d", "b": "\ud83d\ude00"}"#).unwrap(),
            json!({"a": "x\u{fffd}", "b": "😀"})
        );
        assert!(read(r#"{"a": "\ud83d""#).is_err() && read("").is_err());
        assert!(from_bytes::<Value>(b"\"\\ud83d \xff\"").is_err(), "what is no UTF-8 is no text");
    }

    #[test]
    fn what_was_said_is_text() {
        let said = |value: Value| take_said(&mut fields(json!({"content": value})), "content").ok();
        for (value, text) in [
            (json!(null), ""),
            (json!("a"), "a"),
            (json!([]), ""),
            (
                json!(["a", {"text": "b"}, {"text": null}, {"type": "thinking", "thinking": [{"text": "c"}]}]),
                "ab",
            ),
            (json!({"type": "text", "text": "a"}), "a"),
        ] {
            assert_eq!(said(value.clone()).as_deref(), Some(text), "{value}");
        }
        for value in [json!(5), json!(true), json!({"a": 1}), json!({}), json!([5]), json!([{"text": 5}])] {
            assert_eq!(said(value.clone()), None, "{value}");
        }
        assert_eq!(take_said(&mut Fields::new(), "content").ok().as_deref(), Some(""));
    }

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
