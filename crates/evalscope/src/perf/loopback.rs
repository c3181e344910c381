//! As much of an HTTP server as a client of our own on loopback needs.

use serde_json::{Value, json};
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Bytes of a request at most.
const MOST: usize = 64 << 20;

/// The body of the next request; nothing when the client goes away.
pub async fn request(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> io::Result<Option<Vec<u8>>> {
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|end| end + 4) {
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length = head.split("content-length:").nth(1).and_then(|rest| rest.lines().next());
            let length: usize = length.and_then(|length| length.trim().parse().ok()).unwrap_or(0);
            if bytes.len() >= end + length {
                let rest = bytes.split_off(end + length);
                let body = std::mem::replace(bytes, rest).split_off(end);
                return Ok(Some(body));
            }
        }
        if bytes.len() > MOST || stream.read_buf(bytes).await? == 0 {
            return Ok(None);
        }
    }
}

/// An error object.
pub fn problem(message: &str) -> Value {
    json!({"error": {"message": message}})
}

/// Sends a whole answer.
pub async fn whole(stream: &mut TcpStream, status: u16, body: &Value) -> io::Result<()> {
    let body = body.to_string();
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all((head + &body).as_bytes()).await
}

/// Sends an event of a stream.
pub async fn event(stream: &mut TcpStream, data: &Value) -> io::Result<()> {
    let line = format!("data: {data}\n\n");
    stream.write_all(format!("{:x}\r\n{line}\r\n", line.len()).as_bytes()).await
}
