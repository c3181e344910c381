//! What is sent to a server and what its answers say, one file per API. Pure: bytes in, plain data out.

mod anthropic;
mod chat;
mod chunk;
mod completions;
mod embeddings;
mod prompt;
mod responses;

pub use anthropic::Anthropic;
pub use chat::Chat;
pub use completions::Completions;
pub use embeddings::Embeddings;
pub use prompt::{Prompt, Turn, messages};
pub use responses::Responses;

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// How to talk to a server.
pub trait Api: Send + Sync {
    /// The name, as options have it.
    fn name(&self) -> &'static str;

    /// The path of a call below the base of an address.
    fn call(&self) -> &'static str;

    /// The header of a key, and what stands before the key in it.
    fn key(&self) -> (&'static str, &'static str) {
        ("Authorization", "Bearer ")
    }

    /// Headers of every request.
    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// The member that limits the tokens of an answer.
    fn max_tokens(&self) -> Option<&'static str> {
        Some("max_tokens")
    }

    /// Whether answers can be streamed.
    fn streams(&self) -> bool {
        true
    }

    /// The members of a request whose answer is to be streamed, with a count of tokens.
    fn streaming(&self) -> Value {
        json!({"stream": true, "stream_options": {"include_usage": true}})
    }

    /// The body of a request, without `model` and the parameters that all requests share.
    fn body(&self, prompt: &Prompt) -> Map<String, Value>;

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
}

/// The API of this name, or that the address is for.
pub fn by_name(name: &str, url: &str) -> Option<&'static dyn Api> {
    let path = url.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let is_raw = path.ends_with("/completions") && !path.ends_with("/chat/completions");
    match name {
        "openai" | "local" | "local_vllm" if is_raw => Some(&Completions),
        "openai" | "local" | "local_vllm" | "openai_chat" => Some(&Chat),
        "openai_completions" => Some(&Completions),
        "openai_responses" => Some(&Responses),
        "openai_embedding" => Some(&Embeddings),
        "anthropic" => Some(&Anthropic),
        _ => None,
    }
}

/// Names of APIs.
pub const NAMES: [&str; 6] =
    ["openai", "openai_chat", "openai_completions", "openai_responses", "openai_embedding", "anthropic"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_decides_what_openai_means() {
        let name = |name, url| by_name(name, url).map(Api::name);
        assert_eq!(name("openai", "http://h/v1"), Some("openai_chat"));
        assert_eq!(name("openai", "http://h/v1/completions?x=1"), Some("openai_completions"));
        assert_eq!(name("openai", "http://h/v1/chat/completions/"), Some("openai_chat"));
        assert_eq!(name("openai_chat", "http://h/v1/completions"), Some("openai_chat"));
        assert_eq!(name("triton", "http://h"), None);
        assert!(NAMES.iter().all(|known| by_name(known, "").is_some()));
    }
}
