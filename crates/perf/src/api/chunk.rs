//! Reads what the servers of OpenAI's two text APIs send: whole answers and pieces of them have one form.
//!
//! One pass of typed JSON that copies nothing, so that a broken object is known as such. It runs after the bytes have
//! been stamped, and costs less than the system call that brought them.

use crate::api::{Piece, Unreadable, Usage, given_up};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct Chunk<'a> {
    #[serde(default)]
    choices: Option<Vec<Choice<'a>>>,
    #[serde(default)]
    usage: Option<Usage>,
    #[serde(default)]
    error: Option<Value>,
    #[serde(default)]
    object: Content<'a>,
    #[serde(default)]
    message: Content<'a>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct Choice<'a> {
    #[serde(default)]
    delta: Option<Said<'a>>,
    #[serde(default)]
    message: Option<Said<'a>>,
    #[serde(default)]
    text: Content<'a>,
    #[serde(default)]
    finish_reason: Content<'a>,
}

#[derive(Deserialize, Default)]
#[serde(bound(deserialize = "'de: 'a"), default)]
struct Said<'a> {
    content: Content<'a>,
    reasoning_content: Content<'a>,
    reasoning: Content<'a>,
    refusal: Content<'a>,
    tool_calls: Content<'a>,
    function_call: Content<'a>,
}

/// What stands where content may: text, a list of parts, or nothing.
#[derive(Default)]
enum Content<'a> {
    #[default]
    Nothing,
    Text(Cow<'a, str>),
    Other,
}

impl Content<'_> {
    fn text(&self) -> Option<&str> {
        match self {
            Content::Text(text) => Some(text),
            Content::Nothing | Content::Other => None,
        }
    }

    /// Whether there is any; text is added to `text`.
    fn note(&self, text: &mut Option<&mut String>) -> bool {
        match self {
            Content::Nothing => false,
            Content::Other => true,
            Content::Text(said) => {
                if let Some(text) = text {
                    text.push_str(said);
                }
                !said.is_empty()
            }
        }
    }
}

/// Reads a whole answer or a piece of one.
pub fn read(data: &[u8], mut text: Option<&mut String>) -> Result<Piece, Unreadable> {
    let chunk: Chunk<'_> = serde_json::from_slice(data).map_err(|error| Unreadable(error.to_string()))?;
    let mut piece = Piece { usage: chunk.usage, error: error(&chunk), ..Piece::default() };
    for choice in chunk.choices.iter().flatten() {
        piece.has_content |= choice.text.note(&mut text);
        for said in choice.delta.iter().chain(&choice.message) {
            for content in [
                &said.reasoning_content,
                &said.reasoning,
                &said.content,
                &said.refusal,
                &said.tool_calls,
                &said.function_call,
            ] {
                piece.has_content |= content.note(&mut text);
            }
        }
        let reason = choice.finish_reason.text().unwrap_or_default();
        piece.is_last |= !reason.is_empty();
        piece.error = piece.error.or_else(|| given_up(reason));
    }
    Ok(piece)
}

/// The message of an error object: OpenAI's form, or the older one of vLLM.
fn error(chunk: &Chunk<'_>) -> Option<String> {
    match &chunk.error {
        Some(Value::Null) | None => {}
        Some(Value::String(text)) => return Some(text.clone()),
        Some(error) => {
            let message = error.get("message").and_then(Value::as_str).map(str::to_owned);
            return Some(message.unwrap_or_else(|| error.to_string()));
        }
    }
    let is_error = chunk.object.text() == Some("error");
    is_error.then(|| chunk.message.text().unwrap_or("an error without a message").to_owned())
}

impl<'de: 'a, 'a> Deserialize<'de> for Content<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor)
    }
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("text, a list, an object or null")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Content::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Content::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Content::Nothing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut content = Content::Nothing;
        while list.next_element::<IgnoredAny>()?.is_some() {
            content = Content::Other;
        }
        Ok(content)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut content = Content::Nothing;
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            content = Content::Other;
        }
        Ok(content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(data: &str) -> (Piece, String) {
        let mut text = String::new();
        (read(data.as_bytes(), Some(&mut text)).unwrap(), text)
    }

    #[test]
    fn only_content_is_content() {
        for (delta, has_content) in [
            (r#"{"role":"assistant","content":""}"#, false),
            (r#"{"role":"assistant","content":null}"#, false),
            (r#"{}"#, false),
            (r#"{"tool_calls":[]}"#, false),
            (r#"{"content":" "}"#, true),
            (r#"{"content":"é\n"}"#, true),
            (r#"{"reasoning_content":"hm"}"#, true),
            (r#"{"content":"","reasoning":"hm"}"#, true),
            (r#"{"content":[{"type":"thinking"}]}"#, true),
            (r#"{"tool_calls":[{"index":0}]}"#, true),
        ] {
            let (piece, _) = piece(&format!(r#"{{"choices":[{{"delta":{delta},"finish_reason":null}}]}}"#));
            assert_eq!(piece.has_content, has_content, "{delta}");
            assert!(!piece.is_last && piece.error.is_none());
        }
    }

    #[test]
    fn texts_are_joined_in_their_order() {
        let (_, text) = piece(r#"{"choices":[{"delta":{"content":"b\u00e9","reasoning_content":"a"}}]}"#);
        assert_eq!(text, "abé");
        let (whole, text) =
            piece(r#"{"choices":[{"message":{"content":"x"},"finish_reason":"stop"},{"text":"y"}]}"#);
        assert!(whole.has_content && whole.is_last);
        assert_eq!(text, "xy");
    }

    #[test]
    fn usage_is_read_with_its_details() {
        let (piece, _) = piece(
            r#"{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12,
                "prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":null}}"#,
        );
        let usage = piece.usage.unwrap();
        assert_eq!((usage.prompt_tokens, usage.completion_tokens), (7, 5));
        assert_eq!(usage.prompt_tokens_details.unwrap().cached_tokens, Some(4));
        assert!(!piece.has_content && !piece.is_last);
    }

    #[test]
    fn errors_are_known_in_every_form() {
        for (data, message) in [
            (r#"{"error":{"message":"out of memory","code":500}}"#, "out of memory"),
            (r#"{"error":"out of memory"}"#, "out of memory"),
            (r#"{"error":{"code":3}}"#, r#"{"code":3}"#),
            (r#"{"object":"error","message":"too long"}"#, "too long"),
        ] {
            assert_eq!(piece(data).0.error.as_deref(), Some(message), "{data}");
        }
        assert_eq!(piece(r#"{"object":"chat.completion.chunk","error":null,"choices":[]}"#).0.error, None);
    }

    #[test]
    fn broken_json_is_unreadable() {
        for data in ["", "{", r#"{"choices":[{"delta":{"cont"#, "oops", r#"{"choices":1}"#, "{} {}"] {
            assert!(read(data.as_bytes(), None).is_err(), "{data}");
        }
    }
}
