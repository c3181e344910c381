//! OpenAI's Responses.

use crate::api::{Api, CompletionDetails, Piece, Prompt, PromptDetails, Unreadable, Usage, messages};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// `POST /responses`.
#[derive(Debug)]
pub struct Responses;

/// An event of a stream, or a whole answer.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Event {
    r#type: Option<String>,
    delta: Option<Value>,
    response: Option<Response>,
    message: Option<String>,
    #[serde(flatten)]
    whole: Response,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Response {
    status: Option<String>,
    output: Vec<Value>,
    usage: Option<Counted>,
    error: Option<Value>,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(default)]
struct Counted {
    input_tokens: u64,
    output_tokens: u64,
    input_tokens_details: Option<PromptDetails>,
    output_tokens_details: Option<CompletionDetails>,
}

/// An image in a message.
fn image(address: &str) -> Value {
    json!({"type": "input_image", "image_url": address})
}

impl Api for Responses {
    fn name(&self) -> &str {
        "openai_responses"
    }

    fn call(&self) -> &str {
        "/responses"
    }

    fn max_tokens(&self) -> Option<&str> {
        Some("max_output_tokens")
    }

    fn streaming(&self) -> Value {
        json!({"stream": true})
    }

    fn body(&self, prompt: &Prompt) -> Map<String, Value> {
        let input = match prompt {
            Prompt::Text(text) => json!(text),
            _ => Value::Array(messages(prompt, "input_text", image)),
        };
        Map::from_iter([("input".to_owned(), input)])
    }

    fn read_event(&self, data: &[u8], mut text: Option<&mut String>) -> Result<Piece, Unreadable> {
        let event: Event = serde_json::from_slice(data).map_err(|error| Unreadable(error.to_string()))?;
        let kind = event.r#type.as_deref().unwrap_or_default();
        let mut piece = Piece::default();
        // Text, refusals, reasoning and arguments of tools all come in events of this name.
        if let (true, Some(Value::String(said))) = (kind.ends_with(".delta"), &event.delta) {
            piece.has_content = !said.is_empty();
            if let Some(text) = &mut text {
                text.push_str(said);
            }
        }
        let is_whole = event.r#type.is_none();
        let response = if is_whole { Some(event.whole) } else { event.response };
        if let Some(response) = response {
            let status = response.status.as_deref().unwrap_or_default();
            piece.is_last = matches!(status, "completed" | "incomplete");
            piece.usage = response.usage.map(usage);
            piece.error = response.error.filter(|error| !error.is_null()).as_ref().map(message);
            if piece.error.is_none() && matches!(status, "failed" | "cancelled") {
                piece.error = Some(format!("the response is {status}"));
            }
            if is_whole {
                piece.has_content = response.output.iter().any(|item| said(item, &mut text));
            }
        }
        if kind == "error" {
            piece.error = Some(event.message.unwrap_or_else(|| "an error without a message".into()));
        }
        Ok(piece)
    }
}

fn message(error: &Value) -> String {
    error.get("message").and_then(Value::as_str).map_or_else(|| error.to_string(), str::to_owned)
}

/// Whether an item of a whole answer says something; its texts are added.
fn said(item: &Value, text: &mut Option<&mut String>) -> bool {
    let parts = item.get("content").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for said in parts.iter().filter_map(|part| part.get("text")?.as_str()) {
        if let Some(text) = text {
            text.push_str(said);
        }
    }
    !parts.is_empty() || item.get("type").is_some_and(|kind| kind == "function_call")
}

fn usage(counted: Counted) -> Usage {
    Usage {
        prompt_tokens: counted.input_tokens,
        completion_tokens: counted.output_tokens,
        prompt_tokens_details: counted.input_tokens_details,
        completion_tokens_details: counted.output_tokens_details,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(data: &str) -> Piece {
        Responses.read_event(data.as_bytes(), None).unwrap()
    }

    #[test]
    fn events_are_classified() {
        assert!(
            !piece(r#"{"type":"response.created","response":{"status":"in_progress","output":[]}}"#).is_last
        );
        assert!(piece(r#"{"type":"response.output_text.delta","delta":"a"}"#).has_content);
        assert!(piece(r#"{"type":"response.reasoning_summary_text.delta","delta":"a"}"#).has_content);
        assert!(!piece(r#"{"type":"response.output_text.done","text":"a"}"#).has_content);
        let end = piece(
            r#"{"type":"response.completed","response":{"status":"completed","error":null,
                "usage":{"input_tokens":5,"output_tokens":3,"input_tokens_details":{"cached_tokens":2}}}}"#,
        );
        assert!(end.is_last && end.error.is_none());
        assert_eq!(end.usage.unwrap().completion_tokens, 3);
        let failed = r#"{"type":"response.failed","response":{"status":"failed","error":{"message":"x"}}}"#;
        assert_eq!(piece(failed).error.as_deref(), Some("x"));
        assert_eq!(piece(r#"{"type":"error","message":"y"}"#).error.as_deref(), Some("y"));
        let cancelled = r#"{"type":"response.cancelled","response":{"status":"cancelled","error":null}}"#;
        assert_eq!(piece(cancelled).error.as_deref(), Some("the response is cancelled"));
    }

    #[test]
    fn a_whole_answer_has_its_text() {
        let mut text = String::new();
        let body = r#"{"status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"a"}]}],
            "usage":{"input_tokens":5,"output_tokens":3}}"#;
        let piece = Responses.read_event(body.as_bytes(), Some(&mut text)).unwrap();
        assert!(piece.has_content && piece.is_last && piece.error.is_none() && text == "a");
        let failed = Responses.read_event(body.replace("completed", "failed").as_bytes(), None).unwrap();
        assert_eq!(failed.error.as_deref(), Some("the response is failed"));
    }
}
