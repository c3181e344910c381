//! How few tokens a text can have, by its bytes alone: what is certain before it was tokenized.
//!
//! Where a tokenizer may leave something out of a text, or make one token of any number of letters, nothing is.

use super::{Model, Tokenizer, byte_alphabet};
use serde_json::Value;

/// Composing (NFC) leaves a ninth of the bytes at least: what it does first leaves a third (U+1FEF), and what it does then
/// a third of that (U+0390).
const NFC: usize = 9;
/// The mark that stands for a space has three bytes, and counts as the one of the space.
const METASPACE: usize = 3;

/// What of a text's bytes its tokens have for certain.
pub(super) struct Kept {
    /// Bytes that are not left out.
    known: [bool; 256],
    /// How many times fewer bytes may be left, where they are not ASCII.
    shrinks: usize,
}

impl Kept {
    /// Those of a text whose bytes stay as they are, but for those without a token.
    pub(super) fn of_tokens(tokens: &[Option<u32>; 256]) -> Self {
        Kept { known: tokens.map(|token| token.is_some()), shrinks: 1 }
    }

    fn bytes(&self, text: &[u8]) -> usize {
        // What is ASCII before more of it stays as it is.
        let is_firm = |at: &usize| {
            let stays = self.shrinks == 1 || text[*at..].iter().take(2).all(u8::is_ascii);
            stays && self.known[usize::from(text[*at])]
        };
        let firm = (0..text.len()).filter(is_firm).count();
        // What others become may be what is left out.
        let others = if self.known == [true; 256] { text.len() - firm } else { 0 };
        firm + others / self.shrinks
    }
}

impl Tokenizer {
    /// Tokens that the text has at least.
    pub(crate) fn fewest_tokens(&self, text: &str) -> usize {
        let kept = match &self.model {
            Model::BytePairs { pairs, .. } => Some(pairs.kept().bytes(text.as_bytes())),
            Model::SentencePiece(model) => Some(model.kept().bytes(text.as_bytes())),
            Model::Json { kept, .. } => kept.as_ref().map(|kept| kept.bytes(text.as_bytes())),
            Model::Outside { .. } => None,
        };
        // What a template writes for tokens that are there anyway is no text.
        let written = self.prefix_text.map_or(0, str::len);
        kept.unwrap_or(0).saturating_sub(written).div_ceil(self.vocabulary.longest().max(1))
    }
}

/// The same of a `tokenizer.json`.
pub(super) fn kept(json: &Value) -> Option<Kept> {
    let model = &json["model"];
    let has_no = |affix: &str| model[affix].as_str().unwrap_or_default().is_empty();
    let is_plain = model["type"] == "BPE"
        && has_no("continuing_subword_prefix")
        && has_no("end_of_word_suffix")
        && json["added_tokens"].as_array().is_none_or(|added| added.iter().all(stands_for_itself));
    let cuts = parts(&json["pre_tokenizer"], "pretokenizers");
    if !is_plain || !cuts.iter().all(|cut| keeps_all(cut)) {
        return None;
    }
    let knows = |token: String| model["vocab"].get(token).is_some();
    let base = if cuts.iter().any(|cut| cut["type"] == "ByteLevel") {
        let letters = byte_alphabet::letters().filter(|letter| knows(letter.to_string()));
        let mut known = [false; 256];
        letters.filter_map(byte_alphabet::byte).for_each(|byte| known[usize::from(byte)] = true);
        Kept { known, shrinks: 1 }
    } else if model["byte_fallback"] == true && (0..=u8::MAX).all(|byte| knows(format!("<0x{byte:02X}>"))) {
        Kept { known: [true; 256], shrinks: METASPACE }
    } else {
        return None;
    };
    let normalizers = parts(&json["normalizer"], "normalizers");
    let times = |shrinks, normalizer: &&Value| Some(shrinks * shrunk(normalizer)?);
    Some(Kept { shrinks: normalizers.iter().try_fold(base.shrinks, times)?, ..base })
}

/// Whether an added token takes no spaces around it, and is what the file writes.
fn stands_for_itself(token: &Value) -> bool {
    let content = token["content"].as_str().unwrap_or_default();
    token["lstrip"] != true && token["rstrip"] != true && (token["normalized"] != true || content.is_ascii())
}

/// One part, or those of a sequence.
fn parts<'a>(part: &'a Value, list: &str) -> Vec<&'a Value> {
    match (&part["type"], part[list].as_array()) {
        (Value::Null, _) => Vec::new(),
        (kind, Some(parts)) if kind == "Sequence" => parts.iter().collect(),
        _ => vec![part],
    }
}

/// Whether what cuts a text into words leaves nothing out.
fn keeps_all(cut: &Value) -> bool {
    match cut["type"].as_str() {
        Some("ByteLevel" | "Digits" | "Metaspace") => true,
        Some("Split") => cut["behavior"] != "Removed",
        _ => false,
    }
}

/// How many times fewer bytes it may leave.
fn shrunk(normalizer: &Value) -> Option<usize> {
    match normalizer["type"].as_str()? {
        "NFC" => Some(NFC),
        "Prepend" => Some(1),
        "Replace" if normalizer["pattern"]["String"] == " " && normalizer["content"] == "▁" => Some(1),
        _ => None,
    }
}
