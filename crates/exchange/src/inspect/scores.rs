//! Values of Inspect's scores as numbers, as its `value_to_float` turns them (inspect_ai 0.3.285).

use crate::numbers;
use indexmap::IndexMap;
use serde_json::Value;

/// Inspect's letters and words for a value.
const WORDS: [(&str, f64); 8] = [
    ("C", 1.0),
    ("P", 0.5),
    ("I", 0.0),
    ("N", 0.0),
    ("yes", 1.0),
    ("true", 1.0),
    ("no", 0.0),
    ("false", 0.0),
];

/// The values by scorer; a scorer with several values gives `scorer/name` for each. What is no number is left out:
/// Inspect would warn and take it for 0.
pub fn values(scores: &Value) -> IndexMap<String, f64> {
    let mut found = IndexMap::new();
    for (scorer, score) in scores.as_object().into_iter().flatten() {
        match &score["value"] {
            Value::Object(fields) => {
                let several = fields
                    .iter()
                    .filter_map(|(name, value)| Some((format!("{scorer}/{name}"), number(value)?)));
                found.extend(several);
            }
            value => found.extend(number(value).map(|number| (scorer.clone(), number))),
        }
    }
    found
}

fn number(value: &Value) -> Option<f64> {
    numbers::from_json(value).or_else(|| {
        let text = value.as_str()?;
        let same = |word: &str| word == text || word.len() > 1 && word.eq_ignore_ascii_case(text);
        let word = WORDS.iter().find(|(word, _)| same(word)).map(|(_, number)| *number);
        word.or_else(|| text.parse().ok().filter(|number: &f64| number.is_finite()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_those_of_value_to_float() {
        let scores = json!({
            "a": {"value": "C"}, "b": {"value": "I"}, "c": {"value": "P"}, "d": {"value": "N"}, "e": {"value": 0.25},
            "f": {"value": true}, "g": {"value": "Yes"}, "h": {"value": "3.5"}, "i": {"value": {"x": 1, "y": "I"}},
            "j": {"value": "c"}, "k": {"value": [1]}, "l": {"value": null},
        });
        let found: Vec<(String, f64)> = values(&scores).into_iter().collect();
        let wanted = [
            ("a", 1.0),
            ("b", 0.0),
            ("c", 0.5),
            ("d", 0.0),
            ("e", 0.25),
            ("f", 1.0),
            ("g", 1.0),
            ("h", 3.5),
            ("i/x", 1.0),
            ("i/y", 0.0),
        ];
        assert_eq!(found, wanted.map(|(name, value)| (name.to_owned(), value)));
    }
}
