//! What ChatGLM2 and 3 add to their SentencePiece vocabulary. Their authors' code says it, and no file does.

use super::vocabulary::Vocabulary;

/// Tokens behind the pieces, in this order; the last four stand before what each who speaks says.
const BEHIND: [&str; 9] = [
    "[MASK]",
    "[gMASK]",
    "[sMASK]",
    "sop",
    "eop",
    "<|system|>",
    "<|user|>",
    "<|assistant|>",
    "<|observation|>",
];
/// What every text begins with.
const PREFIX: [&str; 2] = ["[gMASK]", "sop"];
/// What ends a reply, beside the end of text.
const ENDS: [&str; 2] = ["<|user|>", "<|observation|>"];

/// The tokens that are added to so many pieces: number, text, and that they are special.
pub(super) fn tokens(pieces: usize) -> Vec<(u32, String, bool)> {
    (pieces as u32..).zip(BEHIND).map(|(id, text)| (id, text.to_owned(), true)).collect()
}

/// The tokens that every text begins with; none where the vocabulary has no room for them.
pub(super) fn prefix(vocabulary: &Vocabulary) -> Vec<u32> {
    let ids: Option<Vec<u32>> = PREFIX.iter().map(|text| vocabulary.id(text.as_bytes())).collect();
    ids.unwrap_or_default()
}

/// The tokens that end a reply.
pub(super) fn ends(vocabulary: &Vocabulary) -> impl Iterator<Item = u32> {
    ENDS.iter().filter_map(|text| vocabulary.id(text.as_bytes()))
}
