//! Waiting for a turn, which the caller decides: it is no time that an endpoint takes.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod support;

use async_trait::async_trait;
use evalscope_core::{CallFailure, FailureKind};
use evalscope_model_api::{CallContext, Pace, Turn};
use evalscope_testserver::Fault;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use support::{chat, echoing, options, request};

/// Lets every try wait so long, and writes down how it ended.
struct Slow {
    wait: Duration,
    ended: Arc<Mutex<Vec<Option<FailureKind>>>>,
}

struct Ticket(Arc<Mutex<Vec<Option<FailureKind>>>>);

#[async_trait]
impl Pace for Slow {
    async fn turn_besides(self: Arc<Self>, _: &[usize]) -> Box<dyn Turn> {
        tokio::time::sleep(self.wait).await;
        Box::new(Ticket(Arc::clone(&self.ended)))
    }

    fn was_silent(&self, _: usize, _: Instant) {}
}

impl Turn for Ticket {
    fn ended(self: Box<Self>, result: Result<(), &CallFailure>) {
        self.0.lock().unwrap().push(result.err().map(|failure| failure.kind));
    }

    fn silent(self: Box<Self>) {}
}

fn slow(wait: Duration, timeout: Duration) -> (CallContext, Arc<Mutex<Vec<Option<FailureKind>>>>) {
    let ended = Arc::new(Mutex::new(Vec::new()));
    let pace: Arc<dyn Pace> = Arc::new(Slow { wait, ended: Arc::clone(&ended) });
    (CallContext { pace: Some(pace), ..CallContext::with_timeout(timeout) }, ended)
}

#[tokio::test]
async fn a_call_that_waits_longer_than_its_time_for_its_turns_is_made() {
    let server = echoing();
    server.script([Fault::status(503)]);
    let (context, ended) = slow(Duration::from_millis(1100), Duration::from_secs(1));
    let asked = request(evalscope_models::ProviderKind::OpenaiChat, "a");
    assert_eq!(chat(&server).generate(&asked, &context).await.unwrap().text(), "you said a");
    // Each try was told, the failed one too.
    assert_eq!(*ended.lock().unwrap(), [Some(FailureKind::Server), None]);
}

#[tokio::test]
async fn a_try_that_stalls_leaves_time_for_another_and_the_call_still_ends() {
    let server = echoing();
    let mut given = options(evalscope_models::ProviderKind::OpenaiChat, &server);
    given.attempt_timeout = Some(Duration::from_secs(1));
    let model = evalscope_models::open(given).unwrap();
    server.script([Fault::Silence]);
    let asked = request(evalscope_models::ProviderKind::OpenaiChat, "a");
    let (context, ended) = slow(Duration::ZERO, Duration::from_secs(20));
    assert_eq!(model.generate(&asked, &context).await.unwrap().text(), "you said a");
    assert_eq!(*ended.lock().unwrap(), [Some(FailureKind::Timeout), None]);
    server.always(Fault::Silence);
    let (context, _) = slow(Duration::ZERO, Duration::from_millis(2500));
    let failure = model.generate(&asked, &context).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Timeout);
    assert!((2..=4).contains(&failure.attempts), "{} tries", failure.attempts);
}

#[tokio::test]
async fn a_stream_must_begin_in_time_and_may_then_take_longer() {
    let server = echoing();
    let mut given = options(evalscope_models::ProviderKind::OpenaiChat, &server);
    given.stream = true;
    given.first_token_timeout = Some(Duration::from_secs(1));
    let model = evalscope_models::open(given).unwrap();
    let asked = request(evalscope_models::ProviderKind::OpenaiChat, "a");
    // Waiting for a turn takes longer than the first token may.
    server.script([Fault::Silence, Fault::Stall(0)]);
    let call = async || {
        let (context, ended) = slow(Duration::from_millis(1100), Duration::from_secs(20));
        assert_eq!(model.generate(&asked, &context).await.unwrap().text(), "you said a");
        assert_eq!(*ended.lock().unwrap(), [Some(FailureKind::Timeout), None]);
    };
    futures::join!(call(), call());
    // Stalls after the first event, which holds text: then the call's own time counts.
    server.always(Fault::Stall(150));
    let (context, _) = slow(Duration::ZERO, Duration::from_millis(2500));
    let failure = model.generate(&asked, &context).await.unwrap_err();
    assert!(failure.message.ends_with("no answer within 2.5 s"), "{failure}");
    assert_eq!(failure.attempts, 1);
}
