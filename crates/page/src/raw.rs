//! JSON as it stands in a document.

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

/// The JSON of something that has one: its keys are texts, and nothing in it fails. The sign `<` stands in texts only, where it can be
/// written otherwise; as itself it could end the element around it.
pub fn raw(value: &impl Serialize) -> Box<RawValue> {
    let json = to_raw_value(value).unwrap_or_else(|_| RawValue::NULL.to_owned());
    if !json.get().contains('<') {
        return json;
    }
    let escaped = RawValue::from_string(json.get().replace('<', "\\u003c"));
    escaped.unwrap_or_else(|_| RawValue::NULL.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn the_value_stays_and_no_element_ends() {
        let value = json!({"</script>": ["<!--", "\\u003c", "plain"]});
        let text = raw(&value);
        assert!(!text.get().contains('<'));
        assert_eq!(serde_json::from_str::<Value>(text.get()).unwrap(), value);
    }
}
