//! What is known of an answer while it comes in: when its pieces came, what they said.

use crate::api::{Api, Piece, Usage};
use crate::wire::alike::Alike;
use crate::wire::socket::Arrival;

/// Bytes of an error's body that are kept for its message.
const MAX_MESSAGE: usize = 512;
/// A loop that was away for so long, in nanoseconds, may itself be why it found several pieces at once.
const LATE_NS: u64 = 1_000_000;

/// An answer so far.
#[derive(Debug, Default)]
pub struct Answer {
    /// Its HTTP status.
    pub status: Option<u16>,
    /// The `Retry-After` header.
    pub retry_after: Option<String>,
    /// When its first byte came.
    pub first_byte: Option<Arrival>,
    /// When its first content came.
    pub first_content: Option<Arrival>,
    /// When its last content came.
    pub last_content: Option<Arrival>,
    /// When its last byte came.
    pub last_byte: Arrival,
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
    /// `[DONE]` came.
    pub is_done: bool,
    /// The first error object in it.
    pub error: Option<String>,
    /// The first thing in it that is no JSON.
    pub unreadable: Option<String>,
    /// Its text, where somebody wants it.
    pub text: Option<String>,
    /// The read that brought the last byte has brought content already.
    pub content_in_read: bool,
}

impl Answer {
    /// An answer of which nothing has come.
    pub fn new(keep_text: bool) -> Answer {
        Answer { text: keep_text.then(String::new), ..Answer::default() }
    }

    /// Bytes came.
    pub fn arrived(&mut self, arrival: Arrival) {
        self.first_byte.get_or_insert(arrival);
        self.content_in_read &= arrival.at == self.last_byte.at;
        self.last_byte = arrival;
    }

    /// An event of a stream.
    pub fn event(&mut self, api: &dyn Api, alike: &mut Alike, data: &[u8]) {
        if let Some(said) = alike.text(data) {
            if !said.is_empty() {
                self.content();
            }
            if let Some(text) = &mut self.text {
                text.push_str(said);
            }
            return;
        }
        match data {
            b"" => {}
            b"[DONE]" => self.is_done = true,
            _ => match api.read_event(data, self.text.as_mut()) {
                Ok(piece) => {
                    if piece == (Piece { has_content: true, ..Piece::default() }) {
                        alike.learn(api, data);
                    }
                    self.piece(piece);
                }
                Err(error) => drop(self.unreadable.get_or_insert(error.0)),
            },
        }
    }

    /// A whole body that is no stream.
    pub fn whole(&mut self, api: &dyn Api, body: &[u8]) {
        if self.status.is_some_and(|status| !(200..300).contains(&status)) {
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

    fn piece(&mut self, piece: Piece) {
        if piece.has_content {
            self.content();
        }
        self.note(piece);
    }

    /// A piece with content came.
    fn content(&mut self) {
        let now = self.last_byte;
        if let Some(before) = self.last_content {
            self.gaps.push(now.at.since(before.at));
        }
        if self.content_in_read {
            let unsure = now.at.since(now.not_before);
            self.merged += u32::from(unsure + now.queued.unwrap_or(0) > LATE_NS);
            if self.chunks == 1 {
                // Their common stamp is that of the last of them.
                self.first_unsure = unsure;
            }
        }
        self.content_in_read = true;
        self.first_content.get_or_insert(now);
        self.last_content = Some(now);
        self.chunks += 1;
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
    let text = said.unwrap_or_else(|| String::from_utf8_lossy(body).into_owned());
    text.chars().take(MAX_MESSAGE).collect()
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
        let (mut answer, mut alike) = (Answer::new(true), Alike::default());
        for (at, queued, texts) in [(5, 0, vec![""]), (10, 0, vec!["a"]), (30, 2 * LATE_NS, vec!["b", "c"])] {
            answer.arrived(Arrival { at: Stamp(at), queued: Some(queued), not_before: Stamp(at) });
            texts.iter().for_each(|text| answer.event(&Chat, &mut alike, &event(text)));
        }
        answer.event(&Chat, &mut alike, b"[DONE]");
        assert_eq!(answer.gaps, [20, 0]);
        assert_eq!((answer.chunks, answer.merged, answer.is_done), (3, 1, true));
        assert_eq!(answer.first_byte.unwrap().at, Stamp(5));
        assert_eq!(answer.first_content.unwrap().at, Stamp(10));
        assert_eq!(answer.text.as_deref(), Some("abc"));
    }

    #[test]
    fn an_error_status_gives_its_message() {
        for (body, message) in
            [(r#"{"error":{"message":"busy"}}"#, "busy"), ("<html>busy</html>", "<html>busy</html>")]
        {
            let mut answer = Answer { status: Some(503), ..Answer::default() };
            answer.whole(&Chat, body.as_bytes());
            assert_eq!(answer.error.as_deref(), Some(message));
        }
    }
}
