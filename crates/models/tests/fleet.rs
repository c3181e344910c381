//! One model at several endpoints: tries that fail at one go on at another.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod support;

use async_trait::async_trait;
use evalscope_core::{CallFailure, FailureKind};
use evalscope_model_api::{CallContext, LoglikelihoodSupport, Model, Pace, Turn};
use evalscope_models::ProviderKind;
use evalscope_testserver::{Fault, Server};
use std::sync::{Arc, Mutex};
use std::time::Instant;
use support::{ask, context, echoing, nobody, options, request};

fn fleet(provider: ProviderKind, urls: &[String]) -> Arc<dyn Model> {
    let server = echoing();
    let mut given = options(provider, &server);
    given.urls = urls.to_vec();
    evalscope_models::open(given).unwrap()
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
    let (up, (_socket, down), (_other, silent)) = (echoing(), nobody(), nobody());
    let model = fleet(ProviderKind::OpenaiChat, &[down.clone(), up.origin()]);
    let seen = model.probe(&context()).await.unwrap();
    assert_eq!(seen.notices.len(), 1);
    assert!(seen.notices[0].contains(&down), "{}", seen.notices[0]);
    assert_eq!(ask(&*model, "x").await.unwrap().text(), "you said x");
    let model = fleet(ProviderKind::OpenaiChat, &[down, silent]);
    assert_eq!(model.probe(&context()).await.unwrap_err().kind, FailureKind::Network);
}

#[tokio::test]
async fn log_likelihoods_need_every_endpoint() {
    let echo = Server::start(|_| String::new());
    let (_socket, down) = nobody();
    let model = fleet(ProviderKind::OpenaiCompletions, &[echo.origin(), down]);
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

/// Sends tries to the first endpoint that was not silent, and writes down what it is told.
#[derive(Default)]
struct Book(Mutex<Vec<String>>);

struct Page(Arc<Book>, usize);

impl Book {
    fn note(&self, text: String) {
        self.0.lock().unwrap().push(text);
    }
}

#[async_trait]
impl Pace for Book {
    async fn turn_besides(self: Arc<Self>, silent: &[usize]) -> Box<dyn Turn> {
        Box::new(Page(self, (0..2).find(|place| !silent.contains(place)).unwrap_or(0)))
    }

    fn was_silent(&self, endpoint: usize, _: Instant) {
        self.note(format!("{endpoint} was silent"));
    }
}

impl Turn for Page {
    fn endpoint(&self) -> usize {
        self.1
    }

    fn ended(self: Box<Self>, result: Result<(), &CallFailure>) {
        self.0.note(format!("{} {}", self.1, if result.is_ok() { "answered" } else { "failed" }));
    }

    fn silent(self: Box<Self>) {}
}

#[tokio::test]
async fn silence_is_the_models_unless_another_endpoint_breaks_it() {
    let told = async |servers: [&Server; 2]| {
        let model = fleet(ProviderKind::OpenaiChat, &servers.map(Server::origin));
        let book = Arc::new(Book::default());
        let pace = Arc::clone(&book) as Arc<dyn Pace>;
        let context = CallContext { pace: Some(pace), ..context() };
        let reply = model.generate(&request(ProviderKind::OpenaiChat, "x"), &context).await.unwrap();
        (reply.text().to_owned(), std::mem::take(&mut *book.0.lock().unwrap()))
    };
    let (echo, mute, other) = (echoing(), echoing(), echoing());
    mute.always(Fault::EmptyReply);
    other.always(Fault::EmptyReply);
    let seen = told([&mute, &echo]).await;
    assert_eq!((seen.0.as_str(), seen.1), ("you said x", vec!["1 answered".into(), "0 was silent".into()]));
    let seen = told([&mute, &other]).await;
    assert_eq!(seen, (String::new(), Vec::new()));
    assert!(other.calls() > 0, "another endpoint was asked");
    // What the one said is a reply where the other only fails.
    let broken = echoing();
    broken.always(Fault::status(500));
    let seen = told([&mute, &broken]).await;
    assert_eq!(seen.0, "");
    assert!(seen.1.iter().all(|line| line == "1 failed") && !seen.1.is_empty(), "{:?}", seen.1);
}
