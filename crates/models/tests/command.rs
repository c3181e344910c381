//! Programs as models: many calls in flight, replies in any order, programs that die or talk nonsense.

mod support;

use evalscope_core::{CallFailure, FailureKind, FinishReason, Generation};
use evalscope_model_api::{CallContext, Model};
use evalscope_models::ProviderKind;
use evalscope_models::command::{CommandOptions, open};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use support::{context, request};

fn model(command: &[&str]) -> Arc<dyn Model> {
    let command = command.iter().map(|word| (*word).to_owned()).collect();
    open(CommandOptions { command, model: "m".into() })
}

/// A shell is a program like any other; what it runs is in the test.
fn script(text: &str) -> Arc<dyn Model> {
    model(&["sh", "-c", text])
}

/// Answers each request with what `reply` makes of its id, which is `\1` there.
fn answering(reply: &str) -> Arc<dyn Model> {
    model(&["sed", "-u", "-e", &format!("s/^{{\"id\":\\([0-9]*\\),.*/{reply}/")])
}

async fn ask(model: &dyn Model) -> Result<Generation, CallFailure> {
    model.generate(&request(ProviderKind::OpenaiChat, "a"), &context()).await
}

#[tokio::test]
async fn replies_come_in_any_order_and_find_their_calls() {
    let program = r#"read first; read second
        echo '{"id":2,"text":"two"}'; echo; echo '{"id":99,"text":"nobody asked"}'; echo '{"id":1,"text":"one"}'
        read third; echo "$third" | sed -e 's/.*"content":"a".*/{"id":3,"text":"three"}/'"#;
    let model = script(program);
    let (one, two) = futures::join!(ask(&*model), ask(&*model));
    assert_eq!((one.unwrap().text(), two.unwrap().text()), ("one", "two"));
    assert_eq!(ask(&*model).await.unwrap().text(), "three");
}

#[tokio::test]
async fn a_thousand_calls_in_flight() {
    let model = answering(r#"{"id":\1,"text":"number \1"}"#);
    let replies = futures::future::join_all((0..1000).map(|_| ask(&*model))).await;
    let mut texts: Vec<String> = replies.into_iter().map(|reply| reply.unwrap().text().to_owned()).collect();
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), 1000);
}

#[tokio::test]
async fn a_reply_may_be_a_whole_response_and_keeps_what_is_unknown() {
    let model = answering(
        r#"{"id":\1,"mood":"fine","response":{"choices":[{"message":{"content":"<think>hm<\/think>b"},"finish_reason":"length"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}}"#,
    );
    let reply = ask(&*model).await.unwrap();
    assert_eq!((reply.text(), reply.completions[0].reasoning.as_deref()), ("b", Some("hm")));
    assert_eq!(reply.completions[0].finish, FinishReason::Length);
    assert_eq!((reply.usage.unwrap().output_tokens, &reply.extra["mood"]), (2, &"fine".into()));
    assert!(reply.timing.latency_ms > 0.0);
}

#[tokio::test]
async fn an_error_is_of_its_call_only() {
    for (reply, kind, part) in [
        (r#"{"id":\1,"error":"out of luck"}"#, FailureKind::Server, "out of luck"),
        (r#"{"id":\1,"error":{"code":400,"message":"no"}}"#, FailureKind::BadRequest, "no"),
        (r#"{"id":\1}"#, FailureKind::Server, "none of `text`, `response` and `error`"),
        (r#"{"id":\1,"response":{"choices":[]}}"#, FailureKind::Server, "no choice in it"),
    ] {
        let model = answering(reply);
        for _ in 0..2 {
            let failure = ask(&*model).await.unwrap_err();
            assert_eq!(failure.kind, kind, "{failure}");
            assert!(failure.message.contains(part), "{failure}");
        }
    }
}

#[tokio::test]
async fn a_dead_program_is_said_with_its_last_words() {
    for (model, part) in [
        (
            script("read line; echo 'out of\nmemory' >&2; exit 3"),
            "`sh` has ended (exit status: 3); it last said `out of memory`",
        ),
        (
            script("read line; echo loading; exec sleep 60"),
            "`sh` was stopped: its stdout has a line that is no reply with an `id`: `loading`",
        ),
        (model(&["/no/such/program"]), "cannot start `/no/such/program`: No such file"),
        (model(&[]), "no program is named"),
    ] {
        let calls = futures::future::join_all((0..3).map(|_| ask(&*model))).await;
        for failure in calls.into_iter().chain([ask(&*model).await]).map(Result::unwrap_err) {
            assert_eq!(failure.kind, FailureKind::EngineDied, "{failure}");
            assert!(failure.message.contains(part), "{failure}");
        }
    }
}

#[tokio::test]
async fn deadlines_and_cancelling_hold_and_the_program_goes_on() {
    let model = script(
        r#"read first; read second; read third; echo '{"id":1,"text":"late"}'; echo '{"id":3,"text":"c"}'"#,
    );
    let asked = request(ProviderKind::OpenaiChat, "a");
    let short = CallContext::with_timeout(Duration::from_millis(20));
    assert_eq!(model.generate(&asked, &short).await.unwrap_err().kind, FailureKind::Timeout);
    let cancelled = context();
    cancelled.cancel.cancel();
    assert_eq!(model.generate(&asked, &cancelled).await.unwrap_err().kind, FailureKind::Cancelled);
    assert_eq!(ask(&*model).await.unwrap().text(), "c");
}

#[tokio::test]
async fn the_program_is_killed_with_the_model() {
    let model = script(r#"read line; echo "{\"id\":1,\"text\":\"$$\"}"; exec sleep 600"#);
    let process = Path::new("/proc").join(ask(&*model).await.unwrap().text());
    let is_alive = || std::fs::read_to_string(process.join("stat")).is_ok_and(|stat| !stat.contains(") Z "));
    assert!(is_alive());
    drop(model);
    let gone = async {
        while is_alive() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(support::LONG, gone).await.unwrap();
}
