//! One sample as it was written down: its review and its calls.

use crate::page::row::Row;
use serde_json::{Value, json};

/// Bytes of a text in the reply at most: a page with more is slow and unreadable. The file has all of it.
const MAX_TEXT: usize = 100_000;
/// Calls in the reply at most; the last ones.
pub const MAX_CALLS: usize = 200;

/// What a sample belongs to, and what was written down of it.
pub struct SampleOf<'a> {
    /// Model, benchmark with protocol, subset.
    pub part: (&'a str, &'a str, &'a str),
    /// As lists show it.
    pub row: &'a Row,
    /// Its review.
    pub review: Option<Value>,
    /// Its calls, at most [`MAX_CALLS`].
    pub calls: Vec<Value>,
    /// How many more there were before them.
    pub calls_left_out: usize,
}

/// What the page of a sample shows.
pub fn sample_reply(sample: SampleOf<'_>) -> Value {
    let (model, benchmark, subset) = sample.part;
    json!({
        "row": sample.row,
        "model": model,
        "benchmark": benchmark,
        "subset": subset,
        "review": sample.review,
        "calls": sample.calls,
        "calls_left_out": sample.calls_left_out,
    })
}

/// Cuts long texts at their end and says how much is missing.
pub fn cut(value: &mut Value) {
    match value {
        Value::String(text) if text.len() > MAX_TEXT => {
            let all = text.chars().count();
            text.truncate(text.floor_char_boundary(MAX_TEXT));
            let left_out = all - text.chars().count();
            text.push_str(&format!("\n[… {left_out} more characters]"));
        }
        Value::Array(values) => values.iter_mut().for_each(cut),
        Value::Object(fields) => fields.values_mut().for_each(cut),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_and_say_so() {
        let mut value = json!({"a": ["é".repeat(MAX_TEXT)], "b": "short"});
        cut(&mut value);
        let text = value["a"][0].as_str().unwrap();
        assert!(
            text.ends_with(&format!("[… {} more characters]", MAX_TEXT / 2)),
            "{}",
            &text[text.len() - 60..]
        );
        assert_eq!(value["b"], "short");
    }
}
