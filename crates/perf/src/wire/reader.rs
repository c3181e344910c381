//! Reads one response as far as the load loop has to: where its events end and where it ends. What an event says is not
//! looked at, but for `[DONE]`, after which a server may keep the connection open. Knows no socket.

use crate::class::Class;
use crate::wire::answer::Answer;
use crate::wire::body::Unframe;
use crate::wire::events::Events;
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
pub struct Reader {
    request: u64,
    answer: Answer,
    begun: Vec<u8>,
    head: Option<Head>,
    unframe: Unframe,
    lines: Lines,
}

impl Reader {
    /// The response to the request with this number, of which nothing has come.
    pub fn new(request: u64) -> Reader {
        Reader {
            request,
            answer: Answer::default(),
            begun: Vec::new(),
            head: None,
            unframe: Unframe::new(head::Framing::Length(0)),
            lines: Lines::default(),
        }
    }

    /// What is known so far.
    pub fn answer(&self) -> &Answer {
        &self.answer
    }

    /// What is known in the end.
    pub fn into_answer(self) -> Answer {
        self.answer
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

    /// Takes bytes that came in one read; the events that they end are added to `events`.
    pub fn take(&mut self, bytes: &[u8], arrival: Arrival, events: &mut Events) -> Result<Progress, Broken> {
        self.answer.arrived(arrival);
        if self.head.is_some() {
            return self.body(bytes, events);
        }
        if self.begun.is_empty() {
            return self.beginning(bytes, events);
        }
        let mut begun = std::mem::take(&mut self.begun);
        begun.extend_from_slice(bytes);
        self.beginning(&begun, events)
    }

    /// The connection ended: what that makes of the answer. Nothing when it is the proper end of it.
    pub fn connection_ended(&mut self, events: &mut Events) -> Option<(Class, &'static str)> {
        if self.answer.first_byte.is_none() || self.head.is_none() {
            return Some((Class::Reset, "the connection was closed before the answer began"));
        }
        if self.unframe.ends_with_connection() {
            self.over(events);
            return None;
        }
        Some((Class::Truncated, "the connection was closed in the middle of the answer"))
    }

    fn beginning(&mut self, mut bytes: &[u8], events: &mut Events) -> Result<Progress, Broken> {
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
                    return self.body(&bytes[size..], events);
                }
            }
        }
    }

    fn body(&mut self, mut bytes: &[u8], events: &mut Events) -> Result<Progress, Broken> {
        while !bytes.is_empty() {
            let (data, count) = self.unframe.next(bytes).map_err(|reason| Broken(reason.to_owned()))?;
            if count == 0 {
                break;
            }
            bytes = &bytes[count..];
            self.data(data, events)?;
        }
        if !self.unframe.is_done() {
            return Ok(Progress::More);
        }
        self.over(events);
        // Bytes behind the response belong to nothing that was asked.
        let keep_alive = self.head.as_ref().is_some_and(|head| head.keep_alive);
        Ok(Progress::Over { reusable: keep_alive && bytes.is_empty() })
    }

    fn data(&mut self, data: &[u8], events: &mut Events) -> Result<(), Broken> {
        if self.is_stream() {
            let (request, answer) = (self.request, &mut self.answer);
            let taken = self.lines.take(data, |event| found(request, answer, event, events));
            return taken.map_err(|_| Broken("a line of the stream has no end".into()));
        }
        if self.begun.len() + data.len() > MAX_WHOLE {
            return Err(Broken(format!("the answer is larger than {} MiB", MAX_WHOLE >> 20)));
        }
        self.begun.extend_from_slice(data);
        Ok(())
    }

    fn over(&mut self, events: &mut Events) {
        if self.is_stream() {
            let (request, answer) = (self.request, &mut self.answer);
            self.lines.end(|event| found(request, answer, event, events));
        } else {
            self.answer.body = Some(std::mem::take(&mut self.begun));
        }
    }

    fn is_stream(&self) -> bool {
        self.head.as_ref().is_some_and(|head| head.is_events && head.status == 200)
    }
}

/// Notes an event, whose end has come now.
fn found(request: u64, answer: &mut Answer, data: &[u8], events: &mut Events) {
    match data {
        b"" => {}
        b"[DONE]" => answer.done = Some(answer.last_byte),
        _ => events.add(request, answer.last_byte, data),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readings::tests::{DONE, HEAD, LAST, PIECE, streamed};

    #[test]
    fn a_stream_is_cut_into_events_however_it_comes() {
        let bytes = streamed(&[PIECE, PIECE, LAST, DONE]);
        for size in 1..bytes.len() {
            let (mut reader, mut events) = (Reader::new(7), Events::default());
            let mut progress = Progress::More;
            for (number, piece) in bytes.as_bytes().chunks(size).enumerate() {
                assert_eq!(progress, Progress::More);
                let at = crate::clock::Stamp(number as u64);
                progress = reader.take(piece, Arrival { at, ..Arrival::default() }, &mut events).unwrap();
            }
            assert_eq!(progress, Progress::Over { reusable: true }, "{size}");
            assert!(reader.answer().is_done());
            // The blank line may come in a later read than the event's.
            let end = |place: usize| (HEAD.len() + 4 + place * (PIECE.len() + 6) + PIECE.len() - 2) / size;
            let seen: Vec<_> =
                events.iter().map(|(request, arrival, data)| (request, arrival.at.0, data)).collect();
            let data = |event: &'static str| event["data: ".len()..].trim().as_bytes();
            assert_eq!(seen[0], (7, end(0) as u64, data(PIECE)), "{size}");
            assert_eq!(seen[1], (7, end(1) as u64, data(PIECE)), "{size}");
            assert_eq!((seen.len(), seen[2].2), (3, data(LAST)));
        }
    }

    #[test]
    fn the_end_of_the_connection_is_an_end_only_where_the_head_says_so() {
        let ended = |text: &str| {
            let (mut reader, mut events) = (Reader::new(0), Events::default());
            if !text.is_empty() {
                reader.take(text.as_bytes(), Arrival::default(), &mut events).unwrap();
            }
            reader.connection_ended(&mut events).map(|(class, _)| class)
        };
        assert_eq!(ended(""), Some(Class::Reset));
        assert_eq!(ended("HTTP/1.1 200"), Some(Class::Reset));
        assert_eq!(ended(&streamed(&[PIECE])[..HEAD.len() + 9]), Some(Class::Truncated));
        assert_eq!(ended("HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: [DONE]\n\n"), None);
    }

    #[test]
    fn an_announcement_is_no_response() {
        let bytes = format!("HTTP/1.1 100 Continue\r\n\r\n{}", streamed(&[PIECE, DONE]));
        let (mut reader, mut events) = (Reader::new(0), Events::default());
        let progress = reader.take(bytes.as_bytes(), Arrival::default(), &mut events);
        assert_eq!((progress, reader.answer().status), (Ok(Progress::Over { reusable: true }), Some(200)));
        let mut reader = Reader::new(0);
        assert!(reader.take(b"SSH-2.0\r\n", Arrival::default(), &mut events).is_err());
    }
}
