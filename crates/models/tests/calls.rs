//! Calls over a real socket: what is sent, repetition, deadlines, cancellation, limits, broken streams.

mod support;

use evalscope_core::{FailureKind, GenerateRequest, Input, Message, Sampling, Secret};
use evalscope_model_api::CallContext;
use evalscope_models::{EndpointOptions, PROVIDERS, ProviderKind};
use evalscope_testserver::{Fault, Server, StreamStyle};
use serde_json::json;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use support::{ANSWERED, KEY, LONG, ask, chat, context, echoing, nobody, options, request, scoring};

#[tokio::test]
async fn what_is_asked_arrives() {
    for provider in ANSWERED {
        let server = echoing();
        server.record();
        let mut given = options(provider, &server);
        given.headers = vec![("X-Team".into(), "evals".into())];
        let model = evalscope_models::open(given).unwrap();
        let sampling = Sampling {
            max_tokens: Some(3),
            temperature: Some(0.0),
            n: Some(2),
            stop: vec!["\n".into()],
            extra_body: serde_json::from_value(json!({"top_k": 1, "max_tokens": 2})).unwrap(),
            ..Sampling::default()
        };
        let request = GenerateRequest::new(support::input(provider, "one two\nthree"), sampling);
        let reply = model.generate(&request, &context()).await.unwrap();
        let texts: Vec<&str> = reply.completions.iter().map(|reply| reply.text.as_str()).collect();
        assert_eq!(texts, ["you said", "you said"]);
        assert_eq!(reply.completions[0].finish, evalscope_core::FinishReason::Length);
        assert_eq!(reply.usage.unwrap().output_tokens, 4);
        assert_eq!(reply.served_model.as_deref(), Some("m"));
        let seen = server.seen().remove(0);
        assert_eq!(seen.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
        assert_eq!(seen.header("x-team"), Some("evals"));
        assert_eq!(seen.header("content-type"), Some("application/json"));
        assert!(seen.header("user-agent").unwrap().starts_with("evalscope/"));
        let body = seen.json();
        assert_eq!(body["max_tokens"], 2, "extra_body goes last");
        assert_eq!((&body["top_k"], &body["n"], &body["stop"]), (&json!(1), &json!(2), &json!(["\n"])));
        assert!(body.get("stream").is_none());
    }
}

#[tokio::test]
async fn passing_failures_are_tried_again() {
    let server = echoing();
    let model = chat(&server);
    server.script([
        Fault::status(500),
        Fault::busy("0"),
        Fault::Cut(10),
        Fault::html(200, "<title>warming up</title>"),
        Fault::status(503),
    ]);
    assert_eq!(ask(&*model, "a").await.unwrap().text(), "you said a");
    assert_eq!(server.calls(), 6);
    server.always(Fault::status(502));
    let failure = ask(&*model, "a").await.unwrap_err();
    assert_eq!((failure.kind, failure.attempts, failure.status), (FailureKind::Server, 6, Some(502)));
    assert_eq!(server.calls(), 12);
}

#[tokio::test]
async fn lasting_failures_are_not_tried_again() {
    let server = echoing();
    let model = chat(&server);
    for (fault, kind) in [
        (Fault::status(400), FailureKind::BadRequest),
        (Fault::status(401), FailureKind::Unauthorized),
        (Fault::status(404), FailureKind::NotFound),
        (Fault::says(400, "this model's maximum context length is 8 tokens"), FailureKind::ContextTooLong),
        // Ollama's.
        (Fault::says(400, "the input length exceeds the context length"), FailureKind::ContextTooLong),
        // Ollama's from 0.32, which hands llama-server's on as a text.
        (Fault::says(400, of_llama_server()), FailureKind::ContextTooLong),
        (Fault::Redirect("https://elsewhere.example/v1".into()), FailureKind::NotFound),
    ] {
        let before = server.calls();
        server.script([fault]);
        let failure = ask(&*model, "a").await.unwrap_err();
        assert_eq!((failure.kind, failure.attempts), (kind, 1), "{failure}");
        assert_eq!(server.calls() - before, 1);
    }
}

fn of_llama_server() -> String {
    let message = "request (9 tokens) exceeds the available context size (8 tokens), try increasing it";
    json!({"error": {"code": 400, "message": message, "type": "exceed_context_size_error"}}).to_string()
}

#[tokio::test]
async fn retry_after_is_waited_for() {
    let server = echoing();
    let model = chat(&server);
    server.script([Fault::busy("0.3")]);
    let started = Instant::now();
    ask(&*model, "a").await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(300));
    assert_eq!(server.calls(), 2);
}

