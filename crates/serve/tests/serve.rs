//! The server over a model that repeats what it is asked.
#![expect(clippy::unwrap_used, reason = "a test ends where its set-up fails")]

use async_trait::async_trait;
use evalscope_core::{
    CallFailure, Completion, FailureKind, FinishReason, GenerateRequest, Generation, Input, Secret, Usage,
};
use evalscope_model_api::{
    CallContext, Capabilities, Embeddings, Likely, Model, Prompt, ScoredText, ScoredToken,
};
use evalscope_serve::{Error, ServeOptions, Served, serve};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

/// Answers with what it was asked and how, in two pieces.
struct Parrot;

#[async_trait]
impl Model for Parrot {
    fn identity(&self) -> BTreeMap<String, String> {
        BTreeMap::new()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::of_replies(1, "a parrot")
    }

    async fn probe(&self, _: &CallContext) -> Result<Capabilities, CallFailure> {
        Ok(self.capabilities())
    }

    async fn generate(
        &self,
        request: &GenerateRequest,
        context: &CallContext,
    ) -> Result<Generation, CallFailure> {
        let text = match &request.input {
            Input::Text(text) => text.clone(),
            Input::Chat(messages) => messages.iter().map(|message| message.text()).collect(),
        };
        if text == "too long" {
            return Err(CallFailure::new(FailureKind::ContextTooLong, "the prompt has 9 tokens, and 8 fit"));
        }
        let sampling = &request.sampling;
        let how = format!(
            " t{:?} m{:?} s{:?} {:?}",
            sampling.temperature, sampling.max_tokens, sampling.seed, sampling.stop
        );
        if let Some(on_text) = &context.on_text {
            on_text(&text);
            on_text(&how);
        }
        let reply = Completion { text: text + &how, finish: FinishReason::Length, ..Completion::default() };
        let completions = vec![reply; sampling.n.unwrap_or(1) as usize];
        Ok(Generation { completions, usage: Some(Usage::new(3, 4)), ..Generation::default() })
    }

    async fn score_text(
        &self,
        prompt: &Prompt,
        likely: usize,
        _: &CallContext,
    ) -> Result<ScoredText, CallFailure> {
        let Prompt::Tokens(ids) = prompt else {
            return Err(CallFailure::new(FailureKind::BadRequest, "the text has no tokens"));
        };
        let best = |text: &str| vec![Likely { text: text.into(), logprob: -0.5 }; likely];
        let token = |(index, id): (usize, &u32)| ScoredToken {
            text: format!("<{id}>"),
            logprob: (index > 0).then(|| -f64::from(*id)),
            likely: if index > 0 { best("x") } else { Vec::new() },
        };
        Ok(ScoredText { tokens: ids.iter().enumerate().map(token).collect(), next: best("n") })
    }

    async fn embed(&self, texts: &[String], _: &CallContext) -> Result<Embeddings, CallFailure> {
        let vectors = texts.iter().map(|text| vec![text.len() as f32, -0.5]).collect();
        Ok(Embeddings { vectors, tokens: 9 })
    }
}

async fn start(token: Option<&str>) -> SocketAddr {
    let served = Served { name: "parrot".into(), model: Arc::new(Parrot), timeout: Duration::from_secs(60) };
    let options = ServeOptions { address: "127.0.0.1:0".parse().unwrap(), token: token.map(Secret::new) };
    let (sender, receiver) = oneshot::channel();
    tokio::spawn(serve(served, options, std::future::pending(), |address| sender.send(address).unwrap()));
    receiver.await.unwrap()
}

