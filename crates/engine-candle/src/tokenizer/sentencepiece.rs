//! SentencePiece vocabularies: pairs are joined by the score of what they become; what is left is spelled in bytes.

use super::fewest::Kept;
use super::merge::merge;
use super::vocabulary::{TokenKind, Vocabulary};
use std::cmp::Reverse;

/// How a SentencePiece vocabulary is applied.
pub(super) struct SentencePiece {
    /// The token of each byte, where there is one.
    bytes: [Option<u32>; 256],
    unknown: Option<u32>,
    adds_space: bool,
}

/// A score that can be ordered; the smallest is the best.
type Priority = Reverse<OrderedScore>;

#[derive(Clone, Copy, PartialEq)]
struct OrderedScore(f32);

impl Eq for OrderedScore {}

impl PartialOrd for OrderedScore {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for OrderedScore {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl SentencePiece {
    pub(super) fn new(vocabulary: &Vocabulary, adds_space: bool) -> Self {
        let mut bytes = [None; 256];
        let mut unknown = None;
        for id in 0..vocabulary.len() as u32 {
            match (vocabulary.kind(id), vocabulary.bytes(id)) {
                (TokenKind::Byte, [byte]) => bytes[*byte as usize] = Some(id),
                (TokenKind::Unknown, _) => unknown = unknown.or(Some(id)),
                _ => {}
            }
        }
        SentencePiece { bytes, unknown, adds_space }
    }

    /// Whether a space is put before a text.
    pub(super) fn adds_space(&self) -> bool {
        self.adds_space
    }

    /// What is kept of a text.
    pub(super) fn kept(&self) -> Kept {
        Kept::of_tokens(&self.bytes.map(|token| token.or(self.unknown)))
    }

    /// Adds the tokens of a text without special tokens. `at_start` says that nothing, or a special token, stands
    /// before it.
    pub(super) fn encode(&self, vocabulary: &Vocabulary, text: &str, at_start: bool, ids: &mut Vec<u32>) {
        let text = match at_start && self.adds_space {
            true => format!(" {text}"),
            false => text.to_owned(),
        };
        let letters = text.char_indices().map(|(start, letter)| (start, start + letter.len_utf8()));
        let join = |left: (usize, usize), right: (usize, usize)| -> Option<(Priority, (usize, usize))> {
            let joined = (left.0, right.1);
            let id = vocabulary.id(&text.as_bytes()[joined.0..joined.1])?;
            Some((Reverse(OrderedScore(vocabulary.score(id))), joined))
        };
        for (start, end) in merge(letters, join) {
            let piece = &text.as_bytes()[start..end];
            match vocabulary.id(piece) {
                Some(id) => ids.push(id),
                None => {
                    ids.extend(piece.iter().filter_map(|byte| self.bytes[*byte as usize].or(self.unknown)))
                }
            }
        }
    }
}
