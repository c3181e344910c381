//! Text to token ids and back, as the vocabulary of a model file says.
//!
//! Special tokens are found in any text, as `transformers` does it; the beginning-of-text token is never added
//! here without being asked for.

mod bpe;
mod byte_alphabet;
mod chatglm;
mod fewest;
#[cfg(test)]
mod folder_tests;
mod json;
mod merge;
mod outside;
mod proto;
mod sentencepiece;
mod settings;
mod special;
mod split;
mod stream;
mod vocabulary;

pub(crate) use json::{encode_whole, whole};
pub use outside::OutsideVocabulary;
pub(crate) use settings::SmallFiles;
pub(crate) use stream::TextStream;
pub use vocabulary::TokenKind;

use crate::failures::bad_request;
use crate::gguf::{Fault, Metadata, nonsense};
use bpe::BytePairs;
use evalscope_core::CallFailure;
use fewest::Kept;
use sentencepiece::SentencePiece;
use special::SpecialTokens;
use split::Splitter;
use vocabulary::Vocabulary;

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

/// Tokens of a model folder's vocabulary at most: room is made for each that a file claims, and the greatest vocabularies of
/// today have about 260,000.
pub(crate) const MOST_TOKENS: u64 = 4_000_000;

/// Text to token ids and back.
pub struct Tokenizer {
    vocabulary: Vocabulary,
    special: SpecialTokens,
    model: Model,
    bos: Option<u32>,
    eos: Option<u32>,
    /// Tokens that every prompt begins with.
    prefix: Vec<u32>,
    /// How templates write these; no text becomes them.
    prefix_text: Option<&'static str>,
    ends: Vec<u32>,
}

enum Model {
    BytePairs { pairs: BytePairs, splitter: Splitter },
    SentencePiece(SentencePiece),
    Json { tokenizer: Box<tokenizers::Tokenizer>, drops_space: bool, kept: Option<Kept> },
    Outside { encode: outside::Encode, drops_space: bool },
}

/// The vocabulary of a model folder.
pub(crate) enum VocabularyFile {
    /// `tokenizer.json`.
    Json(Vec<u8>),
    /// `tokenizer.model`.
    SentencePiece(Vec<u8>),
}

impl VocabularyFile {
    /// Tokens that the files of a tokenizer know, where nobody says how many logits the model has.
    pub(crate) fn size(&self, small: &SmallFiles) -> Result<usize, Fault> {
        let own = match self {
            VocabularyFile::Json(bytes) => json::size(bytes)?,
            VocabularyFile::SentencePiece(bytes) => proto::read(bytes)?.tokens.len() as u64,
        };
        let added = small.added_tokens().iter().map(|(id, _, _)| u64::from(*id) + 1).max();
        let size = own.max(added.unwrap_or(0));
        if size > MOST_TOKENS {
            return nonsense(format!("it has tokens beyond number {MOST_TOKENS}"));
        }
        Ok(size as usize)
    }
}

impl Tokenizer {
    /// Reads the tokenizer of a model file whose logits have `size` entries.
    pub(crate) fn read(metadata: &Metadata, size: usize) -> Result<Self, Fault> {
        let vocabulary = Vocabulary::read(metadata, size)?;
        let (model, adds_bos_by_default) = read_model(metadata, &vocabulary)?;
        let id = |key: &str| special_id(metadata, key, size);
        let eos = id("tokenizer.ggml.eos_token_id")?;
        let bos = id("tokenizer.ggml.bos_token_id")?;
        let adds_bos = metadata.flag("tokenizer.ggml.add_bos_token")?.unwrap_or(adds_bos_by_default);
        let ends = eos.into_iter().chain(id("tokenizer.ggml.eot_token_id")?).collect();
        let prefix = bos.filter(|_| adds_bos).into_iter().collect();
        Ok(Self::of_parts(vocabulary, model, (bos, eos), prefix, ends))
    }

