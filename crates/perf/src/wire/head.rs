//! The head of an HTTP/1.1 response: status, and how the body is marked off.

use std::str;

/// Header lines at most; servers send a dozen.
const MAX_HEADERS: usize = 96;
/// Bytes of a head at most.
pub const MAX_HEAD_BYTES: usize = 64 * 1024;

/// How the end of a body is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// By chunks, of which the last one is empty.
    Chunked,
    /// By its length.
    Length(u64),
    /// By the end of the connection.
    UntilClose,
}

/// What the head of a response says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Status.
    pub status: u16,
    /// How the body is marked off.
    pub framing: Framing,
    /// Whether the body is an event stream.
    pub is_events: bool,
    /// Whether the connection may be used again.
    pub keep_alive: bool,
    /// The `Retry-After` header.
    pub retry_after: Option<String>,
}

/// Reads a head. Nothing while it is incomplete; with its length when it is there.
pub fn read(bytes: &[u8]) -> Result<Option<(Head, usize)>, String> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let size = match response.parse(bytes) {
        Ok(httparse::Status::Complete(size)) => size,
        Ok(httparse::Status::Partial) if bytes.len() < MAX_HEAD_BYTES => return Ok(None),
        Ok(httparse::Status::Partial) => return Err("the head of the answer has no end".into()),
        Err(error) => return Err(format!("the head of the answer is no HTTP: {error}")),
    };
    let status = response.code.unwrap_or_default();
    let value = |name: &str| {
        let found = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        found.and_then(|header| str::from_utf8(header.value).ok()).map(str::trim)
    };
    let says = |name: &str, word: &str| value(name).is_some_and(|text| has_word(text, word));
    let framing = if matches!(status, 100..=199 | 204 | 304) {
        Framing::Length(0)
    } else if says("transfer-encoding", "chunked") {
        Framing::Chunked
    } else {
        match value("content-length").map(str::parse) {
            Some(Ok(length)) => Framing::Length(length),
            Some(Err(_)) => return Err("`Content-Length` is no number".into()),
            None => Framing::UntilClose,
        }
    };
    let stays = if response.version == Some(0) {
        says("connection", "keep-alive")
    } else {
        !says("connection", "close")
    };
    let is_events = value("content-type").is_some_and(|kind| starts_with(kind, "text/event-stream"));
    let keep_alive = stays && framing != Framing::UntilClose;
    let retry_after = value("retry-after").map(str::to_owned);
    Ok(Some((Head { status, framing, is_events, keep_alive, retry_after }, size)))
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(',').any(|part| part.trim().eq_ignore_ascii_case(word))
}

fn starts_with(text: &str, beginning: &str) -> bool {
    text.get(..beginning.len()).is_some_and(|start| start.eq_ignore_ascii_case(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str) -> Head {
        let (head, size) = read(text.as_bytes()).unwrap().unwrap();
        assert_eq!(size, text.len());
        head
    }

    #[test]
    fn bodies_are_marked_off_as_the_head_says() {
        let chunked = head(
            "HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n",
        );
        assert!(chunked.is_events && chunked.keep_alive && chunked.framing == Framing::Chunked);
        let sized =
            head("HTTP/1.1 429 Busy\r\nContent-Length: 12\r\nRetry-After: 3\r\nConnection: close\r\n\r\n");
        assert_eq!((sized.status, sized.framing, sized.keep_alive), (429, Framing::Length(12), false));
        assert_eq!(sized.retry_after.as_deref(), Some("3"));
        let open = head("HTTP/1.0 200 OK\r\n\r\n");
        assert_eq!((open.framing, open.keep_alive), (Framing::UntilClose, false));
        assert_eq!(head("HTTP/1.1 204 No\r\n\r\n").framing, Framing::Length(0));
    }

    #[test]
    fn what_is_no_head_is_refused() {
        assert!(read(b"hello\r\n\r\n").is_err());
        assert!(read(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n").is_err());
        assert!(read(b"HTTP/1.1 200 OK\r\n").unwrap().is_none());
        let endless = format!("HTTP/1.1 200 OK\r\nA: {}", "x".repeat(MAX_HEAD_BYTES));
        assert!(read(endless.as_bytes()).is_err());
    }
}
