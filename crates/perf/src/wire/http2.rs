//! HTTP/2 on `h2`, over the same stamped socket. A connection carries one request at a time, so that what its last read
//! brought belongs to that one answer.

use crate::wire::head::{Framing, Head};
use crate::wire::socket::{Arrival, Stamps};
use bytes::Bytes;
use h2::client::{Builder, ResponseFuture, SendRequest};
use h2::{Ping, PingPong};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;

/// Bytes that a server may send before they are read: no answer should have to wait for that.
const WINDOW: u32 = 16 << 20;

/// A connection.
pub struct Http2 {
    sender: SendRequest<Bytes>,
    stamps: Stamps,
    scheme: &'static str,
    ping: Option<PingPong>,
    task: JoinHandle<()>,
}

impl Http2 {
    /// Agrees on HTTP/2 with a server that is reached by `http` or `https`. Must be called on a thread with a local set of tasks.
    pub async fn open<S>(stamps: Stamps, stream: S, scheme: &'static str) -> Result<Http2, h2::Error>
    where
        S: AsyncRead + AsyncWrite + Unpin + 'static,
    {
        let mut builder = Builder::new();
        builder.enable_push(false).initial_window_size(WINDOW).initial_connection_window_size(WINDOW);
        let (sender, mut connection) = builder.handshake(stream).await?;
        let ping = connection.ping_pong();
        let task = tokio::task::spawn_local(async move {
            // Why it ended is told to the request that is on it.
            let _ = connection.await;
        });
        Ok(Http2 { sender, stamps, scheme, ping, task })
    }

    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        !self.task.is_finished()
    }

    /// Waits for the answer to a ping, which only a server gives that speaks HTTP/2.
    pub async fn answers(&mut self) -> Result<(), String> {
        let Some(ping) = &mut self.ping else { return Ok(()) };
        ping.ping(Ping::opaque()).await.map(drop).map_err(|error| error.to_string())
    }

    /// When the bytes of its last read came.
    pub fn last(&self) -> Arrival {
        self.stamps.get()
    }

    /// Sends a request, given as HTTP/1.1 has it.
    pub async fn ask(&mut self, request: &[u8]) -> Result<ResponseFuture, String> {
        let (request, body) = translated(request, self.scheme)?;
        let sender = self.sender.clone().ready().await.map_err(|error| error.to_string())?;
        self.sender = sender;
        let sent = self.sender.send_request(request, body.is_empty());
        let (response, mut stream) = sent.map_err(|error| error.to_string())?;
        if !body.is_empty() {
            stream.send_data(body, true).map_err(|error| error.to_string())?;
        }
        Ok(response)
    }
}

impl Drop for Http2 {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The head of a response, as the reader of responses knows it.
pub fn head_of<T>(response: &http::Response<T>) -> Head {
    let value = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
    Head {
        status: response.status().as_u16(),
        framing: Framing::UntilClose,
        is_events: value("content-type")
            .is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/event-stream")),
        keep_alive: true,
        retry_after: value("retry-after").map(str::to_owned),
    }
}

/// A request of HTTP/1.1 as one of HTTP/2. Connections are no matter of requests there, and the host is in the address.
fn translated(bytes: &[u8], scheme: &str) -> Result<(http::Request<()>, Bytes), String> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Request::new(&mut headers);
    let parsed = head.parse(bytes).map_err(|error| error.to_string())?;
    let httparse::Status::Complete(size) = parsed else { return Err("the request has no end".into()) };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let host = head.headers.iter().find(|header| header.name.eq_ignore_ascii_case("host"));
    let host = host.map(|header| text(header.value)).unwrap_or_default();
    let address = format!("{scheme}://{host}{}", head.path.unwrap_or("/"));
    let mut request = http::Request::builder().method(head.method.unwrap_or("POST")).uri(address);
    for header in head.headers.iter() {
        let is_left_out = ["host", "connection"].iter().any(|name| header.name.eq_ignore_ascii_case(name));
        if !is_left_out {
            request = request.header(header.name, header.value);
        }
    }
    let request = request.version(http::Version::HTTP_2).body(()).map_err(|error| error.to_string())?;
    Ok((request, Bytes::copy_from_slice(&bytes[size..])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_keeps_what_it_says() {
        let bytes = b"POST /v1/x?y=1 HTTP/1.1\r\nHost: h:8000\r\nX-Key: 5\r\nContent-Length: 2\r\n\r\n{}";
        let (request, body) = translated(bytes, "https").unwrap();
        assert_eq!(request.uri().to_string(), "https://h:8000/v1/x?y=1");
        assert_eq!((request.headers()["x-key"].as_bytes(), &body[..]), (&b"5"[..], &b"{}"[..]));
        assert!(!request.headers().contains_key("host"));
        assert!(translated(b"POST /x HTTP/1.1\r\n", "http").is_err());
    }
}
