//! HTTP/2 and encryption, against a server on loopback whose certificate nobody else trusts.
//!
//! The certificate and its key in `tls/` were made with OpenSSL for these tests and protect nothing.

use crate::{closed, plan, ran};
use evalscope_core::Diagnose;
use evalscope_perf::output::export::{Collector, send};
use evalscope_perf::{Http, Signals, run};
use h2::server::SendResponse;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

const EVENTS: [&str; 4] = [
    "data: {\"choices\":[{\"delta\":{\"content\":\"one\"}}]}\n\n",
    "data: {\"choices\":[{\"delta\":{\"content\":\" two\"}}]}\n\n",
    "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n",
];

fn tls_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/loads/tls").join(name)
}

/// What a server does with a request.
#[derive(Clone, Copy, PartialEq)]
enum Does {
    Answers,
    Refuses,
    Resets,
    /// Answers, and ends the stream with an error.
    AnswersAndResets,
    /// Answers, and does not end the stream.
    AnswersForEver,
}

/// A server; its port and the connections that it saw.
fn start(http: Http, is_encrypted: bool, does: Does) -> (u16, Arc<AtomicU64>) {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&seen);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            let acceptor = is_encrypted.then(|| acceptor(http));
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                counted.fetch_add(1, Ordering::SeqCst);
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    match acceptor {
                        None => serve(http, stream, does).await,
                        // A client that does not trust it goes away.
                        Some(acceptor) => {
                            if let Ok(stream) = acceptor.accept(stream).await {
                                serve(http, stream, does).await;
                            }
                        }
                    }
                });
            }
        });
    });
    (port, seen)
}

