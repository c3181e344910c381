//! A vocabulary that another program reads from the model's file and applies to texts.

use super::vocabulary::{TokenKind, Vocabulary};
use super::{Model, Tokenizer};
use evalscope_core::{CallFailure, FailureKind};

/// Gives token ids of a text, special tokens found and nothing added. It may wait.
pub(super) type Encode = Box<dyn Fn(&str) -> Result<Vec<u32>, CallFailure> + Send + Sync>;

/// What another program says of a vocabulary.
pub struct OutsideVocabulary {
    /// Bytes and kind of each token.
    pub tokens: Vec<(Vec<u8>, TokenKind)>,
    /// The token that texts begin with, and the one that they end with.
    pub marks: (Option<u32>, Option<u32>),
    /// Whether prompts begin with the first of them.
    pub adds_bos: bool,
    /// Tokens that end a reply.
    pub ends: Vec<u32>,
    /// Whether a reply begins with a space that is not part of it.
    pub drops_space: bool,
    /// Gives token ids of a text, special tokens found and nothing added.
    pub encode: Encode,
}

impl From<OutsideVocabulary> for Tokenizer {
    fn from(outside: OutsideVocabulary) -> Tokenizer {
        let (bytes, kinds) = outside.tokens.into_iter().unzip();
        let vocabulary = Vocabulary::new(bytes, kinds, Vec::new());
        let known = |id: &u32| (*id as usize) < vocabulary.len();
        let marks = (outside.marks.0.filter(known), outside.marks.1.filter(known));
        let prefix = marks.0.filter(|_| outside.adds_bos).into_iter().collect();
        let ends = outside.ends.into_iter().filter(known).collect();
        let model = Model::Outside { encode: outside.encode, drops_space: outside.drops_space };
        Tokenizer::of_parts(vocabulary, model, marks, prefix, ends)
    }
}

impl Tokenizer {
    /// The ids, when there are such tokens.
    pub(super) fn known(&self, ids: Vec<u32>) -> Result<Vec<u32>, CallFailure> {
        match ids.iter().find(|id| !self.has(**id)) {
            Some(beyond) => {
                let message = format!("the text became token {beyond}, which the model does not have");
                Err(CallFailure::new(FailureKind::Server, message))
            }
            None => Ok(ids),
        }
    }
}
