//! `tokenizer.json`, read and applied by the `tokenizers` crate.

use super::fewest::{self, Kept};
use super::vocabulary::{TokenKind, Vocabulary, byte_level_bytes, sentencepiece_bytes};
use crate::gguf::{Fault, nonsense};
use serde_json::Value;
use tokenizers::Tokenizer;

/// Text whose tokens show what is put before a prompt.
const SAMPLE: &str = "a";

/// What a `tokenizer.json` says.
pub(super) struct JsonTokenizer {
    pub(super) tokenizer: Tokenizer,
    pub(super) vocabulary: Vocabulary,
    /// Tokens that it puts before a prompt.
    pub(super) prefix: Vec<u32>,
    /// Whether a reply begins with a space that is not part of it.
    pub(super) drops_space: bool,
    /// What is kept of a text, where that is certain.
    pub(super) kept: Option<Kept>,
}

/// Reads the file for a model whose logits have `size` entries.
pub(super) fn read(bytes: &[u8], size: usize) -> Result<JsonTokenizer, Fault> {
    let mut json = value(bytes)?;
    drop_tokens_beyond(&mut json, size);
    let is_byte_level = names_byte_level(&json["decoder"]) || names_byte_level(&json["pre_tokenizer"]);
    let drops_space =
        json["decoder"].to_string().contains("\"Strip\"") || json["decoder"]["type"] == "Metaspace";
    let kept = fewest::kept(&json);
    let tokenizer = parse(json)?;
    let vocabulary = vocabulary(&tokenizer, size, is_byte_level)?;
    let prefix = prefix(&tokenizer).map_err(|error| explain(&error))?;
    Ok(JsonTokenizer { tokenizer, vocabulary, prefix, drops_space, kept })
}

/// The tokenizer of a file as it is, for texts that are given to a model whole.
pub(crate) fn whole(bytes: &[u8]) -> Result<Tokenizer, Fault> {
    parse(value(bytes)?)
}

/// Tokens of a whole text, with what the file puts around them.
pub(crate) fn encode_whole(tokenizer: &Tokenizer, text: &str) -> Result<Vec<u32>, String> {
    tokenizer
        .encode_fast(text, true)
        .map(|encoding| encoding.get_ids().to_vec())
        .map_err(|error| error.to_string())
}

fn explain(error: &dyn std::fmt::Display) -> Fault {
    Fault::Nonsense(format!("tokenizer.json: {error}"))
}

fn value(bytes: &[u8]) -> Result<Value, Fault> {
    match serde_json::from_slice(bytes) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => nonsense("tokenizer.json: it is no JSON object"),
        Err(error) => Err(explain(&error)),
    }
}

fn parse(mut json: Value) -> Result<Tokenizer, Fault> {
    // Padding and truncation would change texts in silence.
    json["padding"] = Value::Null;
    json["truncation"] = Value::Null;
    let text = json.to_string();
    // The crate checks less than a file from elsewhere can get wrong, and a broken file must not end the process.
    match std::panic::catch_unwind(|| text.parse::<Tokenizer>()) {
        Ok(Ok(tokenizer)) => Ok(tokenizer),
        Ok(Err(error)) => Err(explain(&error)),
        Err(_) => nonsense("tokenizer.json: it contradicts itself"),
    }
}

/// One more than the greatest id in the file.
pub(super) fn size(bytes: &[u8]) -> Result<u64, Fault> {
    let json = value(bytes)?;
    let behind = |id: u64| id.saturating_add(1);
    let listed = match &json["model"]["vocab"] {
        Value::Object(ids) => ids.values().filter_map(Value::as_u64).max().map_or(0, behind),
        Value::Array(pieces) => pieces.len() as u64,
        _ => 0,
    };
    let added = json["added_tokens"].as_array().map_or(&[][..], Vec::as_slice);
    let added = added.iter().filter_map(|token| token["id"].as_u64()).max().map_or(0, behind);
    Ok(listed.max(added))
}

/// Tokens of a text; nothing is added.
pub(super) fn encode(tokenizer: &Tokenizer, text: &str) -> Result<Vec<u32>, String> {
    match tokenizer.encode_fast(text, false) {
        Ok(encoding) => Ok(encoding.get_ids().to_vec()),
        Err(error) => Err(error.to_string()),
    }
}

/// Takes out added tokens that the model has no logits for, as Gemma 3 has one for its images.
fn drop_tokens_beyond(json: &mut Value, size: usize) {
    if let Some(added) = json["added_tokens"].as_array_mut() {
        added.retain(|token| token["id"].as_u64().is_some_and(|id| id < size as u64));
    }
}

fn names_byte_level(part: &Value) -> bool {
    part.to_string().contains("\"ByteLevel\"")
}

fn vocabulary(tokenizer: &Tokenizer, size: usize, is_byte_level: bool) -> Result<Vocabulary, Fault> {
    let mut bytes = vec![Vec::new(); size];
    // Logits without a token are padding.
    let mut kinds = vec![TokenKind::Unused; size];
    for (text, id) in tokenizer.get_vocab(false) {
        let Some(place) = bytes.get_mut(id as usize) else {
            return nonsense(format!("tokenizer.json: token {id} in a vocabulary of {size}"));
        };
        let is_byte = !is_byte_level && text.len() == 6 && text.starts_with("<0x") && text.ends_with('>');
        let kind = if is_byte { TokenKind::Byte } else { TokenKind::Normal };
        *place = match is_byte_level {
            true => byte_level_bytes(&text, kind),
            false => sentencepiece_bytes(&text, kind),
        };
        kinds[id as usize] = kind;
    }
    for (id, token) in tokenizer.get_added_tokens_decoder() {
        if let Some(place) = bytes.get_mut(id as usize) {
            *place = token.content.into_bytes();
            kinds[id as usize] = if token.special { TokenKind::Control } else { TokenKind::UserDefined };
        }
    }
    Ok(Vocabulary::new(bytes, kinds, Vec::new()))
}

/// What stands before the tokens of a text when the file's own template is applied.
fn prefix(tokenizer: &Tokenizer) -> Result<Vec<u32>, tokenizers::Error> {
    let bare = tokenizer.encode_fast(SAMPLE, false)?.get_ids().to_vec();
    let whole = tokenizer.encode_fast(SAMPLE, true)?.get_ids().to_vec();
    let start = whole.windows(bare.len().max(1)).position(|window| window == bare).unwrap_or(0);
    Ok(whole[..start].to_vec())
}
