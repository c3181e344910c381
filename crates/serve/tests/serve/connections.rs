//! Addresses that are taken, and connections that say nothing or half of it.

use crate::parrot::{ask, start, start_until};
use evalscope_serve::{Error, ServeOptions, take};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

const HALF_A_HEAD: &str = "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\n";
const HALF_A_BODY: &str = "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                           Content-Length: 100\r\n\r\n{";

async fn said(address: SocketAddr, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn a_stop_ends_the_server_when_its_answers_are_given() {
    let (stop, stopped) = oneshot::channel::<()>();
    let (address, serving) = start_until(None, async { stopped.await.unwrap_or_default() }).await;
    assert_eq!(ask(address, "GET /v1/models", "").await.0, 200);
    stop.send(()).unwrap();
    assert!(serving.await.unwrap().is_ok());
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_stop_waits_for_no_half_sent_request() {
    for half in [HALF_A_HEAD, HALF_A_BODY, ""] {
        let (stop, stopped) = oneshot::channel::<()>();
        let (address, serving) = start_until(None, async { stopped.await.unwrap_or_default() }).await;
        let _open = said(address, half).await;
        // The server has taken that connection before it answers this one.
        assert_eq!(ask(address, "GET /v1/models", "").await.0, 200);
        stop.send(()).unwrap();
        let ended = tokio::time::timeout(Duration::from_secs(20), serving).await;
        assert!(ended.is_ok_and(|ended| ended.unwrap().is_ok()), "{half:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_never_sent_whole_is_ended() {
    let address = start(None).await;
    for (half, expected) in [(HALF_A_HEAD, ""), ("", ""), (HALF_A_BODY, "HTTP/1.1 408")] {
        let mut answer = String::new();
        let ended = async {
            said(address, half).await.read_to_string(&mut answer).await.unwrap_or_default();
        };
        assert!(tokio::time::timeout(Duration::from_secs(120), ended).await.is_ok(), "{half:?}");
        assert!(answer.starts_with(expected), "{half:?}: {answer}");
    }
}

#[tokio::test]
async fn an_address_in_use_is_known_before_anything_is_served() {
    let busy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let options = |address| ServeOptions { address, token: None };
    assert!(matches!(take(options(busy.local_addr().unwrap())), Err(Error::Listen { .. })));
}
