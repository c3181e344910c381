//! What servers do their own way, without calling it an error.

use std::sync::atomic::{AtomicU64, Ordering};

/// What a server does its own way. By default it does what it is asked, and has neither template nor start token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Habits {
    /// Replies go on beyond `max_tokens`.
    pub ignores_max_tokens: bool,
    /// Replies go on beyond texts of `stop`.
    pub ignores_stop: bool,
    /// Replies come in one piece whatever is asked.
    pub ignores_stream: bool,
    /// Tokens are not counted.
    pub without_usage: bool,
    /// Replies are empty, and no token of them was generated.
    pub says_nothing: bool,
    /// Tokens that the chat template puts around each message.
    pub template_tokens: usize,
    /// Tokens that it puts before the first one.
    pub added_tokens: usize,
    /// Start tokens before a raw text.
    pub start_tokens: usize,
    /// Conversations are answered with log-probabilities of the first token when they are asked for.
    pub gives_logprobs: bool,
    /// `guided_choice` is kept.
    pub keeps_choice: bool,
    /// A JSON schema with one field of given texts is kept.
    pub keeps_schema: bool,
    /// What a temperature above 0 does.
    pub draws: Draws,
}

/// What a temperature above 0 does to a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Draws {
    /// Nothing.
    #[default]
    Never,
    /// The reply depends on the seed.
    BySeed,
    /// The reply is another one each time.
    Freely,
}

/// Draws so far, of all servers.
static DRAWN: AtomicU64 = AtomicU64::new(0);

impl Habits {
    /// Tokens that the server adds to a conversation of so many messages, or to a raw text.
    pub fn layout_tokens(self, messages: usize) -> usize {
        match messages {
            0 => self.start_tokens,
            count => self.added_tokens + count * self.template_tokens,
        }
    }

    /// The answer as it is drawn.
    pub fn draw(self, answer: String, temperature: Option<f64>, seed: Option<u64>) -> String {
        let number = match self.draws {
            _ if temperature.unwrap_or(0.0) == 0.0 => return answer,
            Draws::Never => return answer,
            Draws::BySeed => seed.unwrap_or(0),
            Draws::Freely => DRAWN.fetch_add(1, Ordering::Relaxed),
        };
        format!("{number} {answer}")
    }
}
