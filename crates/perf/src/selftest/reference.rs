//! A server that answers at a known pace and writes down when it sent what: the truth that figures are held against.
//!
//! Its times are those of its own writes, so that they contain its own lateness, as any server's do.

use crate::clock::{Clock, Stamp};
use crate::measure::Counts;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep_until;
use tokio_util::sync::CancellationToken;

const HEAD: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
/// How long no connection is taken after one could not be taken.
const AFTER_NONE: Duration = Duration::from_millis(10);
/// Bytes of a request's head at most.
const MAX_HEAD: usize = 64 * 1024;

/// How the server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Time until the first token.
    pub first: Duration,
    /// Time until each further one.
    pub each: Duration,
    /// Tokens of an answer.
    pub tokens: u64,
}

/// What the server did.
#[derive(Debug, Clone, Default)]
pub struct Truth {
    /// From the arrival of a request to its first token, in microseconds.
    pub ttft: Counts,
    /// Between tokens.
    pub gaps: Counts,
    /// Answers.
    pub answers: u64,
    /// Connections.
    pub connections: u64,
    /// Most requests at the same time.
    pub most_in_flight: u64,
    in_flight: u64,
}

/// A running server on a free port of loopback. It ends when it is dropped.
pub struct Reference {
    address: SocketAddr,
    truth: Arc<Mutex<Truth>>,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl Reference {
    /// Starts a server of this pace.
    pub fn start(pace: Pace) -> io::Result<Reference> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (truth, stop): (Arc<Mutex<Truth>>, _) = (Arc::default(), CancellationToken::new());
        let shared = Shared {
            pace,
            answer: Answer::new(pace).into(),
            truth: Arc::clone(&truth),
            clock: Clock::start(),
        };
        let stopped = stop.clone();
        let thread = std::thread::Builder::new().name("perf-reference".into()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = stopped.cancelled() => {}
                    _ = accept(listener, shared) => {}
                }
            });
        })?;
        Ok(Reference { address, truth, stop, thread: Some(thread) })
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// What it did so far.
    pub fn truth(&self) -> Truth {
        self.truth.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            // A panic in it has been printed.
            let _ = thread.join();
        }
    }
}

#[derive(Clone)]
struct Shared {
    pace: Pace,
    answer: Arc<Answer>,
    truth: Arc<Mutex<Truth>>,
    clock: Clock,
}

/// The parts of an answer, made once.
struct Answer {
    first: Vec<u8>,
    token: Vec<u8>,
    last: Vec<u8>,
    whole: Vec<u8>,
}

impl Answer {
    fn new(pace: Pace) -> Answer {
        let token =
            chunk(r#"{"id":"r","choices":[{"index":0,"delta":{"content":" word"},"finish_reason":null}]}"#);
        let role = chunk(r#"{"id":"r","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#);
        let mut last = chunk(r#"{"id":"r","choices":[{"index":0,"delta":{},"finish_reason":"length"}]}"#);
        last.extend(chunk(&format!(
            r#"{{"id":"r","choices":[],"usage":{{"prompt_tokens":1,"completion_tokens":{}}}}}"#,
            pace.tokens
        )));
        last.extend(chunk("[DONE]"));
        last.extend_from_slice(b"0\r\n\r\n");
        let first = [HEAD, &role, &token].concat();
        let mut whole = first.clone();
        (1..pace.tokens).for_each(|_| whole.extend_from_slice(&token));
        whole.extend_from_slice(&last);
        Answer { first, token, last, whole }
    }
}

fn chunk(data: &str) -> Vec<u8> {
    let line = format!("data: {data}\n\n");
    format!("{:x}\r\n{line}\r\n", line.len()).into_bytes()
}

async fn accept(listener: std::net::TcpListener, shared: Shared) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // There are no files left, or the client is gone: the next may be taken a moment later.
            tokio::time::sleep(AFTER_NONE).await;
            continue;
        };
        // Of a client that is gone it cannot be set.
        let _ = stream.set_nodelay(true);
        shared.note(|truth| truth.connections += 1);
        tokio::spawn(connection(stream, shared.clone()));
    }
}

async fn connection(mut stream: TcpStream, shared: Shared) -> io::Result<()> {
    let mut bytes = Vec::new();
    while request(&mut stream, &mut bytes).await? {
        let arrived = shared.clock.now();
        shared.note(|truth| {
            truth.in_flight += 1;
            truth.most_in_flight = truth.most_in_flight.max(truth.in_flight);
        });
        let sent = shared.answer(&mut stream, arrived).await;
        shared.note(|truth| truth.in_flight -= 1);
        sent?;
    }
    Ok(())
}

/// Takes a request out of the bytes that came; whether there is one.
async fn request(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> io::Result<bool> {
    loop {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut head = httparse::Request::new(&mut headers);
        let parsed = head.parse(bytes).map_err(io::Error::other)?;
        if let httparse::Status::Complete(size) = parsed {
            let length =
                head.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
            let length =
                length.and_then(|header| std::str::from_utf8(header.value).ok()?.trim().parse().ok());
            let end = size + length.unwrap_or(0_usize);
            if bytes.len() >= end {
                bytes.drain(..end);
                return Ok(true);
            }
        } else if bytes.len() > MAX_HEAD {
            return Err(io::Error::other("the head of a request has no end"));
        }
        if stream.read_buf(bytes).await? == 0 {
            return Ok(false);
        }
    }
}

impl Shared {
    fn note(&self, note: impl FnOnce(&mut Truth)) {
        note(&mut self.truth.lock().unwrap_or_else(PoisonError::into_inner));
    }

    async fn answer(&self, stream: &mut TcpStream, arrived: Stamp) -> io::Result<()> {
        if self.pace.first.is_zero() && self.pace.each.is_zero() {
            self.note(|truth| truth.answers += 1);
            return stream.write_all(&self.answer.whole).await;
        }
        let mut due = arrived;
        let mut times = Vec::with_capacity(self.pace.tokens as usize);
        for number in 0..self.pace.tokens {
            due = due.after(if number == 0 { self.pace.first } else { self.pace.each });
            sleep_until(self.clock.instant(due).into()).await;
            times.push(self.clock.now());
            let part = if number == 0 { &self.answer.first } else { &self.answer.token };
            stream.write_all(part).await?;
        }
        // Before the client can know that it is over.
        self.note(|truth| {
            truth.answers += 1;
            truth.ttft.add(times[0].since(arrived) / 1000);
            times.windows(2).for_each(|pair| truth.gaps.add(pair[1].since(pair[0]) / 1000));
        });
        stream.write_all(&self.answer.last).await
    }
}
