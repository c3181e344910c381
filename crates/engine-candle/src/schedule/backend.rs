//! What the schedule asks of whatever computes.

use crate::decoder::Logits;

/// Keys and values of a sequence. A clone shares them.
pub trait KeysValues: Clone + Default + Send + 'static {
    /// Tokens whose keys and values are there.
    fn tokens(&self) -> usize;

    /// Forgets all but those of the first `count` tokens.
    fn truncate(&mut self, count: usize);
}

/// New tokens of one sequence.
pub struct Part<'a, K> {
    /// Keys and values of the tokens before; those of the new ones are added.
    pub kv: &'a mut K,
    /// The new tokens, at least one. Each is below the size of the vocabulary.
    pub tokens: &'a [u32],
    /// Index of the first new token after which logits are wanted; all later ones are wanted too.
    pub logits_from: usize,
    /// Tokens that the sequence has in the end at most.
    pub reach: usize,
}

/// What one pass gave.
pub struct Computed {
    /// Rows of logits, in the order of parts and tokens.
    pub logits: Logits,
    /// Which parts were computed. One for which there was no room is not, and is asked for again.
    pub done: Vec<bool>,
}

/// Why a pass gave nothing.
#[derive(Debug)]
pub struct Outage {
    /// What happened.
    pub message: String,
    /// Whether nothing more can be computed.
    pub is_over: bool,
}

/// Computes logits, and keeps keys and values.
pub trait Backend: Send + 'static {
    /// How it keeps them.
    type Kv: KeysValues;

    /// Tokens whose keys and values may be there at the same time.
    fn room(&self) -> usize;

    /// Tokens whose keys and values are kept together.
    fn block(&self) -> usize {
        1
    }

    /// How much of `tokens` is known, at most `limit`; it does not count as use.
    fn known_tokens(&mut self, tokens: &[u32], limit: usize) -> usize {
        self.known(tokens, limit).tokens()
    }

    /// The longest known prefix of `tokens`, at most `limit` tokens of it.
    fn known(&mut self, tokens: &[u32], limit: usize) -> Self::Kv;

    /// Remembers the keys and values of a sequence, of which `added` tokens are new, when they are worth it.
    fn keep(&mut self, tokens: &[u32], kv: &Self::Kv, added: usize);

    /// Computes new tokens of several sequences. After an outage no keys and values are there any more.
    fn compute(&mut self, parts: &mut [Part<'_, Self::Kv>]) -> Result<Computed, Outage>;
}