    /// Reads the tokenizer of a model folder whose logits have `size` entries.
    pub(crate) fn of_folder(file: &VocabularyFile, small: &SmallFiles, size: usize) -> Result<Self, Fault> {
        let mut chatglm_pieces = None;
        let (vocabulary, model, own_prefix) = match file {
            VocabularyFile::Json(bytes) => {
                let json::JsonTokenizer { tokenizer, vocabulary, prefix, drops_space, kept } =
                    json::read(bytes, size)?;
                let tokenizer = Box::new(tokenizer);
                (vocabulary, Model::Json { tokenizer, drops_space, kept }, Some(prefix))
            }
            VocabularyFile::SentencePiece(bytes) => {
                let pieces = proto::read(bytes)?;
                let mut added = small.added_tokens();
                chatglm_pieces = small.is_chatglm().then_some(pieces.tokens.len());
                added.extend(chatglm_pieces.into_iter().flat_map(chatglm::tokens));
                let mut vocabulary = proto::vocabulary(&pieces, &added, size)?;
                if let Some(pieces) = chatglm_pieces {
                    vocabulary = vocabulary.hiding(chatglm::hidden(pieces));
                }
                let prefix = chatglm_pieces.map(|pieces| chatglm::prefix(pieces, size));
                let model = SentencePiece::new(&vocabulary, pieces.adds_space);
                (vocabulary, Model::SentencePiece(model), prefix)
            }
        };
        let named = |key: &str| small.special_text(key).and_then(|text| vocabulary.id(text.as_bytes()));
        let numbered = |key: &str| small.ids(key);
        let ends = small.ends(size).map_err(|(_, fault)| fault)?;
        let first = |ids: Vec<u32>| ids.into_iter().find(|id| (*id as usize) < size);
        let bos = named("bos_token").or(match small.tokenizer.contains_key("bos_token") {
            true => None,
            false => first(numbered("bos_token_id")?),
        });
        let eos = named("eos_token").or(ends.first().copied());
        let adds_bos = small.adds_bos();
        let prefix = match own_prefix {
            Some(prefix) => prefix,
            None => bos.filter(|_| adds_bos.unwrap_or(true)).into_iter().collect(),
        };
        let mut ends: Vec<u32> = ends.into_iter().chain(eos).collect();
        ends.extend(chatglm_pieces.into_iter().flat_map(|pieces| chatglm::ends(pieces, size)));
        let tokenizer = Self::of_parts(vocabulary, model, (bos, eos), prefix, ends);
        Ok(Tokenizer { prefix_text: chatglm_pieces.map(|_| chatglm::PREFIX_TEXT), ..tokenizer })
    }

    /// Says that `tokenizer.json` does otherwise than `add_bos_token` says. The file decides, as in transformers 5: version 4
    /// made some tokenizers anew from the flag.
    pub(crate) fn unheard_bos(&self, file: &VocabularyFile, small: &SmallFiles) -> Option<String> {
        let (VocabularyFile::Json(_), Some(wanted), Some(bos)) = (file, small.adds_bos(), self.bos) else {
            return None;
        };
        let begins = self.prefix.first() == Some(&bos);
        let (says, text) = (if wanted { "true" } else { "false" }, self.token_text(bos));
        (begins != wanted).then(|| {
            let with = if begins { "with" } else { "without" };
            format!(
                "`tokenizer_config.json` says `add_bos_token` {says}, and `tokenizer.json` decides: raw prompts and \
                 log-likelihoods begin {with} `{text}`, as in transformers 5"
            )
        })
    }

    fn of_parts(
        vocabulary: Vocabulary,
        model: Model,
        (bos, eos): (Option<u32>, Option<u32>),
        prefix: Vec<u32>,
        mut ends: Vec<u32>,
    ) -> Self {
        ends.extend(ENDS.iter().filter_map(|text| {
            vocabulary.id(text.as_bytes()).filter(|id| vocabulary.kind(*id) == TokenKind::Control)
        }));
        ends.sort_unstable();
        ends.dedup();
        let special = SpecialTokens::new(&vocabulary);
        Tokenizer { vocabulary, special, model, bos, eos, prefix, prefix_text: None, ends }
    }

