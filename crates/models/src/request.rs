//! Lays requests out as the JSON that endpoints take.

use evalscope_core::Sampling;
use serde_json::{Map, Value, json};

/// A field of the input: `messages` or `prompt`.
pub type InputField = (&'static str, Value);

/// The body of a request for text. `extra_body` goes last and may replace anything.
pub fn generation(model: &str, input: InputField, sampling: &Sampling, stream: bool) -> Vec<u8> {
    let mut body = Map::new();
    body.insert("model".into(), model.into());
    body.insert(input.0.into(), input.1);
    add_sampling(&mut body, sampling);
    if stream {
        body.insert("stream".into(), true.into());
        body.insert("stream_options".into(), json!({"include_usage": true}));
    }
    body.extend(sampling.extra_body.clone());
    bytes(body)
}

/// The body of a request for the log-probabilities of a text.
///
/// One token is asked for and thrown away, because some servers refuse none. `logprobs: 1` brings the most likely
/// token of each place, which tells whether the text is what the model would have written.
pub fn echo(model: &str, text: &str) -> Vec<u8> {
    let fields = json!({
        "model": model,
        "prompt": text,
        "max_tokens": 1,
        "temperature": 0,
        "echo": true,
        "logprobs": 1,
    });
    bytes(fields)
}

fn add_sampling(body: &mut Map<String, Value>, sampling: &Sampling) {
    let fields: [(&str, Option<Value>); 11] = [
        ("max_tokens", sampling.max_tokens.map(Value::from)),
        ("temperature", sampling.temperature.map(Value::from)),
        ("top_p", sampling.top_p.map(Value::from)),
        ("top_k", sampling.top_k.map(Value::from)),
        ("min_p", sampling.min_p.map(Value::from)),
        ("n", sampling.n.map(Value::from)),
        ("seed", sampling.seed.map(Value::from)),
        ("stop", (!sampling.stop.is_empty()).then(|| sampling.stop.clone().into())),
        ("frequency_penalty", sampling.frequency_penalty.map(Value::from)),
        ("presence_penalty", sampling.presence_penalty.map(Value::from)),
        ("repetition_penalty", sampling.repetition_penalty.map(Value::from)),
    ];
    for (name, value) in fields {
        if let Some(value) = value {
            body.insert(name.into(), value);
        }
    }
}

fn bytes(body: impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(&body).expect("a JSON value can be written as JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(sampling: &Sampling, stream: bool) -> Value {
        serde_json::from_slice(&generation("m", ("prompt", "a".into()), sampling, stream)).unwrap()
    }

    #[test]
    fn only_what_is_set_is_sent() {
        assert_eq!(sent(&Sampling::default(), false), json!({"model": "m", "prompt": "a"}));
        assert_eq!(
            sent(&Sampling::default(), true),
            json!({"model": "m", "prompt": "a", "stream": true, "stream_options": {"include_usage": true}})
        );
    }

    #[test]
    fn every_field_has_its_name_on_the_wire() {
        let sampling = Sampling {
            max_tokens: Some(1),
            temperature: Some(0.0),
            top_p: Some(0.5),
            top_k: Some(2),
            min_p: Some(0.25),
            n: Some(3),
            seed: Some(4),
            stop: vec!["x".into()],
            frequency_penalty: Some(0.125),
            presence_penalty: Some(-0.5),
            repetition_penalty: Some(1.5),
            extra_body: serde_json::from_value(
                json!({"temperature": 1, "chat_template_kwargs": {"a": false}}),
            )
            .unwrap(),
        };
        assert_eq!(
            sent(&sampling, false),
            json!({
                "model": "m", "prompt": "a", "max_tokens": 1, "temperature": 1, "top_p": 0.5, "top_k": 2,
                "min_p": 0.25, "n": 3, "seed": 4, "stop": ["x"], "frequency_penalty": 0.125,
                "presence_penalty": -0.5, "repetition_penalty": 1.5, "chat_template_kwargs": {"a": false},
            })
        );
    }
}
