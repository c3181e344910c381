//! Reads one response: bytes in as they come, an [`Answer`] out. Knows no socket.

use crate::api::Api;
use crate::class::Class;
use crate::wire::alike::Alike;
use crate::wire::answer::Answer;
use crate::wire::body::Unframe;
use crate::wire::head::{self, Head};
use crate::wire::lines::Lines;
use crate::wire::socket::Arrival;

/// Bytes of a body at most that is no stream.
const MAX_WHOLE: usize = 64 << 20;

/// Whether more has to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It has.
    More,
    /// The response is over.
    Over {
        /// The connection may be used again.
        reusable: bool,
    },
}

/// Something in the response is no HTTP.
#[derive(Debug, PartialEq, Eq)]
pub struct Broken(pub String);

/// Reads one response.
pub struct Reader<'a> {
    api: &'a dyn Api,
    answer: Answer,
    begun: Vec<u8>,
    head: Option<Head>,
    unframe: Unframe,
    lines: Lines,
    alike: Alike,
}

impl<'a> Reader<'a> {
    /// A response of which nothing has come.
    pub fn new(api: &'a dyn Api, keep_text: bool) -> Reader<'a> {
        Reader {
            api,
            answer: Answer::new(keep_text),
            begun: Vec::new(),
            head: None,
            unframe: Unframe::new(head::Framing::Length(0)),
            lines: Lines::default(),
            alike: Alike::default(),
        }
    }

    /// What is known so far.
    pub fn answer(&self) -> &Answer {
        &self.answer
    }

    /// Its head came by other means than the bytes of HTTP/1.1.
    pub fn begin(&mut self, head: Head, arrival: Arrival) {
        self.answer.arrived(arrival);
        self.answer.status = Some(head.status);
        self.answer.retry_after.clone_from(&head.retry_after);
        self.unframe = Unframe::new(head.framing);
        self.head = Some(head);
    }

    /// The end of its body is not that of the connection.
    pub fn is_multiplexed(&self) -> bool {
        self.head.as_ref().is_some_and(|head| head.framing == head::Framing::UntilClose && head.keep_alive)
    }

    /// Takes bytes that came in one read.
    pub fn take(&mut self, bytes: &[u8], arrival: Arrival) -> Result<Progress, Broken> {
        self.answer.arrived(arrival);
        if self.head.is_some() {
            return self.body(bytes);
        }
        if self.begun.is_empty() {
            return self.beginning(bytes);
        }
        let mut begun = std::mem::take(&mut self.begun);
        begun.extend_from_slice(bytes);
        self.beginning(&begun)
    }

    /// The connection ended: what that makes of the answer. Nothing when it is the proper end of it.
    pub fn connection_ended(&mut self) -> Option<(Class, &'static str)> {
        if self.answer.first_byte.is_none() || self.head.is_none() {
            return Some((Class::Reset, "the connection was closed before the answer began"));
        }
        if self.unframe.ends_with_connection() {
            self.over();
            return None;
        }
        Some((Class::Truncated, "the connection was closed in the middle of the answer"))
    }

    /// What an answer that is over is worth, and what is known of it.
    pub fn finish(self) -> (Answer, Class, Option<String>) {
        let (class, message) = verdict(&self.answer);
        (self.answer, class, message)
    }

    /// What is known of an answer that will not end in order.
    pub fn give_up(self) -> Answer {
        self.answer
    }

    fn beginning(&mut self, mut bytes: &[u8]) -> Result<Progress, Broken> {
        loop {
            match head::read(bytes).map_err(Broken)? {
                None => {
                    self.begun = bytes.to_vec();
                    return Ok(Progress::More);
                }
                // 100 Continue and its like announce the response; they are none.
                Some((head, size)) if head.status < 200 => bytes = &bytes[size..],
                Some((head, size)) => {
                    self.answer.status = Some(head.status);
                    self.answer.retry_after.clone_from(&head.retry_after);
                    self.unframe = Unframe::new(head.framing);
                    self.head = Some(head);
                    return self.body(&bytes[size..]);
                }
            }
        }
    }

    fn body(&mut self, mut bytes: &[u8]) -> Result<Progress, Broken> {
        while !bytes.is_empty() {
            let (data, count) = self.unframe.next(bytes).map_err(|reason| Broken(reason.to_owned()))?;
            if count == 0 {
                break;
            }
            bytes = &bytes[count..];
            self.data(data)?;
        }
        if !self.unframe.is_done() {
            return Ok(Progress::More);
        }
        self.over();
        // Bytes behind the response belong to nothing that was asked.
        let keep_alive = self.head.as_ref().is_some_and(|head| head.keep_alive);
        Ok(Progress::Over { reusable: keep_alive && bytes.is_empty() })
    }

    fn data(&mut self, data: &[u8]) -> Result<(), Broken> {
        if self.is_stream() {
            let (api, answer, alike) = (self.api, &mut self.answer, &mut self.alike);
            let taken = self.lines.take(data, |event| answer.event(api, alike, event));
            return taken.map_err(|_| Broken("a line of the stream has no end".into()));
        }
        if self.begun.len() + data.len() > MAX_WHOLE {
            return Err(Broken(format!("the answer is larger than {} MiB", MAX_WHOLE >> 20)));
        }
        self.begun.extend_from_slice(data);
        Ok(())
    }

    fn over(&mut self) {
        if self.is_stream() {
            let (api, answer, alike) = (self.api, &mut self.answer, &mut self.alike);
            self.lines.end(|event| answer.event(api, alike, event));
        } else {
            self.answer.whole(self.api, &std::mem::take(&mut self.begun));
        }
    }

    fn is_stream(&self) -> bool {
        self.head.as_ref().is_some_and(|head| head.is_events && head.status == 200)
    }
}

/// The class of an answer that came to its end. What the server says of itself goes before what it left out.
fn verdict(answer: &Answer) -> (Class, Option<String>) {
    if let Some(class) = answer.status.and_then(Class::of_status) {
        let status = answer.status.unwrap_or_default();
        let said = answer.error.clone().unwrap_or_default();
        return (class, Some(format!("status {status}: {said}")));
    }
    if let Some(message) = &answer.error {
        return (Class::ErrorInBand, Some(message.clone()));
    }
    if let Some(message) = &answer.unreadable {
        return (Class::Malformed, Some(message.clone()));
    }
    if !answer.has_reason && !answer.is_done {
        let message = "the stream ended without `finish_reason` and without `[DONE]`";
        return (Class::Unfinished, Some(message.into()));
    }
    if answer.chunks == 0 {
        return (Class::Empty, Some("the answer has no content".into()));
    }
    (Class::Ok, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Chat;

    const HEAD: &str =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    const PIECE: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n";
    const LAST: &str = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    const DONE: &str = "data: [DONE]\n\n";

    fn streamed(events: &[&str]) -> String {
        let chunks = events.iter().map(|event| format!("{:x}\r\n{event}\r\n", event.len()));
        format!("{HEAD}{}0\r\n\r\n", chunks.collect::<String>())
    }

    /// The end of a response that comes in pieces of so many bytes.
    fn read(bytes: &[u8], size: usize) -> (Answer, Class, Progress) {
        let mut reader = Reader::new(&Chat, false);
        let mut progress = Progress::More;
        for piece in bytes.chunks(size) {
            assert_eq!(progress, Progress::More);
            progress = reader.take(piece, Arrival::default()).unwrap();
        }
        let (answer, class, _) = reader.finish();
        (answer, class, progress)
    }

    #[test]
    fn a_stream_is_read_however_it_is_cut() {
        let bytes = streamed(&[PIECE, PIECE, LAST, DONE]);
        for size in 1..bytes.len() {
            let (answer, class, progress) = read(bytes.as_bytes(), size);
            assert_eq!((class, progress), (Class::Ok, Progress::Over { reusable: true }), "{size}");
            assert_eq!(answer.chunks, 2);
        }
    }

    #[test]
    fn each_way_to_fail_has_its_class() {
        for (events, class) in [
            (vec![PIECE, LAST], Class::Ok),
            (vec![PIECE, DONE], Class::Ok),
            (vec![PIECE], Class::Unfinished),
            (vec![LAST, DONE], Class::Empty),
            (vec![PIECE, "data: {\"error\":{\"message\":\"x\"}}\n\n", DONE], Class::ErrorInBand),
            (vec![PIECE, "data: {\"choices\":[{\"del\n\n", PIECE, LAST, DONE], Class::Malformed),
            (vec!["data:\n\n", ": ping\n\n", PIECE, LAST, DONE], Class::Ok),
        ] {
            assert_eq!(read(streamed(&events).as_bytes(), 1 << 20).1, class, "{events:?}");
        }
    }

    #[test]
    fn whole_answers_and_error_statuses() {
        let whole = |status: &str, body: &str| {
            let text = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            read(text.as_bytes(), 7).1
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
    fn the_end_of_the_connection_is_an_end_only_where_the_head_says_so() {
        let ended = |text: &str| {
            let mut reader = Reader::new(&Chat, false);
            if !text.is_empty() {
                reader.take(text.as_bytes(), Arrival::default()).unwrap();
            }
            reader.connection_ended().map(|(class, _)| class)
        };
        assert_eq!(ended(""), Some(Class::Reset));
        assert_eq!(ended("HTTP/1.1 200"), Some(Class::Reset));
        assert_eq!(ended(&streamed(&[PIECE])[..HEAD.len() + 9]), Some(Class::Truncated));
        assert_eq!(ended("HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: [DONE]\n\n"), None);
    }

    #[test]
    fn an_announcement_is_no_response() {
        let bytes = format!("HTTP/1.1 100 Continue\r\n\r\n{}", streamed(&[PIECE, DONE]));
        assert_eq!(read(bytes.as_bytes(), bytes.len()).1, Class::Ok);
        let mut reader = Reader::new(&Chat, false);
        assert!(reader.take(b"SSH-2.0\r\n", Arrival::default()).is_err());
    }
}
