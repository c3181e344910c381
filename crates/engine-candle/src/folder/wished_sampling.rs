//! What `generation_config.json` asks for and does not get. Its makers' sampling is theirs; a run has the protocol's, so that
//! models can be compared.

use crate::sampling::Sampler;
use serde_json::{Map, Value};

/// Values that transformers looks at only when it draws, and those that leave the draw as it is.
const OF_DRAWING: [(&str, Option<f64>); 4] =
    [("temperature", None), ("top_k", Some(0.0)), ("top_p", Some(1.0)), ("min_p", Some(0.0))];
/// The one that it always looks at.
const PENALTY: (&str, Option<f64>) = ("repetition_penalty", Some(1.0));

/// Says what a `generation_config.json` asks for that would change replies, where it does. What is no number is passed over.
pub(super) fn notice(generation: &Map<String, Value>) -> Option<String> {
    let draws = generation.get("do_sample").and_then(Value::as_bool) == Some(true);
    let looked_at = OF_DRAWING.iter().filter(|_| draws).chain([&PENALTY]);
    let mut asked: Map<String, Value> = looked_at
        .filter_map(|(name, neutral)| {
            let value = generation.get(*name)?;
            (value.as_f64()? != neutral.unwrap_or(f64::NAN)).then(|| ((*name).to_owned(), value.clone()))
        })
        .collect();
    if draws {
        // A temperature that is not said is 1.
        asked.entry("temperature").or_insert(Value::from(1.0));
    }
    if asked.is_empty() {
        return None;
    }
    let named: Vec<String> = asked.iter().map(|(name, value)| format!("{name} {value}")).collect();
    let asked = Value::Object(asked);
    // What would be refused is not advised.
    let may_be_given =
        serde_json::from_value(asked.clone()).is_ok_and(|sampling| Sampler::check(&sampling).is_ok());
    let how = match may_be_given {
        true => format!(" (a run's `--generation-config '{asked}'` does)"),
        false => String::new(),
    };
    Some(format!(
        "`generation_config.json` asks for {}: not taken, requests and protocols say how it is sampled{how}",
        named.join(", "),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(generation: &Value) -> Option<String> {
        notice(generation.as_object().unwrap())
    }

    #[test]
    fn what_would_change_replies_is_named_with_the_option_that_sets_it() {
        let said = said(&json!({
            "do_sample": true, "temperature": 0.6, "top_k": 3, "top_p": 1.0, "repetition_penalty": 1.3,
            "eos_token_id": 2, "max_new_tokens": 5,
        }));
        let said = said.unwrap();
        for part in ["temperature 0.6", "top_k 3", "repetition_penalty 1.3", "not taken", "\"top_k\":3"] {
            assert!(said.contains(part), "{said}");
        }
        assert!(!said.contains("top_p") && !said.contains("eos") && !said.contains("max_new"), "{said}");
    }

    #[test]
    fn what_would_be_refused_is_not_advised() {
        for (name, value) in [("temperature", json!(-3)), ("top_p", json!(7)), ("top_k", json!(-1))] {
            let said = said(&json!({"do_sample": true, name: value})).unwrap();
            assert!(
                said.contains(&format!("{name} {value}")) && !said.contains("--generation-config"),
                "{said}"
            );
        }
    }

    #[test]
    fn nothing_is_said_of_what_changes_nothing_or_is_no_number() {
        for quiet in [
            json!({}),
            json!({"temperature": 0.6, "top_p": 0.9}),
            json!({"do_sample": false, "temperature": 0.6, "repetition_penalty": 1.0}),
            json!({"do_sample": "yes", "temperature": 0.6, "repetition_penalty": {"\u{1b}[31m": 1}}),
        ] {
            assert_eq!(said(&quiet), None);
        }
        let hot = said(&json!({"do_sample": true, "temperature": "hot\u{1b}"})).unwrap();
        assert!(hot.contains("temperature 1.0") && !hot.contains("hot"), "{hot}");
    }
}
