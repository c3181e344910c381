//! What one answer says: which of its pieces hold content and when those came, tokens, errors.

use crate::api::{Api, Piece, Usage};
use crate::readings::alike::Alike;
use crate::wire::Arrival;

/// A loop that was away for so long, in nanoseconds, may itself be why it found several pieces at once.
const LATE_NS: u64 = 1_000_000;

/// What was read of an answer so far.
#[derive(Debug, Default)]
pub struct Reading {
    /// When its first content came.
    pub first_content: Option<Arrival>,
    /// When its last content came.
    pub last_content: Option<Arrival>,
    /// How much earlier than its stamp the first content may have come, in nanoseconds.
    pub first_unsure: u64,
    /// Pieces with content.
    pub chunks: u32,
    /// Nanoseconds between pieces with content.
    pub gaps: Vec<u64>,
    /// Pieces that may have lost their own stamp, because a late read found them together with the one before.
    pub merged: u32,
    /// Tokens as the server counts them.
    pub usage: Option<Usage>,
    /// It said why it is finished.
    pub has_reason: bool,
    /// The first error object in it.
    pub error: Option<String>,
    /// The first thing in it that is no JSON.
    pub unreadable: Option<String>,
    /// Its text, where somebody wants it.
    pub text: Option<String>,
}

impl Reading {
    /// An answer of which nothing has come.
    pub fn new(keep_text: bool) -> Reading {
        Reading { text: keep_text.then(String::new), ..Reading::default() }
    }

    /// Reads an event of a stream that came then.
    pub fn event(&mut self, api: &dyn Api, alike: &mut Alike, (data, arrival): (&[u8], Arrival)) {
        self.comes(arrival);
        if let Some(said) = alike.text(data) {
            if !said.is_empty() {
                self.content(arrival);
            }
            if let Some(text) = &mut self.text {
                text.push_str(said);
            }
            return;
        }
        match api.read_event(data, self.text.as_mut()) {
            Ok(piece) => {
                if piece == (Piece { has_content: true, ..Piece::default() }) {
                    alike.learn(api, data);
                }
                if piece.has_content {
                    self.content(arrival);
                }
                self.note(piece);
            }
            Err(error) => drop(self.unreadable.get_or_insert(error.0)),
        }
    }

    /// Reads a whole body that is no stream.
    pub fn whole(&mut self, api: &dyn Api, status: Option<u16>, body: &[u8]) {
        if status.is_some_and(|status| !(200..300).contains(&status)) {
            self.error = Some(message_of(api, body));
            return;
        }
        match api.read_whole(body, self.text.as_mut()) {
            Ok(piece) => {
                self.chunks = u32::from(piece.has_content);
                self.note(piece);
                // One JSON document, complete: nothing else marks its end.
                self.has_reason = true;
            }
            Err(error) => self.unreadable = Some(error.0),
        }
    }

    /// Something came, whatever it is. What one read finds has the stamp of the last of it: first content that something
    /// follows may have come earlier.
    pub fn comes(&mut self, now: Arrival) {
        if let Some(first) = self.first_content.filter(|first| first.at == now.at) {
            self.first_unsure = first.at.since(first.not_before);
        }
    }

    /// A piece with content came.
    fn content(&mut self, now: Arrival) {
        if let Some(before) = self.last_content {
            self.gaps.push(now.at.since(before.at));
            if before.at == now.at {
                self.in_one_read(now);
            }
        }
        self.first_content.get_or_insert(now);
        self.last_content = Some(now);
        self.chunks += 1;
    }

    /// One read brought this piece and the one before. Their common stamp is that of the last of them.
    fn in_one_read(&mut self, now: Arrival) {
        let unsure = now.at.since(now.not_before);
        self.merged += u32::from(unsure + now.queued.unwrap_or(0) > LATE_NS);
    }

    fn note(&mut self, piece: Piece) {
        self.has_reason |= piece.is_last;
        self.usage = piece.usage.map(|usage| after(self.usage, usage)).or(self.usage);
        if self.error.is_none() {
            self.error = piece.error;
        }
    }
}

/// The last count stands. What it leaves out was in the one before, as in Anthropic's streams.
fn after(before: Option<Usage>, now: Usage) -> Usage {
    match before {
        Some(before) if now.prompt_tokens == 0 => Usage {
            prompt_tokens: before.prompt_tokens,
            prompt_tokens_details: before.prompt_tokens_details,
            ..now
        },
        _ => now,
    }
}

/// What the body of an error status says.
fn message_of(api: &dyn Api, body: &[u8]) -> String {
    let said = api.read_whole(body, None).ok().and_then(|piece| piece.error);
    said.unwrap_or_else(|| String::from_utf8_lossy(body).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Chat;
    use crate::clock::Stamp;

    fn event(text: &str) -> Vec<u8> {
        format!(r#"{{"choices":[{{"delta":{{"content":"{text}"}}}}]}}"#).into_bytes()
    }

    #[test]
    fn gaps_are_those_between_pieces_with_content() {
        let (mut reading, mut alike) = (Reading::new(true), Alike::default());
        for (at, queued, texts) in [(5, 0, vec![""]), (10, 0, vec!["a"]), (30, 2 * LATE_NS, vec!["b", "c"])] {
            let arrival = Arrival { at: Stamp(at), queued: Some(queued), not_before: Stamp(at) };
            texts.iter().for_each(|text| reading.event(&Chat, &mut alike, (&event(text), arrival)));
        }
        assert_eq!(reading.gaps, [20, 0]);
        assert_eq!((reading.chunks, reading.merged), (3, 1));
        assert_eq!(reading.first_content.unwrap().at, Stamp(10));
        assert_eq!(reading.text.as_deref(), Some("abc"));
    }

    #[test]
    fn first_content_that_anything_follows_in_its_read_may_have_come_earlier() {
        let last = br#"{"choices":[{"delta":{},"finish_reason":"length"}]}"#.to_vec();
        let unsure = |second: &[u8], at: u64| {
            let (mut reading, mut alike) = (Reading::default(), Alike::default());
            for (data, at) in [(&event("a")[..], 50), (second, at)] {
                let arrival = Arrival { at: Stamp(at), queued: None, not_before: Stamp(at - 40) };
                reading.event(&Chat, &mut alike, (data, arrival));
            }
            reading.first_unsure
        };
        assert_eq!((unsure(&event("b"), 50), unsure(&last, 50)), (40, 40));
        // What comes in a read of its own has its own stamp.
        assert_eq!((unsure(&event("b"), 60), unsure(&last, 60)), (0, 0));
    }

    #[test]
    fn an_error_status_gives_its_message() {
        for (body, message) in
            [(r#"{"error":{"message":"busy"}}"#, "busy"), ("<html>busy</html>", "<html>busy</html>")]
        {
            let mut reading = Reading::default();
            reading.whole(&Chat, Some(503), body.as_bytes());
            assert_eq!(reading.error.as_deref(), Some(message));
        }
    }
}