#[tokio::test]
async fn a_wait_beyond_the_deadline_ends_the_call_at_once() {
    let server = echoing();
    let model = chat(&server);
    for asked in ["3600", "1e300"] {
        let before = server.calls();
        server.script([Fault::busy(asked)]);
        let started = Instant::now();
        let failure = ask(&*model, "a").await.unwrap_err();
        assert!(started.elapsed() < LONG / 2);
        assert_eq!((failure.kind, failure.attempts), (FailureKind::RateLimited, 1));
        assert_eq!(failure.retry_after_s, asked.parse().ok());
        assert_eq!(server.calls() - before, 1);
    }
}

#[tokio::test]
async fn the_deadline_holds_wherever_the_server_stops() {
    let server = echoing();
    for stream in [false, true] {
        let mut given = options(ProviderKind::OpenaiChat, &server);
        given.stream = stream;
        let model = evalscope_models::open(given).unwrap();
        server.script([Fault::Silence, Fault::Stall(0), Fault::Stall(30)]);
        let short = CallContext::with_timeout(Duration::from_secs(1));
        let asked = request(ProviderKind::OpenaiChat, "a");
        let calls = futures::future::join_all((0..3).map(|_| model.generate(&asked, &short)));
        for failure in calls.await.into_iter().map(Result::unwrap_err) {
            assert_eq!((failure.kind, failure.attempts), (FailureKind::Timeout, 1), "{failure}");
            assert!(failure.message.ends_with("/v1/chat/completions: no answer within 1 s"), "{failure}");
        }
    }
    assert_eq!(server.calls(), 6);
}

#[tokio::test]
async fn the_deadline_includes_repetitions() {
    let server = echoing();
    let mut given = options(ProviderKind::OpenaiChat, &server);
    given.retries = u32::MAX;
    given.timeout = Duration::from_secs(1);
    server.always(Fault::status(500));
    let model = evalscope_models::open(given).unwrap();
    let failure = ask(&*model, "a").await.unwrap_err();
    assert!(matches!(failure.kind, FailureKind::Server | FailureKind::Timeout), "{failure}");
    assert!(failure.attempts > 1);
}

#[tokio::test]
async fn a_cancelled_call_ends_and_is_not_repeated() {
    let server = Arc::new(echoing());
    let model = chat(&server);
    for fault in [Fault::Silence, Fault::Stall(20), Fault::busy("30")] {
        let before = server.calls();
        server.script([fault]);
        let context = context();
        let cancel = context.cancel.clone();
        let call = {
            let model = Arc::clone(&model);
            tokio::spawn(
                async move { model.generate(&request(ProviderKind::OpenaiChat, "a"), &context).await },
            )
        };
        server.calls_reach(before + 1).await;
        cancel.cancel();
        let failure = tokio::time::timeout(LONG / 2, call).await.unwrap().unwrap().unwrap_err();
        assert_eq!(failure.kind, FailureKind::Cancelled);
        assert_eq!(server.calls(), before + 1);
    }
    let cancelled = context();
    cancelled.cancel.cancel();
    let before = server.calls();
    let failure = model.generate(&request(ProviderKind::OpenaiChat, "a"), &cancelled).await.unwrap_err();
    assert_eq!((failure.kind, failure.attempts, server.calls()), (FailureKind::Cancelled, 0, before));
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let server = echoing();
    let mut given = options(ProviderKind::OpenaiChat, &server);
    given.retries = 0;
    let model = evalscope_models::open(given).unwrap();
    server.script([Fault::Endless]);
    let failure = ask(&*model, "a").await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Server);
    assert!(failure.message.ends_with("the answer is larger than 64 MiB"), "{failure}");
    // An event without end is cut off sooner, as the time to read it grows with the square of its length.
    server.script([Fault::events(vec![vec![b'x'; 1 << 20]; 5])]);
    let failure = ask(&*model, "a").await.unwrap_err();
    assert!(failure.message.contains("larger than"), "{failure}");
}

