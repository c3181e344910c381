//! What is sent to a server and what its answers say, one file per API. Pure: bytes in, plain data out.

mod anthropic;
mod chat;
mod chunk;
mod completions;
mod custom;
mod embeddings;
mod prompt;
mod rerank;
mod responses;

pub use anthropic::Anthropic;
pub use chat::Chat;
pub use completions::Completions;
pub use custom::Custom;
pub use embeddings::Embeddings;
pub use prompt::{Prompt, Turn, messages, turn};
pub use rerank::Rerank;
pub use responses::Responses;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// How to talk to a server.
pub trait Api: Send + Sync {
    /// The name, as options have it.
    fn name(&self) -> &str;

    /// The path of a call below the base of an address.
    fn call(&self) -> &str;

    /// Whether that path stands for itself, and not below a version such as `/v1`.
    fn has_own_path(&self) -> bool {
        false
    }

    /// The header of a key, and what stands before the key in it.
    fn key(&self) -> (&str, &str) {
        ("Authorization", "Bearer ")
    }

    /// Headers of every request.
    fn headers(&self) -> Vec<(&str, &str)> {
        Vec::new()
    }

    /// The member that limits the tokens of an answer.
    fn max_tokens(&self) -> Option<&str> {
        Some("max_tokens")
    }

    /// Whether answers can be streamed.
    fn streams(&self) -> bool {
        true
    }

    /// Whether images go with prompts.
    fn takes_images(&self) -> bool {
        true
    }

    /// Whether answers are words: a conversation can go on with them, and they have tokens.
    fn answers_in_words(&self) -> bool {
        true
    }

    /// Whether a parameter of this name would not be sent.
    fn ignores(&self, _parameter: &str) -> bool {
        false
    }

    /// The members of a request whose answer is to be streamed, with a count of tokens.
    fn streaming(&self) -> Value {
        json!({"stream": true, "stream_options": {"include_usage": true}})
    }

    /// The body of a request, without `model` and the parameters that all requests share.
    fn body(&self, prompt: &Prompt) -> Map<String, Value>;

    /// The body as it is sent, when all its members are known.
    fn finished(&self, members: Map<String, Value>) -> Map<String, Value> {
        members
    }

    /// Reads the data of one event. Text goes to `text`, where somebody wants it.
    fn read_event(&self, data: &[u8], text: Option<&mut String>) -> Result<Piece, Unreadable>;

    /// Reads a whole answer.
    fn read_whole(&self, body: &[u8], text: Option<&mut String>) -> Result<Piece, Unreadable> {
        self.read_event(body, text)
    }
}

/// What an event or a whole answer says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Piece {
    /// It holds text, reasoning or a tool call; an empty piece with a role does not.
    pub has_content: bool,
    /// It says why the answer is finished.
    pub is_last: bool,
    /// Tokens as the server counts them.
    pub usage: Option<Usage>,
    /// The message of an error object.
    pub error: Option<String>,
}

/// It is no JSON of the expected form; why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable(pub String);

/// Tokens as a server counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Of the prompt.
    pub prompt_tokens: u64,
    /// Of the answer.
    pub completion_tokens: u64,
    /// More about the prompt.
    pub prompt_tokens_details: Option<PromptDetails>,
    /// More about the answer.
    pub completion_tokens_details: Option<CompletionDetails>,
}

/// What a server says of a prompt's tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct PromptDetails {
    /// Those that it had in its cache.
    pub cached_tokens: Option<u64>,
}

/// What a server says of an answer's tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct CompletionDetails {
    /// Those of its reasoning.
    pub reasoning_tokens: Option<u64>,
    /// Guessed ones that were accepted.
    pub accepted_prediction_tokens: Option<u64>,
    /// Guessed ones that were not.
    pub rejected_prediction_tokens: Option<u64>,
}

/// Reasons to end an answer that are no end of it: the server gave it up. vLLM and SGLang say `abort`, gateways `error`,
/// DeepSeek the last.
const GIVEN_UP: [&str; 5] = ["abort", "aborted", "error", "cancelled", "insufficient_system_resource"];

/// What is wrong with an answer that ended for this reason; nothing when it is an answer.
fn given_up(reason: &str) -> Option<String> {
    GIVEN_UP.contains(&reason).then(|| format!("the server gave the answer up: `{reason}`"))
}

/// The API of this name, or that the address is for.
pub fn by_name(name: &str, url: &str) -> Option<Arc<dyn Api>> {
    let path = url.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let is_raw = path.ends_with("/completions") && !path.ends_with("/chat/completions");
    let api: Arc<dyn Api> = match name {
        "openai" if is_raw => Arc::new(Completions),
        "openai" | "openai_chat" => Arc::new(Chat),
        "openai_completions" => Arc::new(Completions),
        "openai_responses" => Arc::new(Responses),
        "openai_embedding" => Arc::new(Embeddings),
        "openai_rerank" => Arc::new(Rerank),
        "anthropic" => Arc::new(Anthropic),
        _ => return None,
    };
    Some(api)
}

/// Names of APIs.
pub const NAMES: [&str; 7] = [
    "openai",
    "openai_chat",
    "openai_completions",
    "openai_responses",
    "openai_embedding",
    "openai_rerank",
    "anthropic",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_was_given_up_is_an_error_in_every_form() {
        let described = json!({"body": {}, "answer": {"text": ["text"], "finish": ["end"]}});
        let own: Custom = serde_json::from_value(described).unwrap();
        let apis: [(&dyn Api, &str); 7] = [
            (&Chat, r#"{"choices":[{"delta":{},"finish_reason":"REASON"}]}"#),
            (&Chat, r#"{"choices":[{"message":{"content":"a"},"finish_reason":"REASON"}]}"#),
            (&Completions, r#"{"choices":[{"text":"a","finish_reason":"REASON"}]}"#),
            (&Anthropic, r#"{"type":"message_delta","delta":{"stop_reason":"REASON"}}"#),
            (&Anthropic, r#"{"type":"message","content":[],"stop_reason":"REASON"}"#),
            (&own, r#"{"text":"a","end":"REASON"}"#),
            // SGLang's own API.
            (&own, r#"{"text":"a","end":{"type":"REASON","message":"x"}}"#),
        ];
        for (api, data) in apis {
            for (reason, is_error) in [("abort", true), ("error", true), ("length", false), ("stop", false)] {
                let piece = api.read_whole(data.replace("REASON", reason).as_bytes(), None).unwrap();
                assert_eq!(piece.error.is_some(), is_error, "{data} {reason}");
            }
        }
    }

    #[test]
    fn the_address_decides_what_openai_means() {
        let name = |name, url| by_name(name, url).map(|api| api.name().to_owned());
        assert_eq!(name("openai", "http://h/v1"), Some("openai_chat".to_owned()));
        assert_eq!(name("openai", "http://h/v1/completions?x=1"), Some("openai_completions".to_owned()));
        assert_eq!(name("openai", "http://h/v1/chat/completions/"), Some("openai_chat".to_owned()));
        assert_eq!(name("openai_chat", "http://h/v1/completions"), Some("openai_chat".to_owned()));
        assert_eq!(name("triton", "http://h"), None);
        assert!(NAMES.iter().all(|known| by_name(known, "").is_some()));
    }
}
