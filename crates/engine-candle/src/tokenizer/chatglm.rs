//! What ChatGLM2 and 3 add to their SentencePiece vocabulary. Their authors' code says it, and no file does.

use std::ops::Range;

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
/// How many of them, from the first on, are no text: `people` has no `eop`.
const HIDDEN: u32 = 5;
/// What every text begins with: `[gMASK]` and `sop`, by their places.
const PREFIX: [u32; 2] = [1, 3];
/// The same as templates write it.
pub(super) const PREFIX_TEXT: &str = "[gMASK]sop";
/// What ends a reply, beside the end of text: `<|user|>` and `<|observation|>`, by their places.
const ENDS: [u32; 2] = [6, 8];

/// The tokens that are added to so many pieces: number, text, and that they are special.
pub(super) fn tokens(pieces: usize) -> Vec<(u32, String, bool)> {
    (pieces as u32..).zip(BEHIND).map(|(id, text)| (id, text.to_owned(), true)).collect()
}

/// Those of them that no text becomes.
pub(super) fn hidden(pieces: usize) -> Range<u32> {
    pieces as u32..pieces as u32 + HIDDEN
}

/// The tokens that every text begins with; none where the vocabulary has no room for them.
pub(super) fn prefix(pieces: usize, size: usize) -> Vec<u32> {
    let ids = PREFIX.map(|place| pieces as u32 + place);
    if ids.iter().all(|id| (*id as usize) < size) { ids.to_vec() } else { Vec::new() }
}

/// The tokens that end a reply.
pub(super) fn ends(pieces: usize, size: usize) -> impl Iterator<Item = u32> {
    ENDS.into_iter().map(move |place| pieces as u32 + place).filter(move |id| (*id as usize) < size)
}
