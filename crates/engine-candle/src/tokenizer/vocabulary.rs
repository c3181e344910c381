//! The tokens of a model: bytes, kind and score of each.

use super::byte_alphabet;
use crate::gguf::{Fault, Metadata, nonsense};
use std::collections::HashMap;
use std::ops::Range;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A piece of text.
    Normal,
    /// Stands for what the vocabulary lacks.
    Unknown,
    /// Steers the model and is no text.
    Control,
    /// Text that is never cut.
    UserDefined,
    /// Reserved.
    Unused,
    /// One byte.
    Byte,
}

impl TokenKind {
    /// The kind that SentencePiece and GGUF files write as this number.
    pub(super) fn of_code(code: i64) -> Self {
        match code {
            2 => TokenKind::Unknown,
            3 => TokenKind::Control,
            4 => TokenKind::UserDefined,
            5 => TokenKind::Unused,
            6 => TokenKind::Byte,
            _ => TokenKind::Normal,
        }
    }
}

/// The tokens of a model.
pub(super) struct Vocabulary {
    bytes: Vec<Vec<u8>>,
    kinds: Vec<TokenKind>,
    scores: Vec<f32>,
    ids: HashMap<Vec<u8>, u32>,
    /// Tokens that no text becomes.
    hidden: Range<u32>,
    longest: usize,
}

impl Vocabulary {
    pub(super) fn read(metadata: &Metadata, size: usize) -> Result<Self, Fault> {
        let Some(texts) = metadata.texts("tokenizer.ggml.tokens")? else {
            return nonsense("`tokenizer.ggml.tokens` is missing");
        };
        if texts.len() != size {
            return nonsense(format!("{} tokens, and logits for {size}", texts.len()));
        }
        let kinds = kinds(metadata, size)?;
        let byte_level = metadata.text("tokenizer.ggml.model")? == Some("gpt2");
        let decode = |(text, kind): (&String, &TokenKind)| match byte_level {
            true => byte_level_bytes(text, *kind),
            false => sentencepiece_bytes(text, *kind),
        };
        let bytes: Vec<Vec<u8>> = texts.iter().zip(&kinds).map(decode).collect();
        let scores = match metadata.floats("tokenizer.ggml.scores")? {
            Some(scores) if scores.len() == size => scores.to_vec(),
            Some(scores) => return nonsense(format!("{} scores for {size} tokens", scores.len())),
            None => Vec::new(),
        };
        Ok(Self::new(bytes, kinds, scores))
    }

    /// A vocabulary of tokens with their kinds, in order; scores where there are any.
    pub(super) fn new(bytes: Vec<Vec<u8>>, kinds: Vec<TokenKind>, scores: Vec<f32>) -> Self {
        let mut ids = HashMap::with_capacity(bytes.len());
        for (id, (token, kind)) in bytes.iter().zip(&kinds).enumerate() {
            if *kind != TokenKind::Byte && !token.is_empty() {
                ids.entry(token.clone()).or_insert(id as u32);
            }
        }
        let longest = bytes.iter().map(Vec::len).max().unwrap_or(0);
        Vocabulary { bytes, kinds, scores, ids, hidden: 0..0, longest }
    }

    /// The same, but no text becomes these tokens, whatever is written in it.
    pub(super) fn hiding(mut self, hidden: Range<u32>) -> Self {
        self.ids.retain(|_, id| !hidden.contains(id));
        self.hidden = hidden;
        self
    }

    /// Whether no text becomes this token.
    pub(super) fn is_hidden(&self, id: u32) -> bool {
        self.hidden.contains(&id)
    }

    /// Number of tokens.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Bytes of the longest token.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    pub(super) fn bytes(&self, id: u32) -> &[u8] {
        &self.bytes[id as usize]
    }

    pub(super) fn kind(&self, id: u32) -> TokenKind {
        self.kinds[id as usize]
    }

    /// The score of a token; 0 where the file has none.
    pub(super) fn score(&self, id: u32) -> f32 {
        self.scores.get(id as usize).copied().unwrap_or(0.0)
    }

    /// The token of these bytes, unless it is a single-byte token.
    pub(super) fn id(&self, bytes: &[u8]) -> Option<u32> {
        self.ids.get(bytes).copied()
    }
}

fn kinds(metadata: &Metadata, size: usize) -> Result<Vec<TokenKind>, Fault> {
    let Some(codes) = metadata.integers("tokenizer.ggml.token_type")? else {
        return Ok(vec![TokenKind::Normal; size]);
    };
    if codes.len() != size {
        return nonsense(format!("{} token types for {size} tokens", codes.len()));
    }
    Ok(codes.iter().map(|code| TokenKind::of_code(*code)).collect())
}

pub(super) fn byte_level_bytes(text: &str, kind: TokenKind) -> Vec<u8> {
    match kind {
        TokenKind::Normal => byte_alphabet::bytes(text).unwrap_or_else(|| text.as_bytes().to_vec()),
        _ => text.as_bytes().to_vec(),
    }
}

pub(super) fn sentencepiece_bytes(text: &str, kind: TokenKind) -> Vec<u8> {
    match kind {
        TokenKind::Byte => {
            let digits = text.strip_prefix("<0x").and_then(|rest| rest.strip_suffix('>'));
            let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
            byte.map_or_else(|| text.as_bytes().to_vec(), |byte| vec![byte])
        }
        TokenKind::Normal => text.replace('▁', " ").into_bytes(),
        _ => text.as_bytes().to_vec(),
    }
}
