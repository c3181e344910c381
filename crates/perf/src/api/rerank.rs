//! Rerank, as Cohere, Jina, vLLM and others have it: a question and documents go in, their order comes out.

use crate::api::{Api, Piece, Prompt, Unreadable, Usage};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

/// `POST /rerank`.
#[derive(Debug)]
pub struct Rerank;

/// Sentences of a text that become documents at most.
const DOCUMENTS: usize = 8;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Answer {
    results: Option<Vec<IgnoredAny>>,
    usage: Option<Counted>,
    error: Option<Value>,
    detail: Option<Value>,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(default)]
struct Counted {
    prompt_tokens: Option<u64>,
    total_tokens: u64,
}

impl Api for Rerank {
    fn name(&self) -> &str {
        "openai_rerank"
    }

    fn call(&self) -> &str {
        "/rerank"
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
        let (query, documents) = match prompt {
            Prompt::Ranking { query, documents } => (query.clone(), documents.clone()),
            other => taken_apart(&other.text()),
        };
        Map::from_iter([("query".to_owned(), json!(query)), ("documents".to_owned(), json!(documents))])
    }

    fn read_event(&self, data: &[u8], _: Option<&mut String>) -> Result<Piece, Unreadable> {
        let answer: Answer = serde_json::from_slice(data).map_err(|error| Unreadable(error.to_string()))?;
        let error = answer.error.or(answer.detail).filter(|error| !error.is_null());
        let message =
            |error: Value| error["message"].as_str().map_or_else(|| error.to_string(), str::to_owned);
        let usage = |counted: Counted| Usage {
            prompt_tokens: counted.prompt_tokens.unwrap_or(counted.total_tokens),
            ..Usage::default()
        };
        Ok(Piece {
            has_content: answer.results.is_some_and(|results| !results.is_empty()),
            is_last: true,
            usage: answer.usage.map(usage),
            error: error.map(message),
        })
    }
}

/// A text as question and documents: its last sentence is the question, the others are what is ranked.
fn taken_apart(text: &str) -> (String, Vec<String>) {
    let sentences: Vec<&str> =
        text.split_inclusive(['.', '?', '!', '。', '？', '！', '\n']).map(str::trim).collect();
    let sentences: Vec<&str> = sentences.into_iter().filter(|sentence| !sentence.is_empty()).collect();
    match sentences.split_last() {
        Some((query, documents)) if !documents.is_empty() => {
            let each = documents.len().div_ceil(DOCUMENTS);
            ((*query).to_owned(), documents.chunks(each).map(|part| part.join(" ")).collect())
        }
        _ => (text.to_owned(), vec![text.to_owned()]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_taken_apart() {
        let body = |text: &str| Value::Object(Rerank.body(&Prompt::Text(text.into())));
        assert_eq!(body("One. Two. Why?"), json!({"query": "Why?", "documents": ["One.", "Two."]}));
        assert_eq!(body("word"), json!({"query": "word", "documents": ["word"]}));
        let many = body(&("A. ".repeat(20) + "Why?"));
        assert_eq!(many["documents"].as_array().unwrap().len(), 7);
        let given = Prompt::Ranking { query: "q".into(), documents: vec!["d".into()] };
        assert_eq!(Value::Object(Rerank.body(&given)), json!({"query": "q", "documents": ["d"]}));
    }

    #[test]
    fn an_answer_without_an_order_is_empty() {
        let piece = |data: &str| Rerank.read_event(data.as_bytes(), None).unwrap();
        let good = piece(r#"{"results":[{"index":0,"relevance_score":0.9}],"usage":{"total_tokens":7}}"#);
        assert!(good.has_content && good.usage.unwrap().prompt_tokens == 7);
        assert!(!piece(r#"{"results":[]}"#).has_content);
        assert_eq!(piece(r#"{"error":{"message":"x"}}"#).error.as_deref(), Some("x"));
    }
}
