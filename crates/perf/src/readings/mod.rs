//! Reads what answers say. The load loop stamps bytes and cuts them into events; everything that needs JSON happens here,
//! in another thread.

mod alike;
mod reading;

pub use reading::Reading;

use crate::api::Api;
use crate::class::Class;
use crate::load::Outcome;
use crate::wire::{Answer, Events};
use alike::Alike;
use evalscope_core::Secrets;
use std::collections::HashMap;
use std::sync::Arc;

/// Characters of a message that are kept.
const MAX_MESSAGE: usize = 512;

/// The answers of a stage, many at a time.
pub struct Readings {
    api: Arc<dyn Api>,
    keep_text: bool,
    secrets: Secrets,
    begun: HashMap<u64, (Reading, Alike)>,
}

impl Readings {
    /// None yet; texts are kept where somebody wants them. What servers say of errors is kept without these secrets.
    pub fn new(api: Arc<dyn Api>, keep_text: bool, secrets: Secrets) -> Readings {
        Readings { api, keep_text, secrets, begun: HashMap::new() }
    }

    /// Reads events. Those of a request come in their order, and before its end.
    pub fn read(&mut self, events: &Events) {
        let new = || (Reading::new(self.keep_text), Alike::default());
        for (request, arrival, data) in events.iter() {
            let (reading, alike) = self.begun.entry(request).or_insert_with(new);
            reading.event(&*self.api, alike, (data, arrival));
        }
    }

    /// Completes what is known of a request that is over, and tells whoever waits for its text.
    pub fn finish(&mut self, outcome: &mut Outcome) -> Reading {
        let begun = self.begun.remove(&outcome.number);
        let mut reading = begun.map_or_else(|| Reading::new(self.keep_text), |(reading, _)| reading);
        if let Some(body) = outcome.answer.body.take() {
            reading.whole(&*self.api, outcome.answer.status, &body);
        }
        if let Some(done) = outcome.answer.done {
            // `[DONE]` is no event here.
            reading.comes(done);
        }
        // A request that failed at the connection did so whatever its answer says.
        if outcome.class == Class::Ok {
            (outcome.class, outcome.message) = verdict(&outcome.answer, &reading);
        }
        // Masked before it is cut: half a secret would not be found.
        let kept = |message: String| self.secrets.mask(&message).chars().take(MAX_MESSAGE).collect();
        outcome.message = outcome.message.take().map(kept);
        if let Some(waiting) = outcome.waiting.take() {
            let said = (outcome.class == Class::Ok).then(|| reading.text.clone().unwrap_or_default());
            // Nobody waits any more when the test is being ended.
            let _ = waiting.send(said);
        }
        reading
    }
}

