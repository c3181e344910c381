//! A sequence of tokens of which some are computed.

use super::backend::KeysValues;
use super::reply::Reply;

/// A sequence that is being computed.
pub(super) struct Sequence<K> {
    /// The job that it belongs to.
    pub(super) job: u64,
    /// All tokens that are to be computed; a reply adds to them.
    pub(super) tokens: Vec<u32>,
    /// How many of the last tokens are guesses.
    pub(super) guessed: usize,
    /// Keys and values of those that are.
    pub(super) kv: K,
    /// Tokens that it has in the end at most.
    pub(super) reach: usize,
    /// What is done with its logits.
    pub(super) role: Role,
}

/// What is done with the logits of a sequence.
pub(super) enum Role {
    /// Replies begin after its last token.
    Prompt,
    /// The next token is drawn after its last one that is no guess; the logits of a guess draw the one after it.
    Reply(Box<Reply>),
    /// Continuations begin after its last token.
    Context,
    /// One continuation; the logits from `first` on score it.
    Continuation {
        /// Which.
        index: usize,
        /// Index of its first token.
        first: usize,
    },
}

impl<K: KeysValues> Sequence<K> {
    /// A sequence without guesses that gets `more` tokens at most.
    pub(super) fn new(job: u64, tokens: Vec<u32>, more: usize, kv: K, role: Role) -> Self {
        Sequence { job, guessed: 0, kv, reach: tokens.len() + more, role, tokens }
    }

    /// Tokens that are not computed yet.
    pub(super) fn pending(&self) -> &[u32] {
        &self.tokens[self.kv.tokens()..]
    }

    /// Index of the first token after which logits are wanted.
    pub(super) fn logits_from(&self) -> usize {
        match self.role {
            Role::Continuation { first, .. } => first,
            _ => self.tokens.len() - 1 - self.guessed,
        }
    }

    /// Takes the guesses out, whether they were computed or not.
    pub(super) fn take_guesses(&mut self) -> Vec<u32> {
        self.tokens.split_off(self.tokens.len() - std::mem::take(&mut self.guessed))
    }

    /// Whether it continues a reply.
    pub(super) fn is_reply(&self) -> bool {
        matches!(self.role, Role::Reply(_))
    }

    /// Whether its keys and values may serve other requests.
    pub(super) fn is_prefix(&self) -> bool {
        matches!(self.role, Role::Prompt | Role::Context)
    }
}
