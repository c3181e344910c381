//! Reads responses of OpenAI-like servers. Forgiving: a field of an unexpected shape counts as absent, a field
//! without a name here is kept, and neither is an error.

use crate::reasoning;
use evalscope_core::{Completion, FinishReason, Generation, Usage};
use serde_json::{Map, Value};

/// Where the text of a reply stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `message.content`, or `delta.content` in a stream; reasoning is kept apart.
    Chat,
    /// `text`.
    Text,
}

/// Why bytes are no response.
#[derive(Debug)]
pub enum Unusable {
    /// What is wrong with them.
    Malformed(String),
    /// They hold an error of the server.
    Reported(Value),
}

/// The fields of a response, or of one event of a stream, by what they are for.
#[derive(Debug, Default)]
pub struct Envelope {
    /// `choices`.
    pub choices: Option<Vec<Value>>,
    /// `usage`, read.
    pub usage: Option<Usage>,
    /// `model`.
    pub model: Option<String>,
    /// Everything else that is not empty.
    pub extra: Map<String, Value>,
}

impl Envelope {
    /// Sorts the fields of a JSON text.
    pub fn read(bytes: &[u8]) -> Result<Envelope, Unusable> {
        let fields: Map<String, Value> = serde_json::from_slice(bytes)
            .map_err(|error| Unusable::Malformed(format!("the answer is not a JSON object ({error})")))?;
        let mut envelope = Envelope::default();
        for (name, value) in fields {
            match (name.as_str(), value) {
                (_, Value::Null) | ("object" | "created", _) => {}
                ("error", value) => return Err(Unusable::Reported(value)),
                ("choices", Value::Array(choices)) => envelope.choices = Some(choices),
                ("model", Value::String(model)) => envelope.model = Some(model),
                ("usage", Value::Object(fields)) => envelope.take_usage(fields),
                (_, value) => {
                    envelope.extra.insert(name, value);
                }
            }
        }
        Ok(envelope)
    }

    /// Reads the two counts; details, such as cached or reasoning tokens, are kept.
    fn take_usage(&mut self, mut fields: Map<String, Value>) {
        let mut count = |names: [&str; 2]| names.iter().find_map(|name| whole_number(&fields.remove(*name)?));
        let input = count(["prompt_tokens", "input_tokens"]);
        let output = count(["completion_tokens", "output_tokens"]);
        if input.is_some() || output.is_some() {
            self.usage = Some(Usage::new(input.unwrap_or(0), output.unwrap_or(0)));
        }
        fields.remove("total_tokens");
        fields.retain(|_, value| !value.is_null());
        if !fields.is_empty() {
            self.extra.insert("usage".into(), fields.into());
        }
    }
}

/// One reply, or one event's part of it.
#[derive(Debug, Default)]
pub struct Choice {
    /// Which reply.
    pub index: Option<u64>,
    /// Text as it came.
    pub text: String,
    /// Reasoning that the server keeps apart.
    pub reasoning: Option<String>,
    /// Why the reply ended, once it has.
    pub finish: Option<FinishReason>,
    /// Everything else that is not empty.
    pub extra: Map<String, Value>,
}

impl Choice {
    /// Sorts the fields of an entry of `choices`.
    pub fn read(value: Value, shape: Shape) -> Choice {
        let mut choice = Choice::default();
        let Value::Object(fields) = value else { return choice };
        for (name, value) in fields {
            match (name.as_str(), shape) {
                ("index", _) => choice.index = value.as_u64(),
                ("finish_reason", _) => choice.finish = value.as_str().map(finish_reason),
                ("message" | "delta", Shape::Chat) => choice.take_message(value),
                ("text", Shape::Text) => choice.text = text_of(value),
                _ => choice.keep(name, value),
            }
        }
        choice
    }

    fn take_message(&mut self, message: Value) {
        let Value::Object(fields) = message else { return };
        for (name, value) in fields {
            match name.as_str() {
                "role" => {}
                "content" => self.text = text_of(value),
                "reasoning_content" | "reasoning" => {
                    // Some servers send the same text under both names.
                    let text = text_of(value);
                    if !text.is_empty() {
                        self.reasoning = Some(text);
                    }
                }
                _ => self.keep(name, value),
            }
        }
    }

    fn keep(&mut self, name: String, value: Value) {
        let is_empty = match &value {
            Value::Null => true,
            Value::Array(entries) => entries.is_empty(),
            _ => false,
        };
        if !is_empty {
            self.extra.insert(name, value);
        }
    }

    /// The finished reply, and what is left over.
    fn into_completion(self, shape: Shape) -> (Completion, Map<String, Value>) {
        let (reasoning, text) = match (self.reasoning, shape) {
            (None, Shape::Chat) => reasoning::split(self.text),
            (reasoning, _) => (reasoning, self.text),
        };
        (
            Completion { text, reasoning, finish: self.finish.unwrap_or_default(), ..Completion::default() },
            self.extra,
        )
    }
}

