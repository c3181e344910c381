//! Events of a stream are alike: only their text differs. What surrounds it is learned from two of them, and compared
//! with in those that follow, which costs a tenth of reading their JSON.
//!
//! An event that matches is the learned one with another text between two quotes. A text without quotes, backslashes
//! and control characters cannot change what the JSON around it means, so that what is known of the learned event holds
//! for it. Everything else is read in full.

use crate::api::{Api, Piece};

/// How often learning is tried in one stream: where it did not work so often, each event is another.
const TRIES: u8 = 8;

/// What surrounds the text of a stream's events.
#[derive(Debug, Default)]
pub struct Alike {
    last: Vec<u8>,
    before: usize,
    after: usize,
    is_known: bool,
    tries: u8,
}

impl Alike {
    /// The text of an event, when nothing else in it is new.
    pub fn text<'a>(&self, data: &'a [u8]) -> Option<&'a str> {
        if !self.is_known {
            return None;
        }
        let (before, after) = (&self.last[..self.before], &self.last[self.after..]);
        let text = data.strip_prefix(before)?.strip_suffix(after)?;
        let is_plain = text.iter().all(|byte| *byte >= b' ' && *byte != b'"' && *byte != b'\\');
        std::str::from_utf8(text).ok().filter(|_| is_plain)
    }

    /// Learns from an event that was read in full and came to nothing but content.
    pub fn learn(&mut self, api: &dyn Api, data: &[u8]) {
        if self.tries >= TRIES {
            return;
        }
        let found = surroundings(&self.last, data);
        self.is_known = found.is_some_and(|(before, after)| {
            self.tries += 1;
            is_text(api, &data[..before], &data[after..])
        });
        (self.before, self.after) = found.unwrap_or_default();
        self.last.clear();
        self.last.extend_from_slice(data);
    }
}

/// Where the string that differs between two events begins and ends in the second of them.
fn surroundings(one: &[u8], other: &[u8]) -> Option<(usize, usize)> {
    let same = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    if one.is_empty() || (same == one.len() && same == other.len()) {
        return None;
    }
    let room = one.len().min(other.len()) - same;
    let same_end =
        one.iter().rev().zip(other.iter().rev()).take(room).take_while(|(one, other)| one == other).count();
    let before = memchr::memrchr(b'"', &other[..same])? + 1;
    let after = memchr::memchr(b'"', &other[other.len() - same_end..])? + other.len() - same_end;
    Some((before, after))
}

/// Whether a string between these is the text of the event, and all of its content.
fn is_text(api: &dyn Api, before: &[u8], after: &[u8]) -> bool {
    let piece = |said: &[u8]| {
        let mut text = String::new();
        let piece = api.read_event(&[before, said, after].concat(), Some(&mut text)).ok()?;
        Some((piece, text))
    };
    let content = Piece { has_content: true, ..Piece::default() };
    piece(b"") == Some((Piece::default(), String::new())) && piece(b"x") == Some((content, "x".into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Anthropic, Chat, Responses};

    fn event(text: &str) -> Vec<u8> {
        format!(r#"{{"id":"a","choices":[{{"delta":{{"content":"{text}"}},"finish_reason":null}}]}}"#)
            .into_bytes()
    }

    fn learned(api: &dyn Api, events: [&[u8]; 2]) -> Alike {
        let mut alike = Alike::default();
        events.iter().for_each(|event| alike.learn(api, event));
        alike
    }

    #[test]
    fn the_text_of_an_event_like_those_before_is_found() {
        let alike = learned(&Chat, [&event(" wide"), &event(" wild")]);
        for text in ["", " w", "ü 东", "a'b"] {
            assert_eq!(alike.text(&event(text)), Some(text));
        }
        let anthropic = |text: &str| {
            format!(
                r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"text_delta","text":"{text}"}}}}"#
            )
        };
        let alike = learned(&Anthropic, [anthropic("a").as_bytes(), anthropic("b").as_bytes()]);
        assert_eq!(alike.text(anthropic("c").as_bytes()), Some("c"));
        let responses =
            |text: &str| format!(r#"{{"type":"response.output_text.delta","item_id":"i","delta":"{text}"}}"#);
        let alike = learned(&Responses, [responses("a").as_bytes(), responses("b").as_bytes()]);
        assert_eq!(alike.text(responses("c").as_bytes()), Some("c"));
    }

    #[test]
    fn what_may_mean_something_else_is_read_in_full() {
        let alike = learned(&Chat, [&event("a"), &event("b")]);
        for text in [r#"a\"b"#, r"a\nb", "a\nb", r#""},"usage":{"x":"#] {
            assert_eq!(alike.text(&event(text)), None, "{text}");
        }
        assert_eq!(alike.text(&[event("").as_slice(), b" "].concat()), None);
        let broken = [&event("")[..event("").len() - 20], &[0xff][..], &event("")[event("").len() - 20..]];
        assert_eq!(alike.text(&broken.concat()), None);
        let cut = event("a");
        assert_eq!(alike.text(&cut[..cut.len() - 5]), None);
    }

    #[test]
    fn what_differs_elsewhere_teaches_nothing() {
        let with = |id: &str, text: &str| {
            format!(r#"{{"id":"{id}","choices":[{{"delta":{{"content":"{text}"}}}}]}}"#).into_bytes()
        };
        // The identifier differs, and not the text: it is a string, and no content.
        let alike = learned(&Chat, [&with("1", "a"), &with("2", "a")]);
        assert_eq!(alike.text(&with("3", "a")), None);
        // Both differ: what lies between is no string.
        let alike = learned(&Chat, [&with("1", "a"), &with("2", "b")]);
        assert_eq!(alike.text(&with("2", "c")), None);
    }
}
