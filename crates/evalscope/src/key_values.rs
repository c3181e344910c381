//! Arguments given as JSON or as `name=value,name=value`.

use crate::argument::ArgumentError;
use indexmap::IndexMap;
use serde_json::Value;

/// Reads `text` as a JSON object, or as `name=value` pairs between commas. A value that reads as JSON (a number,
/// `true`, `null`, quoted text) is taken as that; Python's `True`, `False`, `None` too; anything else is text.
pub fn parse(flag: &str, text: &str) -> Result<IndexMap<String, Value>, ArgumentError> {
    let text = text.trim();
    if text.starts_with('{') {
        return serde_json::from_str(text)
            .map_err(|error| ArgumentError::new(format!("{flag} is not valid JSON: {error}")));
    }
    let mut values = IndexMap::new();
    for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let Some((name, value)) = pair.split_once('=') else {
            return Err(ArgumentError::new(format!("{flag}: `{pair}` is not of the form `name=value`"))
                .with_hint(Some(
                    "give `name=value,name=value`, or a JSON object when a value holds a comma".into(),
                )));
        };
        values.insert(name.trim().to_owned(), scalar(value.trim()));
    }
    Ok(values)
}

fn scalar(text: &str) -> Value {
    match text {
        "True" => Value::Bool(true),
        "False" => Value::Bool(false),
        "None" => Value::Null,
        _ => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pairs_and_json_say_the_same() {
        let pairs = parse("--x", "temperature=0.5,stop=END,do_sample=False,seed=None").unwrap();
        let object =
            parse("--x", r#"{"temperature":0.5,"stop":"END","do_sample":false,"seed":null}"#).unwrap();
        assert_eq!(pairs, object);
        assert_eq!(pairs["stop"], json!("END"));
    }

    #[test]
    fn a_pair_without_value_is_named() {
        assert!(parse("--x", "temperature").unwrap_err().message.contains("`temperature`"));
    }
}
