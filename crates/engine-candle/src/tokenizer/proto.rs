//! `tokenizer.model` of SentencePiece: a protocol buffer, of which these fields are read.

use super::vocabulary::{TokenKind, Vocabulary, sentencepiece_bytes};
use crate::gguf::{Fault, nonsense};

/// Codes of `trainer_spec.model_type`.
const UNIGRAM: u64 = 1;
const BYTE_PAIRS: u64 = 2;

/// What a `tokenizer.model` says.
pub(super) struct Pieces {
    pub(super) tokens: Vec<(String, f32, TokenKind)>,
    /// Whether a space is put before a text.
    pub(super) adds_space: bool,
}

/// Reads the file.
pub(super) fn read(bytes: &[u8]) -> Result<Pieces, Fault> {
    if is_tiktoken(bytes) {
        return Err(Fault::Unknown(
            "vocabularies of tiktoken (`tokenizer.model` as lines of text), but folders of the same model with `tokenizer.json` \
             (of GLM-4 those that end in `-hf`)"
                .into(),
        ));
    }
    let mut pieces = Pieces { tokens: Vec::new(), adds_space: true };
    // The default of the format.
    let mut model_type = UNIGRAM;
    for field in fields(bytes)? {
        match field {
            (1, Field::Bytes(piece)) => pieces.tokens.push(token(piece)?),
            (2, Field::Bytes(trainer)) => {
                for field in fields(trainer)? {
                    if let (3, Field::Number(code)) = field {
                        model_type = code;
                    }
                }
            }
            (3, Field::Bytes(normaliser)) => read_normaliser(normaliser, &mut pieces)?,
            _ => {}
        }
    }
    match model_type {
        BYTE_PAIRS => Ok(pieces),
        UNIGRAM => Err(Fault::Unknown("SentencePiece models of the kind `unigram`".into())),
        other => Err(Fault::Unknown(format!("SentencePiece models of kind {other}"))),
    }
}

/// Whether it is a list of tiktoken: on each line a token in base 64, and its number.
fn is_tiktoken(bytes: &[u8]) -> bool {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let mut words = line.trim_ascii_end().split(|byte| *byte == b' ');
    let (Some(token), Some(number), None) = (words.next(), words.next(), words.next()) else { return false };
    let is_base_64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    let is_list = |part: &[u8], holds: fn(&u8) -> bool| !part.is_empty() && part.iter().all(holds);
    is_list(token, is_base_64) && is_list(number, u8::is_ascii_digit)
}

/// The vocabulary for a model whose logits have `size` entries; `added` stands over the pieces.
pub(super) fn vocabulary(
    pieces: &Pieces,
    added: &[(u32, String, bool)],
    size: usize,
) -> Result<Vocabulary, Fault> {
    if pieces.tokens.len() > size {
        return nonsense(format!("tokenizer.model: {} pieces, and logits for {size}", pieces.tokens.len()));
    }
    let mut bytes: Vec<Vec<u8>> =
        pieces.tokens.iter().map(|(text, _, kind)| sentencepiece_bytes(text, *kind)).collect();
    let mut kinds: Vec<TokenKind> = pieces.tokens.iter().map(|(_, _, kind)| *kind).collect();
    let mut scores: Vec<f32> = pieces.tokens.iter().map(|(_, score, _)| *score).collect();
    bytes.resize(size, Vec::new());
    kinds.resize(size, TokenKind::Unused);
    scores.resize(size, 0.0);
    for (id, text, is_special) in added {
        let id = *id as usize;
        if id < size {
            bytes[id] = text.clone().into_bytes();
            kinds[id] = if *is_special { TokenKind::Control } else { TokenKind::UserDefined };
        }
    }
    Ok(Vocabulary::new(bytes, kinds, scores))
}

fn token(bytes: &[u8]) -> Result<(String, f32, TokenKind), Fault> {
    let (mut text, mut score, mut kind) = (String::new(), 0.0, TokenKind::Normal);
    for field in fields(bytes)? {
        match field {
            (1, Field::Bytes(bytes)) => text = String::from_utf8_lossy(bytes).into_owned(),
            (2, Field::Word(word)) => score = f32::from_bits(word),
            (3, Field::Number(code)) => kind = TokenKind::of_code(code as i64),
            _ => {}
        }
    }
    Ok((text, score, kind))
}

fn read_normaliser(bytes: &[u8], pieces: &mut Pieces) -> Result<(), Fault> {
    let mut name = "";
    let mut has_map = false;
    let mut collapses_spaces = true;
    for field in fields(bytes)? {
        match field {
            (1, Field::Bytes(text)) => name = std::str::from_utf8(text).unwrap_or("?"),
            (2, Field::Bytes(map)) => has_map = !map.is_empty(),
            (3, Field::Number(yes)) => pieces.adds_space = yes != 0,
            (4, Field::Number(yes)) => collapses_spaces = yes != 0,
            _ => {}
        }
    }
    if has_map {
        return Err(Fault::Unknown(format!("the SentencePiece normalisation `{name}`")));
    }
    match collapses_spaces {
        true => Err(Fault::Unknown("SentencePiece models that collapse spaces".into())),
        false => Ok(()),
    }
}

/// A field's value.
enum Field<'a> {
    Number(u64),
    Word(u32),
    Bytes(&'a [u8]),
    Long,
}

/// The fields of a message.
fn fields(mut bytes: &[u8]) -> Result<Vec<(u64, Field<'_>)>, Fault> {
    let cut = || Fault::Nonsense("tokenizer.model: it ends within a field".into());
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = number(&mut bytes).ok_or_else(cut)?;
        let field = match key & 7 {
            0 => Field::Number(number(&mut bytes).ok_or_else(cut)?),
            1 => {
                bytes = bytes.get(8..).ok_or_else(cut)?;
                Field::Long
            }
            2 => {
                let length = usize::try_from(number(&mut bytes).ok_or_else(cut)?).map_err(|_| cut())?;
                let (value, rest) = bytes.split_at_checked(length).ok_or_else(cut)?;
                bytes = rest;
                Field::Bytes(value)
            }
            5 => {
                let (value, rest) = bytes.split_first_chunk().ok_or_else(cut)?;
                bytes = rest;
                Field::Word(u32::from_le_bytes(*value))
            }
            kind => return nonsense(format!("tokenizer.model: a field of kind {kind}")),
        };
        fields.push((key >> 3, field));
    }
    Ok(fields)
}

/// A number of seven bits a byte.
fn number(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
