//! Anthropic's Messages.

use crate::api::{Api, Piece, Prompt, PromptDetails, Unreadable, Usage, given_up, messages};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// `POST /messages`.
#[derive(Debug)]
pub struct Anthropic;

/// An event of a stream, or a whole answer: both name their kind in `type`.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Event {
    r#type: String,
    message: Option<Message>,
    content: Vec<Block>,
    content_block: Option<Block>,
    delta: Option<Delta>,
    stop_reason: Option<String>,
    usage: Option<Counted>,
    error: Option<Value>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Message {
    usage: Option<Counted>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Block {
    r#type: String,
    text: String,
    thinking: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Delta {
    text: String,
    thinking: String,
    partial_json: String,
    stop_reason: Option<String>,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(default)]
struct Counted {
    input_tokens: u64,
    output_tokens: u64,
    cache_read_input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
}

/// An image in a message: the parts of a `data:` address.
fn image(address: &str) -> Value {
    let (kind, data) =
        address.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,")).unwrap_or_default();
    json!({"type": "image", "source": {"type": "base64", "media_type": kind, "data": data}})
}

impl Api for Anthropic {
    fn name(&self) -> &str {
        "anthropic"
    }

    fn call(&self) -> &str {
        "/messages"
    }

    fn key(&self) -> (&str, &str) {
        ("x-api-key", "")
    }

    fn headers(&self) -> Vec<(&str, &str)> {
        vec![("anthropic-version", "2023-06-01")]
    }

    fn streaming(&self) -> Value {
        json!({"stream": true})
    }

    fn body(&self, prompt: &Prompt) -> Map<String, Value> {
        // A system message stands beside the conversation here.
        let (system, turns): (Vec<Value>, Vec<Value>) =
            messages(prompt, "text", image).into_iter().partition(|message| message["role"] == "system");
        let mut body = Map::from_iter([("messages".to_owned(), Value::Array(turns))]);
        let texts: Vec<&str> = system.iter().filter_map(|message| message["content"].as_str()).collect();
        if !texts.is_empty() {
            body.insert("system".into(), json!(texts.join("\n")));
        }
        body
    }

    fn read_event(&self, data: &[u8], mut text: Option<&mut String>) -> Result<Piece, Unreadable> {
        let event: Event = serde_json::from_slice(data).map_err(|error| Unreadable(error.to_string()))?;
        let mut piece = Piece::default();
        let mut say = |said: &str| {
            piece.has_content |= !said.is_empty();
            if let Some(text) = &mut text {
                text.push_str(said);
            }
        };
        for block in event.content.iter().chain(&event.content_block) {
            say(&block.thinking);
            say(&block.text);
        }
        if let Some(delta) = &event.delta {
            say(&delta.thinking);
            say(&delta.text);
            say(&delta.partial_json);
        }
        piece.has_content |= event.content.iter().any(|block| block.r#type == "tool_use");
        let reason = event.stop_reason.or(event.delta.and_then(|delta| delta.stop_reason));
        piece.is_last = reason.is_some() || event.r#type == "message_stop";
        piece.usage = event.usage.or(event.message.and_then(|message| message.usage)).map(usage);
        let said = event.error.map(|error| match error.get("message").and_then(Value::as_str) {
            Some(message) => message.to_owned(),
            None => error.to_string(),
        });
        piece.error = said.or_else(|| given_up(reason.as_deref()?));
        Ok(piece)
    }
}

/// Anthropic counts what is read from its cache and what is put there besides the input.
fn usage(counted: Counted) -> Usage {
    let cached = counted.cache_read_input_tokens;
    let beside = cached.unwrap_or(0) + counted.cache_creation_input_tokens.unwrap_or(0);
    Usage {
        prompt_tokens: counted.input_tokens + beside,
        completion_tokens: counted.output_tokens,
        prompt_tokens_details: cached.map(|cached| PromptDetails { cached_tokens: Some(cached) }),
        completion_tokens_details: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Turn;

    fn piece(data: &str) -> Piece {
        Anthropic.read_event(data.as_bytes(), None).unwrap()
    }

    #[test]
    fn events_are_classified() {
        let start = piece(
            r#"{"type":"message_start","message":{"content":[],"stop_reason":null,
                "usage":{"input_tokens":9,"output_tokens":1,"cache_read_input_tokens":4}}}"#,
        );
        assert!(!start.has_content && !start.is_last);
        assert_eq!(start.usage.unwrap().prompt_tokens, 13);
        assert!(
            !piece(r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#)
                .has_content
        );
        assert!(!piece(r#"{"type":"ping"}"#).has_content);
        assert!(
            piece(r#"{"type":"content_block_delta","delta":{"type":"text_delta","text":"a"}}"#).has_content
        );
        assert!(
            piece(r#"{"type":"content_block_delta","delta":{"type":"thinking_delta","thinking":"a"}}"#)
                .has_content
        );
        let end = piece(
            r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":12}}"#,
        );
        assert!(end.is_last && end.usage.unwrap().completion_tokens == 12);
        let error = piece(r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#);
        assert_eq!(error.error.as_deref(), Some("Overloaded"));
        let whole =
            piece(r#"{"type":"message","content":[{"type":"text","text":"a"}],"stop_reason":"end_turn"}"#);
        assert!(whole.has_content && whole.is_last);
    }

    #[test]
    fn a_system_message_stands_beside_the_conversation() {
        let turn = |role: &str| Turn::new(role, role.into());
        let body = Anthropic.body(&Prompt::Messages(vec![turn("system"), turn("user")]));
        let wanted = json!({"messages": [{"role": "user", "content": "user"}], "system": "system"});
        assert_eq!(Value::Object(body), wanted);
    }
}
