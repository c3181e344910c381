//! OpenAI's embeddings: a text goes in, numbers come out.

use crate::api::{Api, Piece, Prompt, Unreadable, Usage};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

/// `POST /embeddings`.
#[derive(Debug)]
pub struct Embeddings;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Answer {
    data: Option<Vec<IgnoredAny>>,
    usage: Option<Usage>,
    error: Option<Value>,
}

impl Api for Embeddings {
    fn name(&self) -> &str {
        "openai_embedding"
    }

    fn call(&self) -> &str {
        "/embeddings"
    }

    fn max_tokens(&self) -> Option<&str> {
        None
    }

    fn streams(&self) -> bool {
        false
    }

    fn takes_images(&self) -> bool {
        false
    }

    fn answers_in_words(&self) -> bool {
        false
    }

    fn body(&self, prompt: &Prompt) -> Map<String, Value> {
        Map::from_iter([("input".to_owned(), Value::String(prompt.text()))])
    }

    fn read_event(&self, data: &[u8], _: Option<&mut String>) -> Result<Piece, Unreadable> {
        let answer: Answer = serde_json::from_slice(data).map_err(|error| Unreadable(error.to_string()))?;
        let error = answer.error.filter(|error| !error.is_null());
        let message =
            |error: Value| error["message"].as_str().map_or_else(|| error.to_string(), str::to_owned);
        Ok(Piece {
            has_content: answer.data.is_some_and(|data| !data.is_empty()),
            is_last: true,
            usage: answer.usage,
            error: error.map(message),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_without_numbers_is_empty() {
        let piece = |data: &str| Embeddings.read_event(data.as_bytes(), None).unwrap();
        let good = piece(r#"{"data":[{"embedding":[0.5]}],"usage":{"prompt_tokens":3,"total_tokens":3}}"#);
        assert!(good.has_content && good.usage.unwrap().prompt_tokens == 3);
        assert!(!piece(r#"{"data":[]}"#).has_content);
        assert_eq!(piece(r#"{"error":{"message":"x"}}"#).error.as_deref(), Some("x"));
    }
}
