//! Text that a model writes, token by token: for prompts of token ids, and for who shows log-probabilities.

use crate::{Prompt, ScoredToken};
use evalscope_core::{Generation, Message, Sampling};
use std::sync::Arc;

/// What is to be gone on from.
#[derive(Debug, Clone, PartialEq)]
pub enum Beginning {
    /// A conversation; the model's chat template lays it out.
    Chat(Vec<Message>),
    /// A text or its tokens, without a chat template. The reply joins on to it, with the space that it may begin with.
    Prompt(Prompt),
}

/// Asks for text.
#[derive(Debug, Clone, PartialEq)]
pub struct WriteRequest {
    /// What is to be gone on from.
    pub beginning: Beginning,
    /// How to draw.
    pub sampling: Sampling,
    /// Wants the log-probability of each token, with so many of the most likely tokens beside it.
    pub likely: Option<usize>,
}

/// What is new of a reply.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// Which reply.
    pub reply: usize,
    /// Its text goes on so.
    pub text: String,
    /// Tokens that have begun since the last piece, when they are wanted.
    pub tokens: Vec<ScoredToken>,
}

/// Told pieces of replies as they arrive, from any thread.
pub type OnPiece = Arc<dyn Fn(Piece) + Send + Sync>;

/// What was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// The replies.
    pub generation: Generation,
    /// The tokens of each, when they are wanted: those whose text is in the reply, and so neither the one that ends it nor
    /// what comes with a stop text. Log-probabilities are those of the model, before penalties and temperature.
    pub tokens: Vec<Vec<ScoredToken>>,
}