/// The class of an answer that came to its end. What the server says of itself goes before what it left out.
fn verdict(answer: &Answer, reading: &Reading) -> (Class, Option<String>) {
    if let Some(class) = answer.status.and_then(Class::of_status) {
        let status = answer.status.unwrap_or_default();
        let said = reading.error.clone().unwrap_or_default();
        return (class, Some(format!("status {status}: {said}")));
    }
    if let Some(message) = &reading.error {
        return (Class::ErrorInBand, Some(message.clone()));
    }
    if let Some(message) = &reading.unreadable {
        return (Class::Malformed, Some(message.clone()));
    }
    if !reading.has_reason && !answer.is_done() {
        let message = "the stream ended without `finish_reason` and without `[DONE]`";
        return (Class::Unfinished, Some(message.into()));
    }
    if reading.chunks == 0 {
        return (Class::Empty, Some("the answer has no content".into()));
    }
    (Class::Ok, None)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::api::Chat;
    use crate::clock::Stamp;
    use crate::wire::{Arrival, Reader};

    /// The head of a stream, and events of it.
    pub const HEAD: &str =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    pub const PIECE: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n";
    pub const LAST: &str = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    pub const DONE: &str = "data: [DONE]\n\n";

    /// A stream of these events.
    pub fn streamed(events: &[&str]) -> String {
        let chunks = events.iter().map(|event| format!("{:x}\r\n{event}\r\n", event.len()));
        format!("{HEAD}{}0\r\n\r\n", chunks.collect::<String>())
    }

    /// The class of a response that comes in pieces of so many bytes.
    fn class(bytes: &str, size: usize) -> Class {
        let (mut reader, mut events) = (Reader::new(5), Events::default());
        for piece in bytes.as_bytes().chunks(size) {
            reader.take(piece, Arrival::default(), &mut events).unwrap();
        }
        let mut readings = Readings::new(Arc::new(Chat), true, Secrets::default());
        readings.read(&events);
        let mut outcome = Outcome { number: 5, answer: reader.into_answer(), ..Outcome::default() };
        readings.finish(&mut outcome);
        assert!(readings.begun.is_empty());
        outcome.class
    }

    #[test]
    fn each_way_to_fail_has_its_class() {
        for (events, class) in [
            (vec![PIECE, PIECE, LAST, DONE], Class::Ok),
            (vec![PIECE, LAST], Class::Ok),
            (vec![PIECE, DONE], Class::Ok),
            (vec![PIECE], Class::Unfinished),
            (vec![LAST, DONE], Class::Empty),
            (vec![PIECE, "data: {\"error\":{\"message\":\"x\"}}\n\n", DONE], Class::ErrorInBand),
            (vec![PIECE, "data: {\"choices\":[{\"del\n\n", PIECE, LAST, DONE], Class::Malformed),
            (vec!["data:\n\n", ": ping\n\n", PIECE, LAST, DONE], Class::Ok),
        ] {
            for size in [1, 7, 1 << 20] {
                assert_eq!(self::class(&streamed(&events), size), class, "{events:?} {size}");
            }
        }
    }

    #[test]
    fn whole_answers_and_error_statuses() {
        let whole = |status: &str, body: &str| {
            let text = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            class(&text, 7)
        };
        let body = r#"{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}"#;
        assert_eq!(whole("200 OK", body), Class::Ok);
        assert_eq!(whole("200 OK", &body[..20]), Class::Malformed);
        assert_eq!(whole("200 OK", "{\"choices\":[{\"message\":{\"content\":\"\"}}]}"), Class::Empty);
        assert_eq!(whole("429 Busy", "slow down"), Class::Http429);
        assert_eq!(whole("500 Oh", "{\"error\":{\"message\":\"x\"}}"), Class::Http5xx);
        assert_eq!(whole("302 Found", ""), Class::HttpOther);
    }

    #[test]
    fn streams_that_come_in_turns_are_kept_apart() {
        let mut readings = Readings::new(Arc::new(Chat), true, Secrets::default());
        let at = |at| Arrival { at: Stamp(at), ..Arrival::default() };
        let said = |text: &str| format!(r#"{{"choices":[{{"delta":{{"content":"{text}"}}}}]}}"#).into_bytes();
        for (time, one, other) in [(10, "a", "x"), (30, "b", "y")] {
            let mut events = Events::default();
            events.add(1, at(time), &said(one));
            events.add(2, at(time + 5), &said(other));
            readings.read(&events);
        }
        let of = |number| Outcome { number, ..Outcome::default() };
        let (mut one, mut other) = (of(1), Outcome { class: Class::Reset, ..of(2) });
        let (first, second) = (readings.finish(&mut one), readings.finish(&mut other));
        assert_eq!((first.text.as_deref(), first.first_content), (Some("ab"), Some(at(10))));
        assert_eq!((second.text.as_deref(), second.last_content), (Some("xy"), Some(at(35))));
        // What failed at the connection stays what it is.
        assert_eq!((one.class, other.class), (Class::Unfinished, Class::Reset));
    }

    #[test]
    fn the_end_in_the_same_read_leaves_the_first_stamp_open() {
        let arrival = |at| Arrival { at: Stamp(at), queued: None, not_before: Stamp(10) };
        // What ends the body may come in a read of its own.
        for (events, later, unsure) in
            [(vec![PIECE, DONE], 0, 40), (vec![PIECE, DONE], 5, 40), (vec![PIECE], 0, 0)]
        {
            let (mut reader, mut found) = (Reader::new(0), Events::default());
            let bytes = streamed(&events);
            let (first, last) = bytes.as_bytes().split_at(bytes.len() - later);
            reader.take(first, arrival(50), &mut found).unwrap();
            if later > 0 {
                reader.take(last, arrival(60), &mut found).unwrap();
            }
            let mut readings = Readings::new(Arc::new(Chat), false, Secrets::default());
            readings.read(&found);
            let mut outcome = Outcome { answer: reader.into_answer(), ..Outcome::default() };
            assert_eq!(readings.finish(&mut outcome).first_unsure, unsure);
        }
    }

    #[test]
    fn whoever_waits_for_a_text_hears_of_a_failure_too() {
        for (events, said) in [(vec![PIECE, PIECE, DONE], Some("aa")), (vec![PIECE], None)] {
            let (waiting, mut heard) = tokio::sync::oneshot::channel();
            let (mut reader, mut found) = (Reader::new(0), Events::default());
            reader.take(streamed(&events).as_bytes(), Arrival::default(), &mut found).unwrap();
            let mut readings = Readings::new(Arc::new(Chat), true, Secrets::default());
            readings.read(&found);
            let answer = reader.into_answer();
            readings.finish(&mut Outcome { answer, waiting: Some(waiting), ..Outcome::default() });
            assert_eq!(heard.try_recv().unwrap().as_deref(), said);
        }
    }
}
