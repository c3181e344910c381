//! A server that does exactly what a closure says for each request, and counts.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;

/// What the server does for a request, one after the other. Without a `Close` the connection stays.
pub enum Act {
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Waits until so many others wait here too.
    Meet(Arc<Barrier>),
    /// Takes so long.
    Pause(Duration),
    /// Ends the connection in order.
    Close,
    /// Ends the connection with a reset.
    Reset,
    /// Does nothing more until the client goes away.
    Silence,
}

/// What it counted.
#[derive(Default)]
pub struct Seen {
    /// Connections.
    pub connections: AtomicU64,
    /// Requests.
    pub requests: AtomicU64,
    /// Requests that are being answered.
    in_flight: AtomicU64,
    /// Most of them.
    pub most_in_flight: AtomicU64,
    /// Heads of all requests, in the order in which they came.
    pub heads: Mutex<Vec<String>>,
    ended: AtomicBool,
}

/// A running server.
pub struct Server {
    address: std::net::SocketAddr,
    /// What it counted.
    pub seen: Arc<Seen>,
}

type Script = dyn Fn(u64, &str) -> Vec<Act> + Send + Sync;

impl Server {
    /// Starts a server: `script` gets the number of a request and its body.
    pub fn start(script: impl Fn(u64, &str) -> Vec<Act> + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, script): (Arc<Seen>, Arc<Script>) = (Arc::default(), Arc::new(script));
        let shared = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.ended.load(Ordering::SeqCst) {
                    return;
                }
                shared.connections.fetch_add(1, Ordering::SeqCst);
                let (seen, script) = (Arc::clone(&shared), Arc::clone(&script));
                std::thread::spawn(move || serve(stream.unwrap(), &seen, &*script));
            }
        });
        Server { address, seen }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.seen.ended.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(mut stream: TcpStream, seen: &Seen, script: &Script) {
    let _ = stream.set_nodelay(true);
    while let Some((head, body)) = request(&mut stream) {
        seen.heads.lock().unwrap().push(head);
        let number = seen.requests.fetch_add(1, Ordering::SeqCst);
        let in_flight = seen.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        seen.most_in_flight.fetch_max(in_flight, Ordering::SeqCst);
        let acts = script(number, &body);
        // The client may send its next request before this thread runs again.
        let last = acts.len().saturating_sub(1);
        let mut goes_on = true;
        for (place, act) in acts.into_iter().enumerate() {
            if place == last {
                seen.in_flight.fetch_sub(1, Ordering::SeqCst);
            }
            goes_on &= perform(act, &mut stream);
        }
        if !goes_on {
            return;
        }
    }
}

/// Does one thing; whether the connection lives on.
fn perform(act: Act, stream: &mut TcpStream) -> bool {
    match act {
        Act::Send(bytes) => stream.write_all(&bytes).is_ok(),
        Act::Meet(barrier) => {
            barrier.wait();
            true
        }
        Act::Pause(time) => {
            std::thread::sleep(time);
            true
        }
        Act::Close => false,
        Act::Reset => {
            let linger = nix::libc::linger { l_onoff: 1, l_linger: 0 };
            nix::sys::socket::setsockopt(&stream.as_fd(), nix::sys::socket::sockopt::Linger, &linger)
                .unwrap();
            false
        }
        Act::Silence => {
            let _ = stream.read(&mut [0; 64]);
            false
        }
    }
}

/// Head and body of the next request.
fn request(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    let mut piece = [0; 64 * 1024];
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let lower = head.to_lowercase();
            let length: usize = lower.split("content-length:").nth(1)?.lines().next()?.trim().parse().ok()?;
            if bytes.len() >= end + 4 + length {
                return Some((head, String::from_utf8_lossy(&bytes[end + 4..]).into_owned()));
            }
        }
        match stream.read(&mut piece) {
            Ok(count) if count > 0 => bytes.extend_from_slice(&piece[..count]),
            _ => return None,
        }
    }
}

/// A whole response with this status.
pub fn whole(status: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}")
        .into_bytes()
}

/// The head of a stream.
pub fn head() -> Vec<u8> {
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec()
}

/// A chunk of a stream with one event.
pub fn event(data: &str) -> Vec<u8> {
    let line = format!("data: {data}\n\n");
    format!("{:x}\r\n{line}\r\n", line.len()).into_bytes()
}

/// The end of a stream.
pub fn end() -> Vec<u8> {
    b"0\r\n\r\n".to_vec()
}

/// An event with this text.
pub fn said(text: &str) -> Vec<u8> {
    event(&format!(r#"{{"choices":[{{"index":0,"delta":{{"content":"{text}"}},"finish_reason":null}}]}}"#))
}

/// The events that end an answer of so many tokens.
pub fn finished(tokens: u64) -> Vec<u8> {
    let mut bytes = event(r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#);
    bytes.extend(event(&format!(
        r#"{{"choices":[],"usage":{{"prompt_tokens":7,"completion_tokens":{tokens},"total_tokens":9}}}}"#
    )));
    bytes.extend(event("[DONE]"));
    bytes
}

/// A stream of three tokens, as it should be.
pub fn good() -> Vec<u8> {
    let role = event(r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#);
    [head(), role, said("one"), said(" two"), said(" three"), finished(3), end()].concat()
}
