//! The server over a model that repeats what it is asked.
#![expect(clippy::unwrap_used, reason = "a test ends where its set-up fails")]

mod connections;
mod log_probabilities;
mod parrot;
mod usual_clients;
mod wrong_fields;

use evalscope_serve::{Error, ServeOptions, take};
use parrot::{ask, post, start};
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn chat_and_text_are_answered_in_openais_form() {
    let address = start(None).await;
    let request = json!({"model": "parrot", "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}],
                         "temperature": 0, "max_tokens": 5, "stop": "!", "seed": 7, "n": 2});
    let (status, answer) = post(address, "/v1/chat/completions", &request).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["choices"][1]["message"]["content"], "hi tSome(0.0) mSome(5) kNone [\"!\"]");
    assert_eq!(answer["choices"][1]["finish_reason"], "length");
    assert_eq!(answer["usage"]["total_tokens"], 7);
    let (_, answer) = post(address, "/v1/completions", &json!({"prompt": ["a", "b"], "echo": true})).await;
    assert_eq!(answer["choices"][1]["text"], "bb tSome(1.0) mSome(16) kNone []");
    assert_eq!(answer["usage"]["completion_tokens"], 8);
}

#[tokio::test]
async fn texts_become_vectors() {
    let address = start(None).await;
    let (status, answer) =
        post(address, "/v1/embeddings", &json!({"input": ["ab", "c"], "model": "parrot"})).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["data"][1], json!({"object": "embedding", "index": 1, "embedding": [1.0, -0.5]}));
    assert_eq!(answer["usage"], json!({"prompt_tokens": 9, "total_tokens": 9}));
    let request = json!({"input": "ab", "encoding_format": "base64", "user": "me"});
    // 2.0 and -0.5 as 32-bit floats.
    assert_eq!(post(address, "/v1/embeddings", &request).await.1["data"][0]["embedding"], "AAAAQAAAAL8=");
    let nothing = json!({"input": "ab", "encoding_format": null, "dimensions": null, "user": null});
    assert_eq!(post(address, "/v1/embeddings", &nothing).await.1["data"][0]["embedding"], json!([2.0, -0.5]));
    for tokens in [json!([1, 2]), json!([[1], [2]])] {
        let (status, answer) = post(address, "/v1/embeddings", &json!({"input": tokens})).await;
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(status == 400 && message.contains("token ids are not taken"), "{message}");
    }
    for request in [
        json!({"input": []}),
        json!({"input": vec!["a"; 2049]}),
        json!({"input": "a", "dimensions": 2}),
        json!({"input": [[1]]}),
    ] {
        assert_eq!(post(address, "/v1/embeddings", &request).await.0, 400, "{request}");
    }
}

