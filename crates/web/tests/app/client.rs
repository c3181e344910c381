//! A server on a free port, and requests to it.

use evalscope_core::Secret;
use evalscope_web::{AppOptions, Server};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;

/// A running server; it ends with the test's process.
pub struct App {
    address: SocketAddr,
}

/// What came back.
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

impl App {
    pub fn start(outputs: &Path, token: Option<&str>) -> App {
        App::with(AppOptions { token: token.map(Secret::new), ..options(outputs) })
    }

    /// Serves voting on this file of reviews, and nothing else.
    pub fn voting(reviews: &Path) -> App {
        let outputs = reviews.parent().unwrap();
        App::with(AppOptions { voting: Some(reviews.to_owned()), ..options(outputs) })
    }

    fn with(options: AppOptions) -> App {
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let server = Server::bind(options).await.unwrap();
                sender.send(server.url.clone()).unwrap();
                server.run(std::future::pending()).await.unwrap();
            });
        });
        let url = receiver.recv().unwrap();
        let authority = url.trim_start_matches("http://").split('/').next().unwrap();
        App { address: authority.parse().unwrap() }
    }

    /// A request with these header lines beside `Host`.
    pub fn send(&self, method: &str, path: &str, headers: &[&str], body: &str) -> Reply {
        let host = format!("Host: {}", self.address);
        let has_host = headers.iter().any(|line| line.starts_with("Host:"));
        let mut lines: Vec<&str> = headers.to_vec();
        if !has_host {
            lines.push(&host);
        }
        let head = format!(
            "{method} {path} HTTP/1.1\r\n{}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            lines.join("\r\n"),
            body.len()
        );
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Reply { status, head: head.to_lowercase(), body: unchunked(head, body) }
    }

    pub fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], "")
    }
}

fn options(outputs: &Path) -> AppOptions {
    AppOptions {
        outputs: outputs.to_owned(),
        host: "127.0.0.1".into(),
        port: 0,
        token: None,
        names: Vec::new(),
        launcher: None,
        state: outputs.join(".state"),
        voting: None,
    }
}

fn unchunked(head: &str, body: &str) -> String {
    if !head.to_lowercase().contains("transfer-encoding: chunked") {
        return body.to_owned();
    }
    let mut rest = body;
    let mut text = String::new();
    while let Some((size, more)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            break;
        }
        text.push_str(&more[..size]);
        rest = &more[size + 2..];
    }
    text
}