/// Status and body.
async fn ask(address: SocketAddr, head: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let request = format!(
        "{head} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n"
    );
    stream.write_all(format!("{request}\r\n{body}").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

async fn post(address: SocketAddr, path: &str, body: &Value) -> (u16, Value) {
    let (status, body) = ask(address, &format!("POST {path}"), &body.to_string()).await;
    (status, serde_json::from_str(&body).unwrap())
}

#[tokio::test]
async fn chat_and_text_are_answered_in_openais_form() {
    let address = start(None).await;
    let request = json!({"model": "parrot", "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}],
                         "temperature": 0, "max_tokens": 5, "stop": "!", "seed": 7, "n": 2});
    let (status, answer) = post(address, "/v1/chat/completions", &request).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["choices"][1]["message"]["content"], "hi tSome(0.0) mSome(5) sSome(7) [\"!\"]");
    assert_eq!(answer["choices"][1]["finish_reason"], "length");
    assert_eq!(answer["usage"]["total_tokens"], 7);
    let (_, answer) = post(address, "/v1/completions", &json!({"prompt": ["a", "b"], "echo": true})).await;
    assert_eq!(answer["choices"][1]["text"], "bb tSome(1.0) mSome(16) sNone []");
    assert_eq!(answer["usage"]["completion_tokens"], 8);
}

#[tokio::test]
async fn given_text_has_log_probabilities() {
    let address = start(None).await;
    let request =
        json!({"prompt": [[4, 5], [6]], "echo": true, "logprobs": 1, "max_tokens": 1, "temperature": 0});
    let (status, answer) = post(address, "/v1/completions", &request).await;
    assert_eq!(status, 200, "{answer}");
    let expected = json!({
        "tokens": ["<4>", "<5>", "n"], "token_logprobs": [null, -5.0, -0.5],
        "top_logprobs": [null, {"x": -0.5, "<5>": -5.0}, {"n": -0.5}], "text_offset": [0, 3, 6],
    });
    assert_eq!(answer["choices"][0]["logprobs"], expected);
    assert_eq!(answer["choices"][1]["text"], "<6>n");
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
    assert_eq!(text, "hi tSome(1.0) mNone sNone []");
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
        ("/v1/chat/completions", json!({"messages": user, "n": 2, "stream": true}), 400, "`n`"),
        ("/v1/completions", json!({"prompt": [1, 2]}), 400, "token ids"),
        ("/v1/completions", json!({"prompt": "a", "logprobs": 1}), 400, "`echo`"),
        ("/v1/completions", json!({"prompt": "a", "logprobs": 1, "echo": true}), 400, "`max_tokens` 0"),
        ("/v1/completions", json!({"prompt": "too long"}), 400, "9 tokens"),
        ("/v1/completions", json!({"prompt": "too long", "stream": true}), 400, "9 tokens"),
        ("/v1/elsewhere", json!({}), 404, "nothing"),
    ];
    for (path, body, status, word) in cases {
        let (seen, answer) = post(address, path, &body).await;
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(seen == status && message.contains(word), "{body}: {seen} {message}");
    }
    let (_, answer) = post(address, "/v1/completions", &json!({"prompt": "too long"})).await;
    assert_eq!(answer["error"]["code"], "context_length_exceeded");
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
    let served = Served { name: "parrot".into(), model: Arc::new(Parrot), timeout: Duration::from_secs(60) };
    let options = ServeOptions { address: "0.0.0.0:0".parse().unwrap(), token: None };
    let refused = serve(served, options, std::future::pending(), |_| panic!("it listens")).await;
    assert!(matches!(refused, Err(Error::NoToken { .. })));
}

#[tokio::test]
async fn a_request_under_another_name_is_refused_unless_it_has_the_token() {
    let head = "GET /v1/models HTTP/1.1\r\nHost: rebound.example\r\nAuthorization: Bearer key\r\nX-Rest:";
    let (without, with) = (start(None).await, start(Some("key")).await);
    assert_eq!(raw(without, head).await, 403);
    assert_eq!(raw(with, head).await, 200);
}

/// The status of a request with a head of its own.
async fn raw(address: SocketAddr, head: &str) -> u16 {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("{head} 1\r\nConnection: close\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_stop_ends_the_server_when_its_answers_are_given() {
    let served = Served { name: "parrot".into(), model: Arc::new(Parrot), timeout: Duration::from_secs(60) };
    let options = ServeOptions { address: "127.0.0.1:0".parse().unwrap(), token: None };
    let (sender, receiver) = oneshot::channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = async { stopped.await.unwrap_or_default() };
    let serving = tokio::spawn(serve(served, options, stopped, |address| sender.send(address).unwrap()));
    let address = receiver.await.unwrap();
    assert_eq!(ask(address, "GET /v1/models", "").await.0, 200);
    stop.send(()).unwrap();
    assert!(serving.await.unwrap().is_ok());
    assert!(TcpStream::connect(address).await.is_err());
}
