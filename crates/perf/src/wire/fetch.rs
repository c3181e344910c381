//! One request of little importance: figures of a server, or a summary for somebody who collects them.

use crate::clock::Clock;
use crate::wire::body::Unframe;
use crate::wire::connect::{Connecting, Connection, Connector};
use crate::wire::head;
use crate::wire::target::Target;
use std::future::poll_fn;
use std::path::Path;
use std::time::Duration;

/// Bytes of an answer at most.
const MOST: usize = 64 << 20;

/// What is asked.
pub struct Asking<'a> {
    /// `GET` or `POST`.
    pub method: &'a str,
    /// Where.
    pub target: &'a Target,
    /// Certificates (PEM) that are trusted besides those of this machine.
    pub certificates: Option<&'a Path>,
    /// Headers, besides those that every request has.
    pub headers: &'a [(&'a str, String)],
    /// Body, JSON where there is one.
    pub body: &'a [u8],
}

/// Asks, on a connection of its own, and returns status and body; why not. User and password of the address are sent
/// where no header says who asks.
pub async fn fetch(asking: &Asking<'_>, timeout: Duration) -> Result<(u16, Vec<u8>), String> {
    let answered = tokio::time::timeout(timeout, ask(asking, timeout)).await;
    answered.map_err(|_| format!("no answer within {} s", timeout.as_secs_f64()))?
}

async fn ask(asking: &Asking<'_>, timeout: Duration) -> Result<(u16, Vec<u8>), String> {
    let certificates = asking.certificates.map(Path::to_owned);
    let how = Connecting { timeout, certificates, ..Connecting::default() };
    let connector = Connector::new(asking.target, &how, Clock::start()).await;
    let mut connection = connector.map_err(|error| error.to_string())?.connect().await?;
    let mut request = format!(
        "{} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n",
        asking.method,
        asking.target.path,
        asking.target.authority(),
        asking.body.len()
    );
    if !asking.body.is_empty() {
        request.push_str("Content-Type: application/json\r\n");
    }
    let is_named = asking.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    let basic = asking.target.authorization().filter(|_| !is_named).map(|basic| ("Authorization", basic));
    for (name, value) in asking.headers.iter().chain(&basic) {
        if value.chars().any(char::is_control) {
            return Err(format!("the header `{name}` cannot be sent"));
        }
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    let bytes = [request.as_bytes(), asking.body].concat();
    connection.send(&bytes).await.map_err(|error| error.to_string())?;
    answer(&mut connection).await
}

async fn answer(connection: &mut Connection) -> Result<(u16, Vec<u8>), String> {
    let (mut begun, mut body, mut buffer) = (Vec::new(), Vec::new(), vec![0; 64 * 1024]);
    let mut found: Option<(u16, Unframe)> = None;
    loop {
        let received = poll_fn(|context| connection.poll_receive(context, &mut buffer)).await;
        let count = received.map_err(|error| error.to_string())?.0;
        if count == 0 {
            return match found {
                Some((status, unframe)) if unframe.ends_with_connection() => Ok((status, body)),
                _ => Err("the connection was closed in the middle of the answer".into()),
            };
        }
        begun.extend_from_slice(&buffer[..count]);
        if found.is_none() {
            let Some((head, size)) = head::read(&begun)? else { continue };
            begun.drain(..size);
            found = Some((head.status, Unframe::new(head.framing)));
        }
        let Some((status, unframe)) = &mut found else { continue };
        let mut rest = begun.as_slice();
        while !rest.is_empty() {
            let (data, count) = unframe.next(rest)?;
            if count == 0 {
                break;
            }
            body.extend_from_slice(data);
            rest = &rest[count..];
        }
        begun.clear();
        if unframe.is_done() {
            return Ok((*status, body));
        }
        if body.len() > MOST {
            return Err(format!("the answer is larger than {} MiB", MOST >> 20));
        }
    }
}
