//! What is read from a model's files, whatever their form.

use crate::decoder::Decoder;
use crate::tokenizer::Tokenizer;

/// What a model's files hold.
pub(crate) struct Loaded {
    pub(crate) decoder: Decoder,
    pub(crate) tokenizer: Tokenizer,
    /// The chat template, where there is one.
    pub(crate) template: Option<String>,
}