    /// Whether another program turns text into ids, for which one waits.
    pub(crate) fn is_outside(&self) -> bool {
        matches!(self.model, Model::Outside { .. })
    }

    /// Token ids of a text; nothing is added. The error is what the tokenizer says.
    pub(crate) fn encode(&self, text: &str) -> Result<Vec<u32>, CallFailure> {
        match &self.model {
            Model::Json { tokenizer, .. } => return json::encode(tokenizer, text).map_err(bad_request),
            Model::Outside { encode, .. } => return self.known(encode(text)?),
            _ => {}
        }
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
                    Model::Json { .. } | Model::Outside { .. } => {}
                }
            }
            ids.extend(special);
            after_special = special.is_some();
        }
        Ok(ids)
    }

    /// Token ids of a prompt: begins with what the model wants at the beginning, once.
    pub(crate) fn encode_prompt(&self, text: &str) -> Result<Vec<u32>, CallFailure> {
        let written = self.prefix_text.and_then(|prefix| text.strip_prefix(prefix));
        let mut ids = self.encode(written.unwrap_or(text))?;
        if !ids.starts_with(&self.prefix) {
            ids.splice(0..0, self.prefix.iter().copied());
        }
        Ok(ids)
    }

    /// The token that stands in for an empty prompt, and before the first of a text that is scored. It is never one of those
    /// that ChatGLM's prompts begin with: a prompt that has them is not empty.
    pub(crate) fn start(&self) -> Option<u32> {
        self.bos.or(self.eos)
    }

    /// Whether the token ends a reply.
    pub(crate) fn is_end(&self, id: u32) -> bool {
        self.ends.binary_search(&id).is_ok()
    }

    /// Whether it is a control token that is written like this.
    pub(crate) fn is_control(&self, id: u32, text: &str) -> bool {
        matches!(self.vocabulary.kind(id), TokenKind::Control) && self.vocabulary.bytes(id) == text.as_bytes()
    }

    /// The control token that is written like this.
    pub(crate) fn control(&self, text: &str) -> Option<u32> {
        self.vocabulary.id(text.as_bytes()).filter(|id| self.is_control(*id, text))
    }

    /// The text of the beginning-of-text token, for templates.
    pub(crate) fn bos_text(&self) -> Option<String> {
        self.bos.map(|id| self.token_text(id))
    }

    /// The text of the end-of-text token, for templates.
    pub(crate) fn eos_text(&self) -> Option<String> {
        self.eos.map(|id| self.token_text(id))
    }

    /// Whether there is such a token.
    pub(crate) fn has(&self, id: u32) -> bool {
        (id as usize) < self.vocabulary.len()
    }

    /// The bytes of a token.
    pub(crate) fn token_bytes(&self, id: u32) -> Vec<u8> {
        self.vocabulary.bytes(id).to_vec()
    }

    /// The text of a token; bytes that are no character show as U+FFFD.
    pub(crate) fn token_text(&self, id: u32) -> String {
        String::from_utf8_lossy(self.vocabulary.bytes(id)).into_owned()
    }

    /// An empty reply.
    pub(crate) fn stream(&self) -> TextStream {
        TextStream::new(match &self.model {
            Model::BytePairs { .. } => false,
            Model::SentencePiece(model) => model.adds_space(),
            Model::Json { drops_space, .. } | Model::Outside { drops_space, .. } => *drops_space,
        })
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
        Some("llama") => {
            let adds_space = metadata.flag("tokenizer.ggml.add_space_prefix")?.unwrap_or(true);
            Ok((Model::SentencePiece(SentencePiece::new(vocabulary, adds_space)), true))
        }
        Some(other) => Err(Fault::Unknown(format!("the tokenizer `{other}`; it knows `gpt2` and `llama`"))),
        None => nonsense("`tokenizer.ggml.model` is missing"),
    }
}
