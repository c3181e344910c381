//! What is sent, for every provider: each file in `requests/` holds path, headers and body of the same conversation.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod support;

use evalscope_core::{
    Content, FailureKind, GenerateRequest, Image, Input, Message, Part, Role, Sampling, Tool, ToolCall,
};
use evalscope_models::{EndpointOptions, PROVIDERS, ProviderKind};
use evalscope_testserver::Server;
use serde_json::{Value, json};
use std::path::Path;
use support::{KEY, context, echoing, options};
use tempfile::TempDir;

/// The smallest PNG there is: one transparent pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\
\0\0\0\rIDATx\x9cc\0\x01\0\0\x05\0\x01\r\n-\xb4\0\0\0\0IEND\xaeB`\x82";
const PNG_SHA256: &str = "2b1da20a14b97d8f01f0a809d9f7d53eeefc59df6312eaa5a0c8b5c1228d1d7f";

/// A folder with this file in it.
fn folder_with(name: &str, bytes: &[u8]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), bytes).unwrap();
    folder
}

fn image(folder: &TempDir, name: &str, sha256: &str) -> Image {
    Image::File { path: folder.path().join(name), sha256: sha256.into() }
}

fn look_at(image: Image) -> Message {
    let text = Part::Text { text: "What is this?".into() };
    let content = Content::Parts(vec![text, Part::Image { image }]);
    Message { content, ..Message::user("") }
}

fn asks(messages: Vec<Message>) -> GenerateRequest {
    GenerateRequest::new(Input::Chat(messages), Sampling::default())
}

/// System message, image, two calls of tools, their answers, a last question.
fn conversation(image: Image) -> GenerateRequest {
    let call = |id: &str, name: &str, arguments: &str| ToolCall {
        id: id.into(),
        name: name.into(),
        arguments: arguments.into(),
    };
    let calls = vec![call("call_1", "weather", r#"{"city":"Bern"}"#), call("call_2", "today", "")];
    let answer =
        |id: &str, text: &str| Message { tool_call_id: Some(id.into()), ..Message::new(Role::Tool, text) };
    let mut request = asks(vec![
        Message::system("Be brief."),
        look_at(image),
        Message { tool_calls: calls, ..Message::new(Role::Assistant, "") },
        answer("call_1", "rain"),
        answer("call_2", "Monday"),
        Message::new(Role::Assistant, "Rain."),
        Message::user("Thanks."),
    ]);
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}});
    request.tools =
        vec![Tool { name: "weather".into(), description: "Tells the weather.".into(), parameters: schema }];
    request.sampling =
        Sampling { max_tokens: Some(64), temperature: Some(0.5), top_p: Some(0.9), ..Sampling::default() };
    request
}

/// What the server saw, without what differs from run to run.
fn seen(server: &Server) -> Value {
    let seen = server.seen().pop().unwrap();
    let names = ["authorization", "x-api-key", "x-goog-api-key", "anthropic-version", "x-team"];
    let headers = names.iter().filter_map(|name| Some(((*name).to_owned(), json!(seen.header(name)?))));
    json!({
        "path": seen.path,
        "query": seen.query,
        "headers": Value::Object(headers.collect()),
        "body": seen.json(),
    })
}

#[tokio::test]
async fn every_protocol_sends_what_it_should() {
    let folder = folder_with("pixel.dat", PNG);
    for provider in PROVIDERS.iter().filter(|provider| provider.kind != ProviderKind::OpenaiCompletions) {
        let server = echoing();
        server.record();
        let mut given = options(provider.kind, &server);
        given.stream = provider.kind == ProviderKind::Gemini;
        given.headers = vec![("x-team".into(), "evals".into())];
        let model = evalscope_models::open(given).unwrap();
        let request = conversation(image(&folder, "pixel.dat", PNG_SHA256));
        let _ = model.generate(&request, &context()).await;
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/requests").join(provider.name);
        let actual = seen(&server);
        let text = std::fs::read_to_string(file.with_extension("json")).unwrap();
        let expected: Value = serde_json::from_str(&text.replace("{key}", KEY)).unwrap();
        assert_eq!(actual, expected, "{}:\n{actual:#}", provider.name);
    }
}

#[tokio::test]
async fn extra_body_goes_into_what_is_there_and_null_takes_away() {
    for (kind, extra, pointer, expected) in [
        (ProviderKind::OpenaiChat, json!({"temperature": null}), "/temperature", None),
        (
            ProviderKind::Anthropic,
            json!({"thinking": {"type": "enabled"}}),
            "/thinking/type",
            Some("enabled"),
        ),
        (
            ProviderKind::Gemini,
            json!({"generationConfig": {"responseMimeType": "text/plain"}}),
            "/generationConfig/responseMimeType",
            Some("text/plain"),
        ),
        (ProviderKind::Ollama, json!({"options": {"num_ctx": "8"}}), "/options/num_ctx", Some("8")),
    ] {
        let server = echoing();
        server.record();
        let model = evalscope_models::open(options(kind, &server)).unwrap();
        let mut request = asks(vec![Message::user("a")]);
        request.sampling.temperature = Some(0.5);
        request.sampling.extra_body = serde_json::from_value(extra).unwrap();
        let _ = model.generate(&request, &context()).await;
        let body = seen(&server)["body"].take();
        assert_eq!(body.pointer(pointer).and_then(Value::as_str), expected, "{kind:?}: {body}");
        let kept = ["/temperature", "/generationConfig/temperature", "/options/temperature"];
        let kept = kept.iter().any(|pointer| body.pointer(pointer) == Some(&json!(0.5)));
        assert_eq!(kept, pointer != "/temperature", "{kind:?}: {body}");
    }
}

#[tokio::test]
async fn addresses_are_taken_in_every_form() {
    let forms: [(ProviderKind, &[&str]); 5] = [
        (ProviderKind::OpenaiResponses, &["", "/", "/v1", "/v1/", "/v1/responses"]),
        (ProviderKind::Anthropic, &["", "/", "/v1", "/v1/", "/v1/messages"]),
        (ProviderKind::Gemini, &["", "/", "/v1beta", "/v1beta/", "/v1beta/models"]),
        (ProviderKind::Ollama, &["", "/", "/api", "/api/chat", "/v1", "/v1/"]),
        (ProviderKind::OpenaiChat, &["", "/", "/v1", "/v1/chat/completions/"]),
    ];
    for (kind, ends) in forms {
        let server = echoing();
        server.record();
        for end in ends {
            let url = format!("{}{end}", server.origin());
            let mut given = EndpointOptions::new(kind, url, "m");
            given.retries = 0;
            let model = evalscope_models::open(given).unwrap();
            let _ = model.generate(&asks(vec![Message::user("a")]), &context()).await;
            assert_eq!(server.seen().pop().unwrap().path, support::path(kind, false), "{end}");
        }
    }
    let server = echoing();
    server.record();
    let url = format!("{}/anthropic?a=b", server.origin());
    let model = evalscope_models::open(EndpointOptions::new(ProviderKind::Anthropic, url, "m")).unwrap();
    let _ = model.generate(&asks(vec![Message::user("a")]), &context()).await;
    let seen = server.seen().pop().unwrap();
    assert_eq!((seen.path.as_str(), seen.query.as_deref()), ("/anthropic/v1/messages", Some("a=b")));
}

#[tokio::test]
async fn an_image_that_changed_or_is_none_is_not_sent() {
    let server = echoing();
    let model = support::chat(&server);
    let folder = folder_with("a.png", PNG);
    std::fs::write(folder.path().join("b.png"), "<svg>").unwrap();
    // From `printf '<svg>' | sha256sum` (GNU coreutils 9.1).
    let svg = "880485a05a519b27d5adda3edaa477886d16dda183c9287d92be09fe9e61c4d8";
    let large = std::fs::File::create(folder.path().join("large.png")).unwrap();
    large.set_len((20 << 20) + 1).unwrap();
    for (image, part) in [
        (image(&folder, "a.png", svg), "a.png has changed: its sha256 is"),
        (image(&folder, "b.png", svg), "b.png is no PNG, JPEG, GIF, WebP or BMP image"),
        (image(&folder, "c.png", svg), "c.png: No such file"),
        (image(&folder, "large.png", svg), "large.png is larger than 20 MiB"),
    ] {
        let failure = model.generate(&asks(vec![look_at(image)]), &context()).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::BadRequest);
        assert!(failure.message.contains(part), "{failure}");
    }
    assert_eq!(server.calls(), 0);
}

#[tokio::test]
async fn what_a_protocol_cannot_say_is_refused_before_it_is_sent() {
    let server = echoing();
    let url = Image::Url("https://h/a.png".into());
    let with_tool = |mut request: GenerateRequest| {
        request.tools = vec![Tool { name: "f".into(), description: String::new(), parameters: json!({}) }];
        request
    };
    let seeded = GenerateRequest {
        sampling: Sampling { seed: Some(1), ..Sampling::default() },
        ..asks(vec![Message::user("a")])
    };
    for (kind, request, part) in [
        (ProviderKind::OpenaiCompletions, asks(vec![look_at(url.clone())]), "takes text only"),
        (ProviderKind::OpenaiCompletions, with_tool(asks(vec![Message::user("a")])), "knows no tools"),
        (ProviderKind::Anthropic, seeded.clone(), "anthropic has no `seed`"),
        (ProviderKind::OpenaiResponses, seeded, "openai_responses has no `seed`"),
        (ProviderKind::Ollama, asks(vec![look_at(url)]), "ollama fetches no images"),
    ] {
        let model = evalscope_models::open(options(kind, &server)).unwrap();
        let failure = model.generate(&request, &context()).await.unwrap_err();
        assert!(failure.message.contains(part), "{failure}");
        assert_eq!(failure.kind == FailureKind::Unsupported, kind != ProviderKind::Ollama, "{failure}");
    }
    assert_eq!(server.calls(), 0);
}

#[test]
fn what_ollama_is_asked_beyond_the_request_is_in_its_identity() {
    let identity =
        |kind| evalscope_models::open(EndpointOptions::new(kind, "http://h", "m")).unwrap().identity();
    let ollama = identity(ProviderKind::Ollama);
    assert_eq!((ollama["long_prompts"].as_str(), ollama["long_replies"].as_str()), ("refused", "ended"));
    assert_eq!(identity(ProviderKind::OpenaiChat).len(), 3);
}
