//! Asks a server on loopback whether it serves: one GET, of which only the status line is read. It is no HTTP client.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// A server that is busy loading may take its time; it is asked again anyway.
const PATIENCE: Duration = Duration::from_secs(5);
/// A status line is short, and what is not one must not fill the memory.
const LONGEST_LINE: u64 = 1024;

/// Whether the page answers with 200.
pub fn is_healthy(port: u16, page: &str) -> bool {
    status(port, page).is_ok_and(|status| status == Some(200))
}

fn status(port: u16, page: &str) -> std::io::Result<Option<u16>> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let request = format!("GET {page} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut line = String::new();
    BufReader::new(stream.take(LONGEST_LINE)).read_line(&mut line)?;
    let mut words = line.split_ascii_whitespace();
    let is_http = words.next().is_some_and(|version| version.starts_with("HTTP/1."));
    Ok(words.next().filter(|_| is_http).and_then(|code| code.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    fn answered(answer: &'static str) -> bool {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let serving = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            assert_eq!(lines.next().unwrap().unwrap(), "GET /health HTTP/1.1");
            stream.write_all(answer.as_bytes()).unwrap();
        });
        let healthy = is_healthy(port, "/health");
        serving.join().unwrap();
        healthy
    }

    #[test]
    fn only_200_is_healthy() {
        assert!(answered("HTTP/1.1 200 OK\r\n\r\n"));
        assert!(!answered("HTTP/1.1 503 Service Unavailable\r\n\r\n"));
        assert!(!answered("SSH-2.0-200 200\r\n"));
        assert!(!answered(""));
    }
}