fn acceptor(http: Http) -> tokio_rustls::TlsAcceptor {
    let certificates = CertificateDer::pem_file_iter(tls_file("certificate.pem")).unwrap();
    let certificates: Vec<CertificateDer<'static>> = certificates.map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(tls_file("key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let mut config = builder.unwrap().with_no_client_auth().with_single_cert(certificates, key).unwrap();
    if http == Http::Two {
        config.alpn_protocols = vec![b"h2".to_vec()];
    }
    Arc::new(config).into()
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(http: Http, stream: S, does: Does) {
    match http {
        Http::One => one(stream).await,
        Http::Two => {
            let mut connection = h2::server::handshake(stream).await.unwrap();
            while let Some(Ok((request, respond))) = connection.accept().await {
                assert_eq!(request.uri().path(), "/v1/chat/completions");
                tokio::spawn(async move {
                    let mut body = request.into_body();
                    while let Some(Ok(bytes)) = body.data().await {
                        body.flow_control().release_capacity(bytes.len()).unwrap();
                    }
                    two(respond, does);
                });
            }
        }
    }
}

fn two(mut respond: SendResponse<bytes::Bytes>, does: Does) {
    let status = if does == Does::Refuses { 429 } else { 200 };
    let response = http::Response::builder().status(status).header("content-type", "text/event-stream");
    let response = response.header("retry-after", "3").body(()).unwrap();
    let mut stream = respond.send_response(response, false).unwrap();
    let is_whole = !matches!(does, Does::Refuses | Does::Resets);
    for event in EVENTS.iter().take(if is_whole { EVENTS.len() } else { 1 }) {
        stream.send_data(bytes::Bytes::from_static(event.as_bytes()), false).unwrap();
    }
    match does {
        Does::Resets => stream.send_reset(h2::Reason::INTERNAL_ERROR),
        Does::Answers | Does::Refuses => stream.send_data(bytes::Bytes::new(), true).unwrap(),
        Does::AnswersAndResets => drop(tokio::spawn(async move {
            // What was sent has to be on its way: a reset goes before it.
            tokio::time::sleep(Duration::from_millis(50)).await;
            stream.send_reset(h2::Reason::INTERNAL_ERROR);
        })),
        Does::AnswersForEver => drop(tokio::spawn(async move {
            let _open = stream;
            std::future::pending::<()>().await;
        })),
    }
}

async fn one<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) {
    let mut buffer = vec![0; 64 * 1024];
    while stream.read(&mut buffer).await.is_ok_and(|count| count > 0) {
        let body = EVENTS.concat();
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length";
        let answer = format!("{head}: {}\r\n\r\n{body}", body.len());
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

#[test]
fn every_way_to_connect_brings_the_same_answers() {
    for (http, is_encrypted) in [(Http::Two, false), (Http::Two, true), (Http::One, true)] {
        let (port, seen) = start(http, is_encrypted, Does::Answers);
        let scheme = if is_encrypted { "https" } else { "http" };
        let place = tempfile::tempdir().unwrap();
        let mut plan = plan(&format!("{scheme}://localhost:{port}/v1"), closed(3, 30), place.path());
        plan.server.http = http;
        plan.server.certificates = Some(tls_file("certificate.pem"));
        let (stage, rows) = ran(&plan);
        assert_eq!(stage.requests.ok, 30, "{http:?} {is_encrypted}: {:?}", stage.requests);
        assert!(
            rows.iter().all(|row| row.output_tokens == Some(2) && row.chunks == 2 && row.ttft_ms.is_some())
        );
        assert_eq!(seen.load(Ordering::SeqCst), 3, "connections are kept");
    }
}

#[test]
fn a_certificate_that_nobody_knows_is_not_trusted() {
    let (port, _) = start(Http::One, true, Does::Answers);
    let place = tempfile::tempdir().unwrap();
    let mut plan = plan(&format!("https://localhost:{port}/v1"), closed(1, 1), place.path());
    plan.server.check = true;
    let error = run(&plan, &|_| {}, &Signals::default()).err().unwrap().to_string();
    assert!(error.contains("certificate"), "{error}");
}

#[test]
fn a_server_without_http_2_is_an_error_before_anything_is_sent() {
    for (http, is_error) in [(Http::One, true), (Http::Two, false)] {
        let (port, _) = start(http, false, Does::Answers);
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("out");
        let mut plan = plan(&format!("http://127.0.0.1:{port}/v1"), closed(1, 4), &folder);
        (plan.server.http, plan.server.check) = (Http::Two, true);
        match run(&plan, &|_| {}, &Signals::default()) {
            Err(error) => {
                assert!(is_error && error.to_string().contains("does not speak HTTP/2"), "{error}");
                assert!(error.hint().unwrap().contains("--http 2") && !folder.exists());
            }
            Ok(_) => assert!(!is_error),
        }
    }
}

#[test]
fn failures_keep_their_classes_over_http_2() {
    for (does, class) in [(Does::Refuses, "http_429"), (Does::Resets, "reset")] {
        let (port, _) = start(Http::Two, false, does);
        let place = tempfile::tempdir().unwrap();
        let mut plan = plan(&format!("http://127.0.0.1:{port}/v1"), closed(1, 4), place.path());
        plan.server.http = Http::Two;
        let (stage, rows) = ran(&plan);
        assert_eq!(stage.requests.classes.get(class), Some(&4), "{:?}", stage.requests);
        assert!(does != Does::Refuses || rows[0].retry_after.as_deref() == Some("3"));
    }
}

#[test]
fn an_answer_that_is_there_needs_no_proper_end_of_its_stream() {
    for does in [Does::AnswersAndResets, Does::AnswersForEver] {
        let (port, _) = start(Http::Two, false, does);
        let place = tempfile::tempdir().unwrap();
        let mut plan = plan(&format!("http://127.0.0.1:{port}/v1"), closed(1, 2), place.path());
        plan.server.http = Http::Two;
        plan.server.read_timeout = Duration::from_secs(5);
        let (stage, rows) = ran(&plan);
        assert_eq!(stage.requests.ok, 2, "{:?}", stage.requests);
        // What is waited for afterwards is no time of the answer: it would be in each.
        assert!(rows.iter().any(|row| row.e2e_ms < 900.0), "{rows:?}");
    }
}

#[test]
fn collectors_and_exporters_may_have_a_certificate_of_their_own() {
    let (port, _) = start(Http::One, true, Does::Answers);
    let place = tempfile::tempdir().unwrap();
    let mut plan = plan(&format!("https://localhost:{port}/v1"), closed(1, 1), place.path());
    plan.server.certificates = Some(tls_file("certificate.pem"));
    let summary = run(&plan, &|_| {}, &Signals::default()).unwrap().summary;
    let collector = Collector::Otlp { url: format!("https://localhost:{port}"), headers: Vec::new() };
    let error = send(&collector, &summary, None).unwrap_err().to_string();
    assert!(error.contains("certificate"), "{error}");
    send(&collector, &summary, plan.server.certificates.as_deref()).unwrap();
    // It answers, although with something else than figures.
    plan.metrics = vec![format!("https://localhost:{port}")];
    let error = run(&plan, &|_| {}, &Signals::default()).err().unwrap().to_string();
    assert!(error.contains("Prometheus"), "{error}");
}
