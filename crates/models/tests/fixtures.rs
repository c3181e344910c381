//! Bytes as servers send them, for every provider: each file in `fixtures/<provider>/` against its `.expected`.

mod support;

use evalscope_models::{PROVIDERS, Provider};
use evalscope_testserver::{Fault, Server};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use support::{ANSWERED, KEY, context, options, path, request};

/// Reply or failure as it stands in an `.expected` file.
async fn answer(provider: &Provider, server: &Server, stream: bool) -> Value {
    let mut options = options(provider.kind, server);
    options.retries = 0;
    options.stream = stream;
    let model = evalscope_models::open(options).expect("the address is one");
    match model.generate(&request(provider.kind, "2 + 2?"), &context()).await {
        Ok(mut generation) => {
            assert!(generation.timing.latency_ms > 0.0);
            assert_eq!(generation.timing.ttft_ms.is_some(), stream);
            generation.timing = Default::default();
            let mut value = json!(generation);
            value.as_object_mut().expect("a generation is an object").remove("timing");
            value
        }
        Err(failure) => {
            assert_eq!(failure.attempts, 1);
            assert_eq!(failure.message.lines().count(), 1);
            let mut value = json!({"kind": failure.kind, "message": failure.message});
            if let Some(status) = failure.status {
                value["status"] = status.into();
            }
            value
        }
    }
}

/// What the server sends: whole, or byte by byte.
fn fault(file: &Path, pieces: usize) -> Fault {
    let body = std::fs::read_to_string(file).expect("the file is text").replace("{key}", KEY);
    let name = file.file_name().and_then(|name| name.to_str()).expect("it has a name");
    let status = name.strip_prefix("error-").and_then(|rest| rest.split('-').next()?.parse().ok());
    let content_type = match file.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "sse" => "text/event-stream; charset=utf-8",
        "ndjson" => "application/x-ndjson",
        "html" => "text/html",
        _ => "application/json",
    };
    let pieces = body.as_bytes().chunks(pieces).map(<[u8]>::to_vec).collect();
    Fault::Bytes { status: status.unwrap_or(200), content_type, pieces }
}

fn is_stream(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "sse" || extension == "ndjson")
}

fn bodies(provider: &Provider) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(provider.name);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("each provider has fixtures")
        .map(|entry| entry.expect("the folder can be read").path())
        .collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension != "expected"));
    files.sort();
    files
}

#[tokio::test]
async fn every_fixture_is_read_as_expected() {
    for provider in &PROVIDERS {
        let server = support::echoing();
        let files = bodies(provider);
        assert!(files.len() > 3, "{} has few fixtures", provider.name);
        for file in files {
            let stream = is_stream(&file);
            let site = format!("{}{}", server.origin(), path(provider.kind, stream));
            let text = std::fs::read_to_string(file.with_extension("expected")).unwrap();
            let expected: Value = serde_json::from_str(&text.replace("{site}", &site)).unwrap();
            for pieces in [usize::MAX, 1] {
                server.script([fault(&file, pieces)]);
                let actual = answer(provider, &server, stream).await;
                assert_eq!(actual, expected, "{} in pieces of {pieces}:\n{actual:#}", file.display());
            }
        }
    }
}

#[tokio::test]
async fn a_stream_that_was_not_asked_for_is_read_and_so_is_a_body_instead_of_a_stream() {
    for provider in PROVIDERS.iter().filter(|provider| ANSWERED.contains(&provider.kind)) {
        let server = support::echoing();
        let stream = bodies(provider).into_iter().find(|file| file.ends_with("vllm-stream.sse"));
        let model = evalscope_models::open(options(provider.kind, &server)).unwrap();
        if let Some(file) = stream {
            server.script([fault(&file, usize::MAX)]);
            let reply = model.generate(&request(provider.kind, "a"), &context()).await.unwrap();
            assert!(!reply.text().is_empty() && reply.timing.ttft_ms.is_some());
        }
        let mut streaming = options(provider.kind, &server);
        streaming.stream = true;
        let model = evalscope_models::open(streaming).unwrap();
        let body = r#"{"choices":[{"index":0,"message":{"content":"a"},"text":"a","finish_reason":"stop"}]}"#;
        server.script([Fault::json(body)]);
        let reply = model.generate(&request(provider.kind, "a"), &context()).await.unwrap();
        assert_eq!((reply.text(), reply.timing.ttft_ms), ("a", None));
    }
}

/// What the loopback brings of a reply must not depend on the protocol: a failure that passes is tried again, a
/// stream that is cut anywhere is a failure or whole.
#[tokio::test]
async fn every_protocol_repeats_and_notices_torn_streams() {
    for provider in &PROVIDERS {
        let server = support::echoing();
        let file = bodies(provider).into_iter().find(|file| is_stream(file) && is_whole(file)).unwrap();
        let mut given = options(provider.kind, &server);
        given.stream = true;
        let model = evalscope_models::open(given.clone()).unwrap();
        server.script([Fault::status(529), Fault::busy("0"), fault(&file, usize::MAX)]);
        let whole = model.generate(&request(provider.kind, "a"), &context()).await.unwrap();
        assert_eq!(server.calls(), 3);
        given.retries = 0;
        let model = evalscope_models::open(given).unwrap();
        let bytes = std::fs::read(&file).unwrap();
        for length in (0..bytes.len()).step_by(41) {
            let Fault::Bytes { status, content_type, .. } = fault(&file, usize::MAX) else { unreachable!() };
            server.script([Fault::Bytes { status, content_type, pieces: vec![bytes[..length].to_vec()] }]);
            match model.generate(&request(provider.kind, "a"), &context()).await {
                Ok(reply) => assert_eq!(reply.text(), whole.text(), "{} at {length}", provider.name),
                Err(failure) => {
                    assert!(failure.kind.is_transient(), "{} at {length}: {failure}", provider.name)
                }
            }
        }
    }
}

fn is_whole(file: &Path) -> bool {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.starts_with("stream.") || name.starts_with("vllm-stream.") || name.starts_with("openai-stream.")
}
