//! Text to token ids and back, as the vocabulary of a model file says.
//!
//! Special tokens are found in any text, as `transformers` does it; the beginning-of-text token is never added
//! here without being asked for.

mod bpe;
mod byte_alphabet;
mod merge;
mod sentencepiece;
mod special;
mod split;
mod stream;
mod vocabulary;

pub(crate) use stream::TextStream;

use crate::gguf::{Fault, Metadata, nonsense};
use bpe::BytePairs;
use sentencepiece::SentencePiece;
use special::SpecialTokens;
use split::Splitter;
use vocabulary::{TokenKind, Vocabulary};

/// Texts of tokens that end a reply wherever a model file has them as control tokens.
const ENDS: [&str; 10] = [
    "<|im_end|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "<|end|>",
    "<end_of_turn>",
    "</s>",
    "<EOT>",
    "<|end▁of▁sentence|>",
];

/// Text to token ids and back.
pub(crate) struct Tokenizer {
    vocabulary: Vocabulary,
    special: SpecialTokens,
    model: Model,
    bos: Option<u32>,
    eos: Option<u32>,
    adds_bos: bool,
    ends: Vec<u32>,
}

enum Model {
    BytePairs { pairs: BytePairs, splitter: Splitter },
    SentencePiece(SentencePiece),
}

impl Tokenizer {
    /// Reads the tokenizer of a model file whose logits have `size` entries.
    pub(crate) fn read(metadata: &Metadata, size: usize) -> Result<Self, Fault> {
        let vocabulary = Vocabulary::read(metadata, size)?;
        let special = SpecialTokens::new(&vocabulary);
        let (model, adds_bos_by_default) = read_model(metadata, &vocabulary)?;
        let id = |key: &str| special_id(metadata, key, size);
        let eos = id("tokenizer.ggml.eos_token_id")?;
        let mut ends: Vec<u32> = eos.into_iter().collect();
        ends.extend(id("tokenizer.ggml.eot_token_id")?);
        ends.extend(ENDS.iter().filter_map(|text| {
            vocabulary.id(text.as_bytes()).filter(|id| vocabulary.kind(*id) == TokenKind::Control)
        }));
        ends.sort_unstable();
        ends.dedup();
        Ok(Tokenizer {
            special,
            model,
            bos: id("tokenizer.ggml.bos_token_id")?,
            eos,
            adds_bos: metadata.flag("tokenizer.ggml.add_bos_token")?.unwrap_or(adds_bos_by_default),
            ends,
            vocabulary,
        })
    }

    /// Token ids of a text; nothing is added.
    pub(crate) fn encode(&self, text: &str) -> Vec<u32> {
        let mut ids = Vec::new();
        let mut after_special = true;
        for (plain, special) in self.special.pieces(text) {
            if !plain.is_empty() {
                match &self.model {
                    Model::BytePairs { pairs, splitter } => {
                        splitter.pieces(plain, |piece| pairs.encode(piece, &mut ids));
                    }
                    Model::SentencePiece(model) => {
                        model.encode(&self.vocabulary, plain, after_special, &mut ids);
                    }
                }
            }
            ids.extend(special);
            after_special = special.is_some();
        }
        ids
    }

    /// Token ids of a prompt: begins with the beginning-of-text token, once, when the model wants it.
    pub(crate) fn encode_prompt(&self, text: &str) -> Vec<u32> {
        let mut ids = self.encode(text);
        if let Some(bos) = self.bos.filter(|bos| self.adds_bos && ids.first() != Some(bos)) {
            ids.insert(0, bos);
        }
        ids
    }

    /// The token that stands in for an empty prompt.
    pub(crate) fn start(&self) -> Option<u32> {
        self.bos.or(self.eos)
    }

    /// Whether the token ends a reply.
    pub(crate) fn is_end(&self, id: u32) -> bool {
        self.ends.binary_search(&id).is_ok()
    }

    /// The text of the beginning-of-text token, for templates.
    pub(crate) fn bos_text(&self) -> Option<String> {
        self.bos.map(|id| self.token_text(id))
    }

    /// The text of the end-of-text token, for templates.
    pub(crate) fn eos_text(&self) -> Option<String> {
        self.eos.map(|id| self.token_text(id))
    }

    fn token_text(&self, id: u32) -> String {
        String::from_utf8_lossy(self.vocabulary.bytes(id)).into_owned()
    }

    /// An empty reply.
    pub(crate) fn stream(&self) -> TextStream {
        TextStream::new(matches!(&self.model, Model::SentencePiece(model) if model.adds_space()))
    }

    /// Adds a token to a reply; control tokens add nothing.
    pub(crate) fn add_to(&self, stream: &mut TextStream, id: u32) {
        match self.vocabulary.kind(id) {
            TokenKind::Control | TokenKind::Unknown => {}
            _ => stream.push(self.vocabulary.bytes(id)),
        }
    }
}

fn special_id(metadata: &Metadata, key: &str, size: usize) -> Result<Option<u32>, Fault> {
    match metadata.count(key)? {
        None => Ok(None),
        // Files write the largest number for "none".
        Some(id) if id == u64::from(u32::MAX) => Ok(None),
        Some(id) if (id as usize) < size => Ok(Some(id as u32)),
        Some(id) => nonsense(format!("`{key}` is {id} in a vocabulary of {size}")),
    }
}

fn read_model(metadata: &Metadata, vocabulary: &Vocabulary) -> Result<(Model, bool), Fault> {
    match metadata.text("tokenizer.ggml.model")? {
        Some("gpt2") => {
            let kind = metadata.text("tokenizer.ggml.pre")?.unwrap_or("default");
            let splitter = Splitter::new(kind)?;
            let pairs = BytePairs::read(metadata, vocabulary, splitter.takes_whole_words())?;
            let adds_bos = splitter.adds_bos();
            Ok((Model::BytePairs { pairs, splitter }, adds_bos))
        }
        Some("llama") => Ok((Model::SentencePiece(SentencePiece::read(metadata, vocabulary)?), true)),
        Some(other) => Err(Fault::Unknown(format!("the tokenizer `{other}`; it knows `gpt2` and `llama`"))),
        None => nonsense("`tokenizer.ggml.model` is missing"),
    }
}
