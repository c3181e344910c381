//! One reply while it is written: stop texts, limits, and what may be shown already.

use super::draft::Draft;
use super::job::DrawnToken;
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
    /// Tokens that are wanted, and where the text of each begins.
    noted: Vec<(usize, DrawnToken)>,
    /// How many of them were shown.
    noted_shown: usize,
}

impl Reply {
    /// An empty reply with the text that its tokens become.
    pub(super) fn new(index: usize, sampler: Sampler, stream: TextStream) -> Self {
        Reply {
            index,
            sampler,
            draft: Draft::new(),
            stream,
            drawn: 0,
            shown: 0,
            noted: Vec::new(),
            noted_shown: 0,
        }
    }

    /// Notes a token that is about to be taken.
    pub(super) fn note(&mut self, token: DrawnToken) {
        self.noted.push((self.stream.length(), token));
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
            self.noted.pop();
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

    /// Text that is new and cannot turn out to be the beginning of a stop text, and the tokens that begin in it.
    pub(super) fn take_shown(&mut self, stops: &[String]) -> (String, Vec<DrawnToken>) {
        let text = self.stream.text();
        let safe = text.len() - held_back(text, stops);
        let new = text.get(self.shown..safe).unwrap_or("").to_owned();
        self.shown = self.shown.max(safe);
        (new, self.take_begun(safe))
    }

    /// What was not shown of the finished text, and its tokens.
    pub(super) fn rest(&mut self, completion: &Completion) -> (String, Vec<DrawnToken>) {
        let text = completion.text.get(self.shown..).unwrap_or("").to_owned();
        let count = self.count_of(completion);
        let tokens = self.noted.get(self.noted_shown..count).unwrap_or_default();
        (text, tokens.iter().map(|(_, token)| token.clone()).collect())
    }

    /// The tokens of the finished text.
    pub(super) fn take_tokens(&mut self, completion: &Completion) -> Vec<DrawnToken> {
        let count = self.count_of(completion);
        std::mem::take(&mut self.noted).into_iter().take(count).map(|(_, token)| token).collect()
    }

    /// Tokens of the finished text. A stop text cuts those off that begin with it or after it.
    fn count_of(&self, completion: &Completion) -> usize {
        match completion.text.len() < self.stream.text().len() {
            true => self.noted.partition_point(|(start, _)| *start < completion.text.len()),
            false => self.noted.len(),
        }
    }

    /// Tokens that begin before this byte and were not shown.
    fn take_begun(&mut self, before: usize) -> Vec<DrawnToken> {
        let new = &self.noted[self.noted_shown..];
        let count = new.partition_point(|(start, _)| *start < before);
        self.noted_shown += count;
        new[..count].iter().map(|(_, token)| token.clone()).collect()
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
    use crate::tokenizer::{OutsideVocabulary, TokenKind};
    use evalscope_core::Sampling;

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

    /// Three letters that spell `<s>`, and the token of that name.
    fn tokenizer() -> Tokenizer {
        let letters = [b"<", b"s", b">"].map(|letter| (letter.to_vec(), TokenKind::Normal));
        Tokenizer::from(OutsideVocabulary {
            tokens: letters.into_iter().chain([(b"<s>".to_vec(), TokenKind::Control)]).collect(),
            marks: (None, None),
            adds_bos: false,
            ends: Vec::new(),
            drops_space: false,
            encode: Box::new(|_| Ok(Vec::new())),
        })
    }

    /// The text and the end of a reply that takes these tokens, and how many it took.
    fn taken(tokens: &[u32], stops: &[String], ends: &[u32]) -> Option<(String, usize)> {
        let tokenizer = tokenizer();
        let mut reply = Reply::new(0, Sampler::new(&Sampling::default(), &[], 0), tokenizer.stream());
        let limit = (9, FinishReason::Length);
        let mut all = tokens.iter();
        let done = all.find_map(|token| reply.accept(*token, &tokenizer, (stops, ends), limit.clone()))?;
        assert_eq!(done.finish, FinishReason::Stop);
        Some((done.text, reply.drawn()))
    }

    #[test]
    fn a_token_ends_a_reply_and_its_name_spelled_out_does_not() {
        assert_eq!(taken(&[1, 3, 1], &[], &[3]), Some(("s".to_owned(), 2)));
        assert_eq!(taken(&[0, 1, 2, 3, 1], &[], &[3]), Some(("<s>".to_owned(), 4)));
        assert_eq!(taken(&[0, 1, 2, 3], &stops(&["<s>"]), &[]), Some((String::new(), 3)));
        assert_eq!(taken(&[1, 3, 1], &[], &[]), None);
    }

    #[test]
    fn beginnings_of_stops_are_held_back() {
        assert_eq!(held_back("text\n", &stops(&["\n\nQ"])), 1);
        assert_eq!(held_back("text\n\n", &stops(&["\n\nQ"])), 2);
        assert_eq!(held_back("text", &stops(&["\n\nQ"])), 0);
    }
}
