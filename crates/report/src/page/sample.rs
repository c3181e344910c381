//! One sample as it was written down: its review and its calls.

use crate::page::row::Row;
use serde::Serialize;
use serde_json::{Value, json};
use std::ops::Range;

/// Bytes of a text in the reply at most: a page with more is slow and unreadable. The file has all of it.
pub const MAX_TEXT: usize = 100_000;
/// Bytes that are kept of the end of a text that is too long: answers stand there.
const TAIL: usize = 40_000;
/// What the page of a sample shows: what it belongs to, and what was written down of it as JSON of some form.
#[derive(Serialize)]
pub struct SampleOf<'a, V> {
    /// As lists show it.
    row: &'a Row,
    model: &'a str,
    benchmark: &'a str,
    subset: &'a str,
    review: Option<V>,
    calls: Vec<V>,
    calls_left_out: usize,
}

impl<'a, V> SampleOf<'a, V> {
    /// A sample of a model, a benchmark with protocol and a subset: its review, its calls, at most [`MAX_CALLS`], and how many
    /// more there were before them.
    pub fn new(
        (model, benchmark, subset): (&'a str, &'a str, &'a str),
        row: &'a Row,
        review: Option<V>,
        calls: Vec<V>,
        calls_left_out: usize,
    ) -> Self {
        SampleOf { row, model, benchmark, subset, review, calls, calls_left_out }
    }
}

/// Calls in the reply at most; the last ones.
pub const MAX_CALLS: usize = 200;

/// Cuts long texts of a sample, and moves the mark of the answer, which is in the last reply, along.
pub fn cut_sample(review: &mut Option<Value>, calls: &mut [Value]) {
    let reply = calls.last().and_then(|call| call.pointer("/model_output/choices/0/message/content"));
    let lost = reply.and_then(Value::as_str).and_then(Lost::of);
    let span = review.as_mut().and_then(|review| review.pointer_mut("/sample_score/score/extracted_span"));
    if let (Some(lost), Some(span)) = (lost, span) {
        let range = span[0].as_u64().zip(span[1].as_u64());
        *span = json!(range.and_then(|(from, to)| lost.moved(from as usize, to as usize)));
    }
    review.iter_mut().chain(calls).for_each(cut);
}

/// What a long text loses.
struct Lost {
    /// Where it begins and ends, in bytes.
    range: Range<usize>,
    /// What stands in its place.
    note: String,
}

impl Lost {
    fn of(text: &str) -> Option<Lost> {
        if text.len() <= MAX_TEXT {
            return None;
        }
        let range = text.floor_char_boundary(MAX_TEXT - TAIL)..text.ceil_char_boundary(text.len() - TAIL);
        let note = format!("\n[… {} characters are left out here …]\n", text[range.clone()].chars().count());
        Some(Lost { range, note })
    }

    /// Where a part of the text stands afterwards, when it is left.
    fn moved(&self, from: usize, to: usize) -> Option<(usize, usize)> {
        let less = self.range.len();
        if to <= self.range.start {
            return Some((from, to));
        }
        let is_behind = self.range.end <= from && from <= to;
        is_behind.then(|| (from - less + self.note.len(), to - less + self.note.len()))
    }
}

/// Cuts long texts in their middle and says how much is missing: beginning and end are what matters.
pub fn cut(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some(lost) = Lost::of(text) {
                text.replace_range(lost.range, &lost.note);
            }
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
        let long = format!("begin{}end", "é".repeat(MAX_TEXT));
        let mut value = json!({"a": [long], "b": "short"});
        cut(&mut value);
        let text = value["a"][0].as_str().unwrap();
        assert!(text.starts_with("beginé") && text.ends_with("éend") && text.len() < MAX_TEXT + 100);
        let left = text.matches('é').count();
        assert!(text.contains(&format!("[… {} characters are left out here …]", MAX_TEXT - left)));
        assert_eq!(value["b"], "short");
    }

    #[test]
    fn the_mark_of_the_answer_moves_along() {
        let reply = format!("first {} the answer is C", "长".repeat(MAX_TEXT));
        let call = json!({"model_output": {"choices": [{"message": {"content": reply}}]}});
        let marked = |from: usize, to: usize| {
            let span = json!([from, to]);
            let mut review = Some(json!({"sample_score": {"score": {"extracted_span": span}}}));
            let mut calls = [call.clone()];
            cut_sample(&mut review, &mut calls);
            let text = calls[0]["model_output"]["choices"][0]["message"]["content"].as_str()?;
            let review = review?;
            let span = &review["sample_score"]["score"]["extracted_span"];
            Some(text[span[0].as_u64()? as usize..span[1].as_u64()? as usize].to_owned())
        };
        assert_eq!(marked(reply.len() - 1, reply.len()).as_deref(), Some("C"));
        assert_eq!(marked(0, 5).as_deref(), Some("first"));
        assert_eq!(marked(MAX_TEXT, MAX_TEXT + 3), None);
    }
}
