//! A recorded load: when requests came, and how long they and their answers were.
//!
//! Rows of three kinds are read: Mooncake's (`timestamp` in milliseconds, `input_length`, `output_length`, `hash_ids`),
//! BurstGPT's (`Timestamp` in seconds, `Request tokens`, `Response tokens`), and whole requests (`timestamp` in seconds,
//! `body`, `completion_tokens`), as EvalScope's `workload_trace` has them. Lengths become made-up texts of that length;
//! equal hashes become equal blocks, so that prompts share what they shared.

use crate::api::Prompt;
use crate::error::Error;
use crate::prompts::words::Words;
use crate::random::Random;
use evalscope_core::Row;
use serde_json::Value;
use std::time::Duration;

/// Tokens that one hash stands for in Mooncake's traces.
const BLOCK: usize = 512;
const TIMES: [&str; 3] = ["timestamp", "Timestamp", "TIMESTAMP"];
const INPUTS: [&str; 3] = ["input_length", "Request tokens", "ContextTokens"];
const OUTPUTS: [&str; 4] = ["output_length", "Response tokens", "GeneratedTokens", "completion_tokens"];

/// A request of a trace.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// When it came, in seconds.
    pub at: f64,
    /// What it asked.
    pub prompt: Prompt,
    /// Tokens of its answer.
    pub output: Option<u64>,
}

/// Reads a row.
pub fn recorded(row: &Row, words: &Words<'_>, seed: u64) -> Result<Recorded, Error> {
    let number = |names: &[&str]| names.iter().find_map(|name| as_number(row, name));
    let wrong = |reason: &str| Error::Prompts { place: "a row of the trace".into(), reason: reason.into() };
    let time = number(&TIMES).ok_or_else(|| wrong("it has no `timestamp` with a number"))?;
    let output = number(&OUTPUTS).map(|tokens| tokens as u64);
    if let Some(Value::Object(body)) = value(row, "body") {
        return Ok(Recorded { at: time, prompt: Prompt::Body(body), output });
    }
    let tokens = number(&INPUTS).ok_or_else(|| {
        wrong("it has neither `body` nor a length: `input_length`, `Request tokens`, `ContextTokens`")
    })? as usize;
    let hashes: Vec<u64> = match value(row, "hash_ids") {
        Some(Value::Array(ids)) => ids.iter().filter_map(Value::as_u64).collect(),
        _ => Vec::new(),
    };
    let is_mooncake = value(row, "input_length").is_some();
    let at = if is_mooncake { time / 1000.0 } else { time };
    Ok(Recorded { at, prompt: Prompt::Text(text(tokens, &hashes, words, seed)?), output })
}

/// A text of so many tokens, each block that of its hash.
fn text(tokens: usize, hashes: &[u64], words: &Words<'_>, seed: u64) -> Result<String, Error> {
    let mut text = String::new();
    let mut left = tokens.max(1);
    for hash in hashes {
        let block = left.min(BLOCK);
        text.push_str(&words.about(&mut Random::new(seed, 6_000_000 + hash), block)?);
        text.push(' ');
        left -= block;
        if left == 0 {
            return Ok(text);
        }
    }
    // Requests without hashes, or with too few, have a rest of their own.
    let own = hashes.iter().fold(tokens as u64, |sum, hash| sum.wrapping_mul(31).wrapping_add(*hash));
    Ok(text + &words.about(&mut Random::new(seed, own), left)?)
}

fn value(row: &Row, name: &str) -> Option<Value> {
    serde_json::to_value(row.get(name)?).ok()
}

fn as_number(row: &Row, name: &str) -> Option<f64> {
    let value = value(row, name)?;
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// Times from the first, in order; requests that were written out of order are put in order.
pub fn in_order(mut trace: Vec<Recorded>) -> (Vec<Recorded>, Vec<Duration>) {
    trace.sort_by(|one, other| one.at.total_cmp(&other.at));
    let first = trace.first().map_or(0.0, |first| first.at);
    let since = |recorded: &Recorded| Duration::try_from_secs_f64(recorded.at - first).unwrap_or_default();
    let times = trace.iter().map(since).collect();
    (trace, times)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(row: Value) -> Recorded {
        let row: Row = serde_json::from_str(&row.to_string()).unwrap();
        recorded(&row, &Words::Made, 1).unwrap()
    }

    fn text(recorded: &Recorded) -> String {
        recorded.prompt.text()
    }

    #[test]
    fn three_kinds_of_rows() {
        let mooncake =
            read(json!({"timestamp": 3052, "input_length": 600, "output_length": 52, "hash_ids": [1, 2]}));
        assert_eq!((mooncake.at, mooncake.output), (3.052, Some(52)));
        let burst =
            read(json!({"Timestamp": "5", "Model": "x", "Request tokens": "20", "Response tokens": "7"}));
        assert_eq!((burst.at, burst.output, text(&burst).len()), (5.0, Some(7), 100));
        let whole = read(json!({"timestamp": 1.5, "body": {"messages": []}, "completion_tokens": 3}));
        assert!(matches!(whole.prompt, Prompt::Body(_)) && whole.at == 1.5);
        let row: Row = serde_json::from_str(r#"{"input_length": 5}"#).unwrap();
        assert!(recorded(&row, &Words::Made, 1).is_err());
    }

    #[test]
    fn equal_hashes_are_equal_text() {
        let with = |ids: Value| text(&read(json!({"timestamp": 0, "input_length": 1000, "hash_ids": ids})));
        let (one, other) = (with(json!([1, 2])), with(json!([1, 3])));
        let block = BLOCK * 5;
        assert!(one[..block] == other[..block] && one[block..] != other[block..]);
        assert_eq!(one.len(), other.len());
    }

    #[test]
    fn times_begin_with_the_first_and_are_in_order() {
        let at = |at| Recorded { at, prompt: Prompt::Text(at.to_string()), output: None };
        let (trace, times) = in_order(vec![at(7.0), at(5.0), at(6.5)]);
        assert_eq!(trace.iter().map(|one| one.at).collect::<Vec<_>>(), [5.0, 6.5, 7.0]);
        assert_eq!(times, [0.0, 1.5, 2.0].map(Duration::from_secs_f64));
    }
}
