//! What a look at an endpoint before a run finds out, and what it costs.

mod support;

use evalscope_core::FailureKind;
use evalscope_model_api::{CallContext, LoglikelihoodSupport};
use evalscope_models::{EndpointOptions, PROVIDERS, ProviderKind};
use evalscope_testserver::{Echo, Fault};
use serde_json::json;
use std::time::Duration;
use support::{chat, completions, context, echoing, nobody, options};

#[tokio::test]
async fn a_chat_endpoint_is_probed_without_a_paid_call() {
    let server = echoing();
    server.list_models(vec![json!({"id": "m", "max_model_len": 4096})]);
    let model = chat(&server);
    assert_eq!(model.capabilities().max_context, None);
    let seen = model.probe(&context()).await.unwrap();
    assert_eq!(server.calls(), 0);
    assert!(seen.chat && !seen.text);
    assert!(matches!(seen.loglikelihood, LoglikelihoodSupport::None(_)));
    assert_eq!((seen.max_context, seen.default_concurrency), (Some(4096), 8));
    assert_eq!(model.capabilities(), seen);
}

#[tokio::test]
async fn a_server_that_is_not_there_or_refuses_fails_the_probe() {
    for provider in &PROVIDERS {
        let (_socket, url) = nobody();
        let model = evalscope_models::open(EndpointOptions::new(provider.kind, url, "m")).unwrap();
        let failure = model.probe(&context()).await.unwrap_err();
        assert_eq!((failure.kind, failure.attempts), (FailureKind::Network, 2));
        assert!(failure.message.ends_with(": connection refused"), "{failure}");

        let server = echoing();
        server.fail_when("", 401);
        let model = evalscope_models::open(options(provider.kind, &server)).unwrap();
        let failure = model.probe(&context()).await.unwrap_err();
        assert_eq!((failure.kind, failure.status), (FailureKind::Unauthorized, Some(401)));
    }
}

#[tokio::test]
async fn a_model_that_is_not_in_the_list_may_still_be_served() {
    let server = echoing();
    server.list_models(vec![json!({"id": "m-large", "max_model_len": 8}), json!({"id": "other"})]);
    assert_eq!(chat(&server).probe(&context()).await.unwrap().max_context, None);
}

#[tokio::test]
async fn a_list_that_is_missing_or_out_of_order_decides_nothing() {
    let server = echoing();
    let model = chat(&server);
    for fault in [
        Fault::status(404),
        Fault::status(405),
        Fault::status(429),
        Fault::status(500),
        Fault::html(200, "<html>"),
        Fault::json("{}"),
    ] {
        server.fail_models(fault);
        model.probe(&context()).await.unwrap();
    }
    server.fail_models(Fault::Silence);
    model.probe(&CallContext::with_timeout(Duration::from_millis(50))).await.unwrap();
    let cancelled = context();
    cancelled.cancel.cancel();
    assert_eq!(model.probe(&cancelled).await.unwrap_err().kind, FailureKind::Cancelled);
}

#[tokio::test]
async fn one_broken_look_does_not_fail_the_probe() {
    for provider in &PROVIDERS {
        let server = echoing();
        server.fail_next_models([Fault::Reset]);
        let model = evalscope_models::open(options(provider.kind, &server)).unwrap();
        model.probe(&context()).await.unwrap();
    }
}

#[tokio::test]
async fn an_echo_is_found_behind_passing_failures() {
    let server = echoing();
    // Two texts are echoed at once: one of them meets three of the four at most.
    server.script([Fault::Reset, Fault::busy("0"), Fault::Unfinished, Fault::EmptyReply]);
    let seen = completions(&server).probe(&context()).await.unwrap();
    assert_eq!(seen.loglikelihood, LoglikelihoodSupport::EchoCompletions);
}

async fn support_with(echo: Echo) -> LoglikelihoodSupport {
    let server = echoing();
    server.echo(echo);
    let model = completions(&server);
    let seen = model.probe(&context()).await.expect("the server is there");
    assert!((1..=2).contains(&server.calls()), "{} calls", server.calls());
    assert_eq!(model.capabilities(), seen);
    seen.loglikelihood
}

#[tokio::test]
async fn an_echo_is_believed_only_when_its_numbers_make_sense() {
    for echo in [Echo::Honoured, Echo::WithStartToken, Echo::BrokenCharacters] {
        assert_eq!(support_with(echo).await, LoglikelihoodSupport::EchoCompletions, "{echo:?}");
    }
    for (echo, reason) in [
        (Echo::Refused, "HTTP 400: echo not supported"),
        (Echo::Ignored, "the prompt does not come back"),
        (Echo::Invented, "the same text is more or less likely when more follows"),
    ] {
        let LoglikelihoodSupport::None(said) = support_with(echo).await else {
            panic!("{echo:?} was believed")
        };
        assert!(said.ends_with(reason), "{said}");
    }
}

#[tokio::test]
async fn a_completions_endpoint_that_does_not_exist_fails_the_probe() {
    let server = echoing();
    server.always(Fault::status(404));
    let failure = completions(&server).probe(&context()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::NotFound);
    assert!(failure.message.contains("/v1/completions: HTTP 404"), "{failure}");
}

#[tokio::test]
async fn a_completions_endpoint_without_echo_still_writes_text() {
    let server = echoing();
    server.echo(Echo::Refused);
    let model = completions(&server);
    let seen = model.probe(&context()).await.unwrap();
    assert!(seen.text && seen.chat);
    let request = support::request(ProviderKind::OpenaiCompletions, "a");
    assert_eq!(model.generate(&request, &context()).await.unwrap().text(), "you said a");
}
