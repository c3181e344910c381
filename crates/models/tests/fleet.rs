//! One model at several endpoints: tries that fail at one go on at another.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod support;

use evalscope_core::FailureKind;
use evalscope_model_api::{LoglikelihoodSupport, Model};
use evalscope_models::ProviderKind;
use evalscope_testserver::{Fault, Server};
use std::sync::Arc;
use support::{ask, context, echoing, options};

fn fleet(provider: ProviderKind, urls: &[String]) -> Arc<dyn Model> {
    let server = echoing();
    let mut given = options(provider, &server);
    given.urls = urls.to_vec();
    evalscope_models::open(given).unwrap()
}

/// An address at which nobody listens.
fn nobody() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[tokio::test]
async fn a_call_that_fails_at_one_endpoint_is_answered_by_another() {
    let (a, b) = (echoing(), echoing());
    let model = fleet(ProviderKind::OpenaiChat, &[a.origin(), b.origin()]);
    for fault in [Fault::status(500), Fault::status(401), Fault::status(404)] {
        a.script([fault]);
        assert_eq!(ask(&*model, "x").await.unwrap().text(), "you said x");
    }
    // Another endpoint cannot make a wrong request right.
    a.script([Fault::status(400)]);
    let failure = ask(&*model, "x").await.unwrap_err();
    assert_eq!((failure.kind, failure.attempts), (FailureKind::BadRequest, 1));
}

#[tokio::test]
async fn an_endpoint_that_is_down_is_named_and_the_others_serve() {
    let (up, down) = (echoing(), nobody());
    let model = fleet(ProviderKind::OpenaiChat, &[down.clone(), up.origin()]);
    let seen = model.probe(&context()).await.unwrap();
    assert_eq!(seen.notices.len(), 1);
    assert!(seen.notices[0].contains(&down), "{}", seen.notices[0]);
    assert_eq!(ask(&*model, "x").await.unwrap().text(), "you said x");
    let model = fleet(ProviderKind::OpenaiChat, &[down.clone(), nobody()]);
    assert_eq!(model.probe(&context()).await.unwrap_err().kind, FailureKind::Network);
}

#[tokio::test]
async fn log_likelihoods_need_every_endpoint() {
    let echo = Server::start(|_| String::new());
    let model = fleet(ProviderKind::OpenaiCompletions, &[echo.origin(), nobody()]);
    let seen = model.probe(&context()).await.unwrap();
    assert_eq!(seen.loglikelihood, LoglikelihoodSupport::EchoCompletions);
    let silent = Server::start(|_| String::new());
    silent.always(Fault::status(400));
    let model = fleet(ProviderKind::OpenaiCompletions, &[echo.origin(), silent.origin()]);
    let seen = model.probe(&context()).await.unwrap();
    assert!(matches!(seen.loglikelihood, LoglikelihoodSupport::None(_)), "{:?}", seen.loglikelihood);
}

#[tokio::test]
async fn order_decides_no_answer() {
    let urls = ["http://b:1".to_owned(), "http://a:1".to_owned()];
    let identity = fleet(ProviderKind::OpenaiChat, &urls).identity();
    assert_eq!(identity["url"], "http://a:1/v1 http://b:1/v1");
    let turned: Vec<String> = urls.iter().rev().cloned().collect();
    assert_eq!(fleet(ProviderKind::OpenaiChat, &turned).identity(), identity);
}
