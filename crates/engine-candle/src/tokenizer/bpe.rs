//! Byte-level byte-pair encoding.

use super::byte_alphabet;
use super::fewest::Kept;
use super::merge::merge;
use super::vocabulary::Vocabulary;
use crate::gguf::{Fault, Metadata, nonsense};
use std::collections::HashMap;

/// The merges of a vocabulary.
pub(super) struct BytePairs {
    /// The token of each single byte, where there is one.
    bytes: [Option<u32>; 256],
    /// Left and right token → rank and joined token.
    merges: HashMap<(u32, u32), (u32, u32)>,
    /// Words that are tokens already; empty when merges decide alone.
    words: HashMap<Vec<u8>, u32>,
}

impl BytePairs {
    pub(super) fn read(
        metadata: &Metadata,
        vocabulary: &Vocabulary,
        whole_words: bool,
    ) -> Result<Self, Fault> {
        let Some(lines) = metadata.texts("tokenizer.ggml.merges")? else {
            return nonsense("`tokenizer.ggml.merges` is missing");
        };
        let mut merges = HashMap::with_capacity(lines.len());
        for (rank, line) in lines.iter().enumerate() {
            let Some((left, right)) = line.split_once(' ') else {
                return nonsense(format!("merge {rank} is `{line}`"));
            };
            if let Some((pair, joined)) = resolve(vocabulary, left, right) {
                merges.entry(pair).or_insert((rank as u32, joined));
            }
        }
        let bytes = std::array::from_fn(|byte| vocabulary.id(&[byte as u8]));
        let words = match whole_words {
            true => (0..vocabulary.len() as u32).map(|id| (vocabulary.bytes(id).to_vec(), id)).collect(),
            false => HashMap::new(),
        };
        Ok(BytePairs { bytes, merges, words })
    }

    /// What is kept of a text.
    pub(super) fn kept(&self) -> Kept {
        Kept::of_tokens(&self.bytes)
    }

    /// Adds the tokens of one word. Bytes that the vocabulary lacks are left out, as in `tokenizers`.
    pub(super) fn encode(&self, word: &str, ids: &mut Vec<u32>) {
        if let Some(id) = self.words.get(word.as_bytes()) {
            return ids.push(*id);
        }
        let letters = word.bytes().filter_map(|byte| self.bytes[byte as usize]);
        ids.extend(merge(letters, |left, right| self.merges.get(&(left, right)).copied()));
    }
}

/// The tokens of a merge; `None` when the vocabulary lacks one, and then the merge can never happen.
fn resolve(vocabulary: &Vocabulary, left: &str, right: &str) -> Option<((u32, u32), u32)> {
    let left = byte_alphabet::bytes(left)?;
    let right = byte_alphabet::bytes(right)?;
    let pair = (vocabulary.id(&left)?, vocabulary.id(&right)?);
    let joined = vocabulary.id(&[left, right].concat())?;
    // A merge that gives back one of its parts would never end.
    (joined != pair.0 && joined != pair.1).then_some((pair, joined))
}