#[tokio::test]
async fn streams_are_read_however_they_are_cut() {
    for provider in ANSWERED {
        let server = Server::start(|_| "<答案> 是 B，因为 🙂 ok".into());
        let mut given = options(provider, &server);
        given.stream = true;
        let model = evalscope_models::open(given).unwrap();
        for piece_bytes in [None, Some(1), Some(2), Some(3), Some(7), Some(4096)] {
            for without_done in [false, true] {
                server.stream_style(StreamStyle { piece_bytes, without_done });
                let told = Arc::new(Mutex::new(String::new()));
                let listener = Arc::clone(&told);
                let context = CallContext {
                    on_text: Some(Arc::new(move |text| listener.lock().unwrap().push_str(text))),
                    ..context()
                };
                let reply = model.generate(&request(provider, "a"), &context).await.unwrap();
                assert_eq!(reply.text(), "<答案> 是 B，因为 🙂 ok");
                assert_eq!(*told.lock().unwrap(), reply.text());
                let first = reply.timing.ttft_ms.unwrap();
                assert!(first > 0.0 && first <= reply.timing.latency_ms);
                assert!(reply.timing.itl_ms.unwrap() <= reply.timing.latency_ms);
                assert_eq!(reply.usage.unwrap().output_tokens, 5);
            }
        }
    }
}

#[tokio::test]
async fn torn_streams_are_failures_and_tried_again() {
    let server = echoing();
    let mut given = options(ProviderKind::OpenaiChat, &server);
    given.stream = true;
    given.retries = 1;
    let model = evalscope_models::open(given).unwrap();
    for bytes in [0, 1, 40, 150, 300] {
        server.script([Fault::Cut(bytes)]);
        assert_eq!(ask(&*model, "a").await.unwrap().text(), "you said a", "{bytes}");
        server.script([Fault::Cut(bytes), Fault::Cut(bytes)]);
        let failure = ask(&*model, "a").await.unwrap_err();
        assert_eq!((failure.kind, failure.attempts), (FailureKind::Network, 2), "{bytes}: {failure}");
    }
}

/// Every kind of answer that is none, streamed or not, from either endpoint.
#[tokio::test]
async fn answers_that_break_off_or_hold_an_error_are_tried_again() {
    let overloaded = r#"{"error": {"message": "upstream is overloaded", "code": 503}}"#;
    for (provider, stream) in ANSWERED.into_iter().flat_map(|provider| [(provider, false), (provider, true)])
    {
        let server = echoing();
        let mut given = options(provider, &server);
        (given.stream, given.retries) = (stream, 1);
        let model = evalscope_models::open(given).unwrap();
        for (fault, kind) in [
            (Fault::Reset, FailureKind::Network),
            (Fault::Cut(0), FailureKind::Network),
            (Fault::Unfinished, if stream { FailureKind::Network } else { FailureKind::Server }),
            (Fault::ErrorInside(overloaded), FailureKind::Server),
            (Fault::json(""), FailureKind::Server),
        ] {
            server.script([fault.clone()]);
            let reply = model.generate(&request(provider, "a"), &context()).await.unwrap();
            assert_eq!(reply.text(), "you said a", "{fault:?}");
            server.script([fault.clone(), fault.clone()]);
            let failure = model.generate(&request(provider, "a"), &context()).await.unwrap_err();
            assert_eq!((failure.kind, failure.attempts), (kind, 2), "{fault:?}: {failure}");
        }
        // So are those that score a text.
        if provider == ProviderKind::OpenaiCompletions {
            let right = model.loglikelihood(&scoring("one", &[" two"]), &context()).await.unwrap();
            for fault in [Fault::Reset, Fault::Unfinished, Fault::ErrorInside(overloaded), Fault::EmptyReply]
            {
                server.script([fault]);
                assert_eq!(model.loglikelihood(&scoring("one", &[" two"]), &context()).await.unwrap(), right);
            }
        }
    }
}

#[tokio::test]
async fn a_reply_without_a_token_is_asked_for_again_and_taken_when_it_stays() {
    for (provider, stream) in ANSWERED.into_iter().flat_map(|provider| [(provider, false), (provider, true)])
    {
        let server = echoing();
        let mut given = options(provider, &server);
        given.stream = stream;
        let model = evalscope_models::open(given.clone()).unwrap();
        server.script([Fault::EmptyReply, Fault::status(500), Fault::EmptyReply]);
        let reply = model.generate(&request(provider, "a"), &context()).await.unwrap();
        assert_eq!((reply.text(), server.calls()), ("you said a", 4));
        server.always(Fault::EmptyReply);
        let reply = model.generate(&request(provider, "a"), &context()).await.unwrap();
        assert_eq!((reply.text(), server.calls()), ("", 8));
        // Nor does it fail for want of tries.
        given.retries = 1;
        let model = evalscope_models::open(given).unwrap();
        assert_eq!(model.generate(&request(provider, "a"), &context()).await.unwrap().text(), "");
        assert_eq!(server.calls(), 10);
        server.heal();
        server.script([Fault::EmptyReply, Fault::status(500)]);
        let failure = model.generate(&request(provider, "a"), &context()).await.unwrap_err();
        assert_eq!((failure.kind, failure.status), (FailureKind::Server, Some(500)));
    }
}