/// The generation in a whole response.
pub fn generation(bytes: &[u8], shape: Shape) -> Result<Generation, Unusable> {
    let mut envelope = Envelope::read(bytes)?;
    let choices = envelope
        .choices
        .take()
        .ok_or_else(|| Unusable::Malformed("the answer has no list of `choices`".into()))?;
    let choices = choices.into_iter().map(|choice| Choice::read(choice, shape)).collect();
    Ok(assemble(envelope, choices, shape))
}

/// Puts replies and the fields around them together. A response without a reply gets an empty one that says so.
pub fn assemble(envelope: Envelope, choices: Vec<Choice>, shape: Shape) -> Generation {
    let mut extra = envelope.extra;
    let (mut completions, left): (Vec<Completion>, Vec<Map<String, Value>>) =
        choices.into_iter().map(|choice| choice.into_completion(shape)).unzip();
    if left.iter().any(|fields| !fields.is_empty()) {
        extra.insert("choices".into(), left.into_iter().map(Value::from).collect());
    }
    if completions.is_empty() {
        let finish = no_choices();
        completions.push(Completion { finish, ..Completion::default() });
    }
    Generation {
        completions,
        usage: envelope.usage,
        timing: Default::default(),
        served_model: envelope.model,
        extra,
    }
}

/// How a reply ends that a server did not send.
pub fn no_choices() -> FinishReason {
    FinishReason::Other("no choices".into())
}

fn finish_reason(name: &str) -> FinishReason {
    match name {
        "stop" | "eos" | "eos_token" | "end_turn" | "stop_sequence" => FinishReason::Stop,
        "length" | "max_tokens" => FinishReason::Length,
        "content_filter" | "sensitive" => FinishReason::ContentFilter,
        other => FinishReason::Other(other.to_owned()),
    }
}

/// Text, or the texts of a list of parts.
fn text_of(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Array(parts) => parts.into_iter().map(text_of).collect(),
        Value::Object(mut fields) => fields.remove("text").map(text_of).unwrap_or_default(),
        _ => String::new(),
    }
}

fn whole_number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_f64().filter(|number| *number >= 0.0).map(|number| number as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn chat(value: Value) -> Generation {
        generation(value.to_string().as_bytes(), Shape::Chat).unwrap()
    }

    #[test]
    fn content_comes_in_many_forms() {
        for (content, text) in [
            (json!("a"), "a"),
            (json!(null), ""),
            (json!([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]), "ab"),
            (json!(["a", "b"]), "ab"),
            (json!(7), ""),
        ] {
            let reply = chat(json!({"choices": [{"message": {"content": content}}]}));
            assert_eq!(reply.text(), text, "{content}");
        }
    }

    #[test]
    fn odd_shapes_are_no_errors() {
        for choices in [json!([]), json!([null]), json!([{}]), json!([{"message": null}]), json!([[]])] {
            let reply = chat(json!({"choices": choices, "usage": [], "model": 3}));
            assert_eq!((reply.text(), reply.completions.len(), reply.usage), ("", 1, None), "{choices}");
        }
        let reply = chat(json!({"choices": []}));
        assert_eq!(reply.completions[0].finish, FinishReason::Other("no choices".into()));
    }

    #[test]
    fn what_is_no_response_is_told_apart() {
        let read = |text: &str| generation(text.as_bytes(), Shape::Chat).unwrap_err();
        for text in ["", "<html>", "[]", "{}", r#"{"choices":null}"#, r#"{"choices":{}}"#, r#"{"choices":[{"#]
        {
            assert!(matches!(read(text), Unusable::Malformed(_)), "{text}");
        }
        assert!(matches!(read(r#"{"error":{"message":"x"}}"#), Unusable::Reported(_)));
    }

    #[test]
    fn unknown_fields_are_kept_and_empty_ones_are_not() {
        let reply = chat(json!({
            "id": "1", "object": "x", "created": 1, "prompt_logprobs": null,
            "choices": [{"message": {"content": "a", "tool_calls": []}, "stop_reason": 2, "logprobs": null}],
            "usage": {"prompt_tokens": 1.0, "completion_tokens": 2, "total_tokens": 3,
                      "completion_tokens_details": {"reasoning_tokens": 1}, "prompt_tokens_details": null},
        }));
        assert_eq!(reply.usage, Some(Usage::new(1, 2)));
        assert_eq!(
            Value::from(reply.extra),
            json!({
                "id": "1",
                "usage": {"completion_tokens_details": {"reasoning_tokens": 1}},
                "choices": [{"stop_reason": 2}],
            })
        );
    }

    #[test]
    fn ends_have_names() {
        for (name, finish) in [
            (json!("stop"), FinishReason::Stop),
            (json!(null), FinishReason::Stop),
            (json!("length"), FinishReason::Length),
            (json!("content_filter"), FinishReason::ContentFilter),
            (json!("tool_calls"), FinishReason::Other("tool_calls".into())),
        ] {
            let reply = chat(json!({"choices": [{"message": {"content": ""}, "finish_reason": name}]}));
            assert_eq!(reply.completions[0].finish, finish);
        }
    }
}
