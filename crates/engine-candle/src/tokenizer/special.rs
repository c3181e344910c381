//! Finds special tokens in a text, leftmost first and longest first.

use super::vocabulary::{TokenKind, Vocabulary};
use std::collections::HashMap;

/// Special tokens by their first byte, longest first.
pub(super) struct SpecialTokens(HashMap<u8, Vec<(Vec<u8>, u32)>>);

impl SpecialTokens {
    pub(super) fn new(vocabulary: &Vocabulary) -> Self {
        let mut tokens: HashMap<u8, Vec<(Vec<u8>, u32)>> = HashMap::new();
        for id in 0..vocabulary.len() as u32 {
            let is_special = !vocabulary.is_hidden(id)
                && matches!(
                    vocabulary.kind(id),
                    TokenKind::Control | TokenKind::UserDefined | TokenKind::Unknown
                );
            if let ([first, ..], true) = (vocabulary.bytes(id), is_special) {
                tokens.entry(*first).or_default().push((vocabulary.bytes(id).to_vec(), id));
            }
        }
        for list in tokens.values_mut() {
            list.sort_by_key(|(bytes, id)| (std::cmp::Reverse(bytes.len()), *id));
        }
        SpecialTokens(tokens)
    }

    /// Cuts a text at its special tokens: plain text and the special token after it, if any.
    pub(super) fn pieces<'a>(&self, text: &'a str) -> Vec<(&'a str, Option<u32>)> {
        let mut pieces = Vec::new();
        let mut start = 0;
        let mut at = 0;
        while at < text.len() {
            match self.at(&text.as_bytes()[at..]) {
                Some((length, id)) => {
                    pieces.push((&text[start..at], Some(id)));
                    at += length;
                    start = at;
                }
                None => at += 1,
            }
        }
        pieces.push((&text[start..], None));
        pieces
    }

    fn at(&self, bytes: &[u8]) -> Option<(usize, u32)> {
        let candidates = self.0.get(bytes.first()?)?;
        let found = candidates.iter().find(|(token, _)| bytes.starts_with(token))?;
        Some((found.0.len(), found.1))
    }
}
