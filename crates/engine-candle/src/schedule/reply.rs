//! One reply while it is written: stop texts, limits, and what may be shown already.

use super::draft::Draft;
use crate::sampling::Sampler;
use crate::tokenizer::{TextStream, Tokenizer};
use evalscope_core::{Completion, FinishReason};

/// A reply while it is written.
pub(super) struct Reply {
    /// Which of the request's replies.
    pub(super) index: usize,
    /// Draws its tokens.
    pub(super) sampler: Sampler,
    /// Guesses its tokens.
    pub(super) draft: Draft,
    stream: TextStream,
    drawn: usize,
    /// Bytes of text that were shown.
    shown: usize,
}

impl Reply {
    pub(super) fn new(index: usize, sampler: Sampler, tokenizer: &Tokenizer) -> Self {
        Reply { index, sampler, draft: Draft::new(), stream: tokenizer.stream(), drawn: 0, shown: 0 }
    }

    /// Tokens that were drawn.
    pub(super) fn drawn(&self) -> usize {
        self.drawn
    }

    /// Takes a drawn token; the completion when it was the last one.
    pub(super) fn accept(
        &mut self,
        token: u32,
        tokenizer: &Tokenizer,
        (stops, ends): (&[String], &[u32]),
        (max_tokens, limit): (usize, FinishReason),
    ) -> Option<Completion> {
        self.drawn += 1;
        // The text of a control token is not part of the reply, but may be what it is to end at.
        let is_end = tokenizer.is_end(token) || ends.contains(&token);
        if is_end || stops.iter().any(|stop| tokenizer.is_control(token, stop)) {
            self.stream.finish();
            return Some(self.complete(stops, FinishReason::Stop));
        }
        let before = self.stream.text().len();
        tokenizer.add_to(&mut self.stream, token);
        if first_stop(self.stream.text(), before, stops).is_some() {
            return Some(self.complete(stops, FinishReason::Stop));
        }
        if self.drawn >= max_tokens {
            self.stream.finish();
            return Some(self.complete(stops, limit));
        }
        None
    }

    fn complete(&self, stops: &[String], finish: FinishReason) -> Completion {
        let text = self.stream.text();
        let end = first_stop(text, 0, stops).unwrap_or(text.len());
        Completion { text: text[..end].to_owned(), finish, ..Completion::default() }
    }

    /// Text that is new and cannot turn out to be the beginning of a stop text.
    pub(super) fn take_shown(&mut self, stops: &[String]) -> Option<String> {
        let text = self.stream.text();
        let safe = text.len() - held_back(text, stops);
        let new = text.get(self.shown..safe).filter(|new| !new.is_empty())?.to_owned();
        self.shown = safe;
        Some(new)
    }

    /// What was not shown of the finished text.
    pub(super) fn rest<'a>(&self, completion: &'a Completion) -> &'a str {
        completion.text.get(self.shown..).unwrap_or("")
    }
}

/// Where the earliest stop text begins, looking only at what the bytes from `old` on can have completed.
fn first_stop(text: &str, old: usize, stops: &[String]) -> Option<usize> {
    let found = stops.iter().filter(|stop| !stop.is_empty()).filter_map(|stop| {
        let mut start = old.saturating_sub(stop.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        Some(start + text[start..].find(stop.as_str())?)
    });
    found.min()
}

/// Bytes at the end that may be the beginning of a stop text.
fn held_back(text: &str, stops: &[String]) -> usize {
    let overlap = |stop: &String| {
        let lengths = (1..stop.len()).rev().filter(|length| stop.is_char_boundary(*length));
        lengths.into_iter().find(|length| text.ends_with(&stop[..*length])).unwrap_or(0)
    };
    stops.iter().map(overlap).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stops(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn the_earliest_stop_counts_also_across_tokens() {
        assert_eq!(first_stop("one two three", 0, &stops(&["three", "two"])), Some(4));
        assert_eq!(first_stop("ab\n\nc", 3, &stops(&["\n\n"])), Some(2));
        assert_eq!(first_stop("日本語です", 9, &stops(&["語で"])), Some(6));
        assert_eq!(first_stop("abc", 0, &stops(&["", "x"])), None);
    }

    #[test]
    fn beginnings_of_stops_are_held_back() {
        assert_eq!(held_back("text\n", &stops(&["\n\nQ"])), 1);
        assert_eq!(held_back("text\n\n", &stops(&["\n\nQ"])), 2);
        assert_eq!(held_back("text", &stops(&["\n\nQ"])), 0);
    }
}
