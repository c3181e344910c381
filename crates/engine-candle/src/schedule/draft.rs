//! Guesses the next tokens of a reply from what it has said before.
//!
//! Models repeat their prompt and themselves. Where the last tokens stood before, those that followed then are
//! computed together with the next one, and count as far as the draws agree with them: the reply is the same, in
//! fewer passes (prompt lookup decoding, Saxena 2023). It pays because the rows of a pass share its memory traffic.

use std::collections::HashMap;

/// Tokens that must have stood together before: two find too many chances, four too few.
const CONTEXT: usize = 3;
/// Tokens that are guessed at most.
pub(super) const MAX_DRAFT: usize = 15;

/// Where groups of tokens stood last in one sequence, and how well guessing went.
pub(super) struct Draft {
    /// Index of the token after each group.
    seen: HashMap<[u32; CONTEXT], usize>,
    /// Groups that begin before it are in `seen`.
    indexed: usize,
    /// How many tokens to guess next.
    length: usize,
}

impl Draft {
    pub(super) fn new() -> Self {
        Draft { seen: HashMap::new(), indexed: 0, length: 2 }
    }

    /// Up to `most` tokens that may follow.
    pub(super) fn guess(&mut self, tokens: &[u32], most: usize) -> Vec<u32> {
        // The last group has nothing after it yet.
        for (start, group) in tokens.array_windows().enumerate().skip(self.indexed) {
            if start + CONTEXT < tokens.len() {
                self.seen.insert(*group, start + CONTEXT);
                self.indexed = start + 1;
            }
        }
        let Some(next) = tokens.last_chunk().and_then(|group: &[u32; CONTEXT]| self.seen.get(group)) else {
            return Vec::new();
        };
        // A short loop goes round as often as there is room.
        let period = &tokens[*next..];
        period.iter().cycle().take(self.length.min(most)).copied().collect()
    }

    /// Learns how many of the guessed tokens were right.
    pub(super) fn learn(&mut self, guessed: usize, right: usize) {
        if guessed > 0 {
            self.length = if right == guessed { MAX_DRAFT.min(2 * self.length + 1) } else { right.max(1) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_followed_last_time_is_guessed() {
        let mut draft = Draft::new();
        assert!(draft.guess(&[], 9).is_empty());
        assert!(draft.guess(&[1, 2, 3], 9).is_empty());
        assert_eq!(draft.guess(&[1, 2, 3, 4, 5, 1, 2, 3], 9), [4, 5]);
        assert_eq!(draft.guess(&[1, 2, 3, 4, 5, 1, 2, 3], 1), [4]);
        assert_eq!(draft.guess(&[1, 2, 3, 4, 5, 1, 2, 3, 6, 1, 2, 3], 9), [6, 1]);
    }

    #[test]
    fn a_loop_is_followed_further_the_better_it_goes() {
        let mut draft = Draft::new();
        let tokens = [7, 8, 7, 8, 7, 8];
        assert_eq!(draft.guess(&tokens, 9), [7, 8]);
        draft.learn(2, 2);
        assert_eq!(draft.guess(&tokens, 9), [7, 8, 7, 8, 7]);
        draft.learn(5, 5);
        draft.learn(11, 11);
        assert_eq!(draft.guess(&tokens, 99).len(), MAX_DRAFT);
        draft.learn(MAX_DRAFT, 4);
        assert_eq!(draft.guess(&tokens, 99).len(), 4);
        draft.learn(4, 0);
        draft.learn(0, 0);
        assert_eq!(draft.guess(&tokens, 99), [7]);
    }
}