#[tokio::test]
async fn streams_end_with_reason_usage_and_done() {
    let address = start(None).await;
    let request = json!({"messages": [{"role": "user", "content": "hi"}], "stream": true,
                         "stream_options": {"include_usage": true}});
    let (status, body) = ask(address, "POST /v1/chat/completions", &request.to_string()).await;
    assert_eq!(status, 200);
    let events: Vec<&str> = body.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
    assert_eq!(events.last(), Some(&"[DONE]"));
    let events: Vec<Value> =
        events[..events.len() - 1].iter().map(|event| serde_json::from_str(event).unwrap()).collect();
    let text: String =
        events.iter().filter_map(|event| event["choices"][0]["delta"]["content"].as_str()).collect();
    assert_eq!(text, "hi tSome(1.0) mNone kNone []");
    assert_eq!(events[events.len() - 2]["choices"][0]["finish_reason"], "length");
    assert_eq!(events[events.len() - 1]["usage"]["prompt_tokens"], 3);
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_by_name() {
    let address = start(None).await;
    let user = json!([{"role": "user", "content": "hi"}]);
    let cases = [
        ("/v1/chat/completions", json!({"messages": user, "tools": [{}]}), 400, "`tools`"),
        ("/v1/chat/completions", json!({"messages": []}), 400, "`messages`"),
        ("/v1/chat/completions", json!({"messages": user, "model": "owl"}), 404, "`owl`"),
        ("/v1/completions", json!({"prompt": "too long"}), 400, "9 tokens"),
        ("/v1/completions", json!({"prompt": "too long", "stream": true}), 400, "9 tokens"),
        ("/v1/completions", json!({"prompt": ["a", "b"], "stream": true}), 400, "one prompt"),
        ("/v1/completions", json!({"prompt": "a", "echo": true, "stream": true}), 400, "`echo`"),
        ("/v1/completions", json!({"prompt": "a", "logprobs": 21}), 400, "at most 20"),
        ("/v1/completions", json!({"prompt": vec!["a"; 2049]}), 400, "2049 prompts"),
        ("/v1/completions", json!({"prompt": {"a": 1}}), 400, "list of token ids"),
        ("/v1/completions", json!({"prompt": "a", "n": 129}), 400, "128"),
        ("/v1/completions", json!({"prompt": "a", "best_of": 3, "n": 2}), 400, "`best_of`"),
        ("/v1/chat/completions", json!({"messages": user, "top_logprobs": 2}), 400, "`logprobs: true`"),
        (
            "/v1/chat/completions",
            json!({"messages": user, "response_format": {"type": "json_object"}}),
            400,
            "`response_format`",
        ),
        (
            "/v1/chat/completions",
            json!({"messages": user, "tool_choice": "required"}),
            400,
            "`tool_choice` can only be \"none\" or \"auto\" here",
        ),
        (
            "/v1/chat/completions",
            json!({"messages": user, "add_generation_prompt": false}),
            400,
            "`add_generation_prompt` can only be true here, not false",
        ),
        (
            "/v1/completions",
            json!({"prompt": "a", "add_special_tokens": false}),
            400,
            "`add_special_tokens` can only be true",
        ),
        (
            "/v1/completions",
            json!({"prompt": "a", "skip_special_tokens": false}),
            400,
            "`skip_special_tokens`",
        ),
        (
            "/v1/completions",
            json!({"prompt": "a", "spaces_between_special_tokens": false}),
            400,
            "`spaces_between_special_tokens`",
        ),
        ("/v1/elsewhere", json!({}), 404, "nothing"),
    ];
    for (path, body, status, word) in cases {
        let (seen, answer) = post(address, path, &body).await;
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(seen == status && message.contains(word), "{body}: {seen} {message}");
    }
    let (_, answer) = post(address, "/v1/completions", &json!({"prompt": "too long"})).await;
    assert_eq!(answer["error"]["code"], "context_length_exceeded");
    let (_, answer) = post(address, "/v1/completions", &json!({"prompt": "a", "n": 129})).await;
    assert_eq!(answer["error"]["param"], "n");
    assert_eq!(ask(address, "GET /v1/completions", "").await.0, 405);
    let (status, body) = ask(address, "POST /v1/completions", "{").await;
    assert!(status == 400 && body.contains("error"), "{status} {body}");
}

#[tokio::test]
async fn a_token_is_asked_for_and_needed_beyond_loopback() {
    let address = start(Some("open sesame")).await;
    assert_eq!(ask(address, "GET /health", "").await, (200, r#"{"status":"ok"}"#.to_owned()));
    assert_eq!(ask(address, "GET /v1/models", "").await.0, 401);
    let with = |token: &str| format!("GET /v1/models HTTP/1.1\r\nAuthorization: Bearer {token}\r\nX-Rest:");
    assert_eq!(ask(address, &with("open sesam"), "").await.0, 401);
    let (status, body) = ask(address, &with("open sesame"), "").await;
    assert!(status == 200 && body.contains("\"parrot\""), "{status} {body}");
    for (scheme, status) in [("bearer", 200), ("BEARER ", 200), ("Basic", 401), ("", 401)] {
        let head = format!("GET /v1/models HTTP/1.1\r\nAuthorization: {scheme} open sesame\r\nX-Rest:");
        assert_eq!(ask(address, &head, "").await.0, status, "{scheme}");
    }
    let refused = take(ServeOptions { address: "0.0.0.0:0".parse().unwrap(), token: None });
    assert!(matches!(refused, Err(Error::NoToken { .. })));
}

#[tokio::test]
async fn a_request_under_another_name_is_refused_unless_it_has_the_token() {
    let head = "GET /v1/models HTTP/1.1\r\nHost: rebound.example\r\nAuthorization: Bearer key\r\nX-Rest:";
    let (without, with) = (start(None).await, start(Some("key")).await);
    assert_eq!(raw(without, head).await, 403);
    assert_eq!(raw(with, head).await, 200);
}

#[tokio::test]
async fn a_request_that_is_too_long_is_told_the_limit() {
    let address = start(None).await;
    let body = format!("{{\"prompt\": \"{}\"}}", "a".repeat(64 << 20));
    let (status, answer) = ask(address, "POST /v1/completions", &body).await;
    assert!(status == 413 && answer.contains("64 MiB"), "{status} {answer}");
}

/// The status of a request with a head of its own.
async fn raw(address: SocketAddr, head: &str) -> u16 {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("{head} 1\r\nConnection: close\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}
