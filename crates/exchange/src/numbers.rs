//! Numbers in JSON, infinities included, written as a run folder writes them.

use indexmap::IndexMap;
use serde_json::{Map, Value};

/// What JSON has no number for, and the texts that stand for it in a run folder.
const WORDS: [(&str, f64); 3] =
    [("Infinity", f64::INFINITY), ("-Infinity", f64::NEG_INFINITY), ("NaN", f64::NAN)];

/// A number, or one of the texts `Infinity`, `-Infinity` and `NaN`.
pub fn to_json(number: f64) -> Value {
    let is_same = |other: f64| other == number || other.is_nan() && number.is_nan();
    let word = WORDS.iter().find(|(_, other)| is_same(*other));
    word.map_or_else(|| number.into(), |(word, _)| (*word).into())
}

/// The number that a JSON value stands for: also `true` and `false`, as other programs score.
pub fn from_json(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::Bool(truth) => Some(f64::from(u8::from(*truth))),
        Value::String(text) => WORDS.iter().find(|(word, _)| word == text).map(|(_, number)| *number),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Values by metric as a JSON object.
pub fn map_to_json(values: &IndexMap<String, f64>) -> Value {
    values.iter().map(|(name, value)| (name.clone(), to_json(*value))).collect::<Map<_, _>>().into()
}

/// The fields of a JSON object that are numbers.
pub fn map_from_json(fields: &Map<String, Value>) -> IndexMap<String, f64> {
    fields.iter().filter_map(|(name, value)| Some((name.clone(), from_json(value)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_number_comes_back_and_truths_are_numbers() {
        for number in [0.0, -0.0, 0.1, 5e-324, f64::MAX, f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
            let back = from_json(&to_json(number)).unwrap();
            assert_eq!(back.to_bits(), number.to_bits());
        }
        assert_eq!((from_json(&json!(true)), from_json(&json!("C"))), (Some(1.0), None));
    }
}