#[tokio::test]
async fn a_model_that_ends_at_once_is_asked_once() {
    let server = Server::start(|_| String::new());
    assert_eq!(ask(&*chat(&server), "a").await.unwrap().text(), "");
    assert_eq!(server.calls(), 1);
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_connection_that_is_not_made_in_time_is_a_failure() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    // Nobody accepts: when the queue is full, Linux lets further connections wait.
    let mut waiting = Vec::new();
    while let Ok(made) =
        tokio::time::timeout(Duration::from_secs(1), tokio::net::TcpStream::connect(address)).await
    {
        waiting.push(made.unwrap());
    }
    let mut given = EndpointOptions::new(ProviderKind::OpenaiChat, format!("http://{address}/v1"), "m");
    (given.retries, given.connect_timeout) = (0, Duration::from_millis(50));
    let model = evalscope_models::open(given).unwrap();
    let failure = ask(&*model, "a").await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Network);
    assert_eq!(failure.message, format!("http://{address}/v1/chat/completions: no connection in time"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_calls_at_once() {
    let server = echoing();
    server.delay(Duration::from_millis(20));
    let model = chat(&server);
    let calls = (0..1000).map(|n| {
        let model = Arc::clone(&model);
        tokio::spawn(async move { ask(&*model, &format!("number {n}")).await })
    });
    for (n, call) in calls.collect::<Vec<_>>().into_iter().enumerate() {
        assert_eq!(call.await.unwrap().unwrap().text(), format!("you said number {n}"));
    }
    assert_eq!(server.calls(), 1000);
}

#[tokio::test]
async fn secrets_stay_secret() {
    let server = echoing();
    server.fail_when("", 401);
    let url = server.url().replace("://", "://me:pass-word-1@") + "?token=query-token-2";
    let bodies = [
        format!("{KEY} pass-word-1 query-token-2 header-secret-3"),
        format!("<title>{KEY}</title>"),
        // A quote is cut after 300 characters, which is in the middle of the key here.
        format!("{} {KEY}", "x ".repeat(147)),
    ];
    for provider in &PROVIDERS {
        let mut given = EndpointOptions::new(provider.kind, url.clone(), "m");
        given.headers = vec![("x-key".into(), "header-secret-3".into())];
        given.retries = 0;
        for key in [None, Some(Secret::new(KEY))] {
            given.key = key;
            let model = evalscope_models::open(given.clone()).unwrap();
            let mut texts = vec![format!("{:?}", model.identity()), format!("{:?}", given.key)];
            for fault in bodies.iter().flat_map(|body| [Fault::html(500, &**body), Fault::html(200, &**body)])
            {
                server.script([fault]);
                let failure = model.generate(&request(provider.kind, "a"), &context()).await.unwrap_err();
                texts.push(failure.message);
            }
            texts.push(model.generate(&request(provider.kind, "a"), &context()).await.unwrap_err().message);
            texts.push(model.probe(&context()).await.unwrap_err().message);
            for text in texts {
                for secret in ["pass-word-1", "query-token-2", "header-secret-3", "me:"] {
                    assert!(!text.contains(secret), "{text}");
                }
                assert!(given.key.is_none() || !text.contains(&KEY[..4]), "{text}");
            }
        }
    }
}

#[tokio::test]
async fn credentials_in_the_address_are_sent_unless_there_is_a_key() {
    let server = echoing();
    server.record();
    let mut given = options(ProviderKind::OpenaiChat, &server);
    given.urls = vec![server.url().replace("://", "://me:pw@") + "?api-version=1"];
    let with_key = evalscope_models::open(given.clone()).unwrap();
    given.key = None;
    let without_key = evalscope_models::open(given).unwrap();
    for model in [&with_key, &without_key] {
        ask(&**model, "a").await.unwrap();
    }
    let seen = server.seen();
    assert_eq!(seen[0].header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    assert_eq!(seen[1].header("authorization"), Some("Basic bWU6cHc="));
    assert_eq!(seen[1].query.as_deref(), Some("api-version=1"));
    assert_eq!(with_key.identity(), without_key.identity());
    assert_eq!(with_key.identity()["url"], server.url());
}

#[tokio::test]
async fn where_users_go_first_the_key_goes_to_addresses_without_one() {
    for (provider, header) in
        [(ProviderKind::OpenaiChat, "authorization"), (ProviderKind::Anthropic, "x-api-key")]
    {
        let (named, nameless) = (echoing(), echoing());
        let with_user = named.url().replace("://", "://me:pw@");
        let mut given = options(provider, &named);
        given.key = Some(Secret::new(KEY).from_source("A_KEY"));
        (given.urls, given.user_first) = (vec![with_user.clone(), nameless.url()], true);
        let model = evalscope_models::open(given.clone()).unwrap();
        assert_eq!(model.key_source(), Some("A_KEY"));
        named.record();
        nameless.record();
        model.probe(&context()).await.unwrap();
        let (named, nameless) = (named.seen().remove(0), nameless.seen().remove(0));
        assert_eq!(named.header("authorization"), Some("Basic bWU6cHc="));
        let has_key =
            [&named, &nameless].map(|seen| seen.header(header).is_some_and(|value| value.ends_with(KEY)));
        assert_eq!(has_key, [false, true]);
        given.urls = vec![with_user];
        assert_eq!(evalscope_models::open(given).unwrap().key_source(), None);
    }
}

#[tokio::test]
async fn a_header_of_the_user_goes_before_the_key() {
    let server = echoing();
    server.record();
    let mut given = options(ProviderKind::OpenaiChat, &server);
    given.headers = vec![("Authorization".into(), "Token t".into())];
    ask(&*evalscope_models::open(given).unwrap(), "a").await.unwrap();
    assert_eq!(server.seen()[0].header("authorization"), Some("Token t"));
}

#[tokio::test]
async fn nobody_at_the_address_is_said_in_one_line() {
    let (_socket, url) = nobody();
    let mut given = EndpointOptions::new(ProviderKind::OpenaiChat, url.clone(), "m");
    given.retries = 1;
    given.retry_delay = Duration::from_millis(1);
    let model = evalscope_models::open(given).unwrap();
    let failure = ask(&*model, "a").await.unwrap_err();
    assert_eq!(failure.message, format!("{url}/chat/completions: connection refused"));
    assert_eq!((failure.kind, failure.attempts), (FailureKind::Network, 2));
}

#[tokio::test]
async fn a_chat_endpoint_refuses_raw_text() {
    let server = echoing();
    let model = evalscope_models::open(options(ProviderKind::OpenaiChat, &server)).unwrap();
    let raw = request(ProviderKind::OpenaiCompletions, "a");
    let failure = model.generate(&raw, &context()).await.unwrap_err();
    assert_eq!((failure.kind, server.calls()), (FailureKind::Unsupported, 0));
}

#[tokio::test]
async fn a_completions_endpoint_gets_a_conversation_as_plain_text() {
    let server = echoing();
    let model = evalscope_models::open(options(ProviderKind::OpenaiCompletions, &server)).unwrap();
    let mut talk = request(ProviderKind::OpenaiChat, "a");
    talk.input = Input::Chat(vec![Message::system("s"), Message::user("u")]);
    assert_eq!(model.generate(&talk, &context()).await.unwrap().text(), "you said s\n\nu");
}

#[tokio::test]
async fn an_answer_without_a_choice_is_a_failure_and_no_empty_reply() {
    let server = echoing();
    server.always(Fault::Bytes {
        status: 200,
        content_type: "application/json",
        pieces: vec![b"{\"choices\":[]}".to_vec()],
    });
    let model = evalscope_models::open(options(ProviderKind::OpenaiChat, &server)).unwrap();
    let failure = model.generate(&request(ProviderKind::OpenaiChat, "a"), &context()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Server);
}

#[test]
fn a_bad_address_key_or_header_is_a_user_error_with_a_hint() {
    use evalscope_core::{Diagnose, Kind};
    let good = EndpointOptions::new(ProviderKind::OpenaiChat, "http://h", "m");
    let with_header = |name: &str, value: &str| EndpointOptions {
        headers: vec![(name.into(), value.into())],
        ..good.clone()
    };
    for wrong in [
        EndpointOptions { urls: vec!["h:8000".into()], ..good.clone() },
        EndpointOptions { key: Some(Secret::new("sk-\n1")), ..good.clone() },
        with_header("a b", "c"),
        with_header("a", "se\ncret"),
    ] {
        let Err(error) = evalscope_models::open(wrong) else { panic!("it was accepted") };
        assert_eq!(error.kind(), Kind::User);
        assert!(error.hint().is_some());
        assert!(!error.to_string().contains("cret") && !error.to_string().contains("sk-"), "{error}");
    }
}
