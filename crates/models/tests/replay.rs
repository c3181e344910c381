//! Recordings as models: what is matched, what is not, and what is refused.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod support;

use evalscope_core::{Diagnose, FailureKind, Kind};
use evalscope_model_api::{LoglikelihoodSupport, Model};
use evalscope_models::ProviderKind;
use evalscope_models::replay::{ReplayOptions, open};
use std::path::Path;
use std::sync::Arc;
use support::{context, request, scoring};
use tempfile::TempDir;

const CHAT: &str = r#"{"messages": [{"role": "user", "content": "a"}], "response": "first"}
{"messages": [{"role": "user", "content": "a"}], "response": "second"}

{"messages": [{"role": "user", "content": "b"}], "error": {"kind": "timeout", "message": "late"}}
"#;
const TEXT: &str = r#"{"prompt": "a", "completion": "of text"}
{"prefix": ["a ", "b"], "continuations": ["c", "d"], "loglikelihoods":
"#;

fn recording(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn model(path: &Path) -> Arc<dyn Model> {
    open(ReplayOptions { path: path.to_owned(), model: "m".into() }).unwrap()
}

#[tokio::test]
async fn of_several_replies_the_seed_chooses_and_not_the_order_of_asking() {
    let folder = recording(&[("a.jsonl", CHAT)]);
    let model = model(&folder.path().join("a.jsonl"));
    let mut texts = Vec::new();
    for seed in [None, None, Some(42), Some(43), Some(44)] {
        let mut asked = request(ProviderKind::OpenaiChat, "a");
        asked.sampling.seed = seed;
        texts.push(model.generate(&asked, &context()).await.unwrap().text().to_owned());
    }
    assert_eq!(texts, ["first", "first", "first", "second", "first"]);
}

#[tokio::test]
async fn what_is_not_recorded_or_had_failed_is_a_miss_of_that_call() {
    let folder = recording(&[("a.jsonl", CHAT)]);
    let model = model(folder.path());
    for (kind, text) in [
        (ProviderKind::OpenaiChat, "b"),
        (ProviderKind::OpenaiChat, "c"),
        (ProviderKind::OpenaiCompletions, "a"),
    ] {
        let failure = model.generate(&request(kind, text), &context()).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::NotRecorded);
        assert!(!failure.kind.is_fatal() && !failure.kind.is_transient());
    }
    let failure = model.loglikelihood(&scoring("a", &["b"]), &context()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::NotRecorded);
    assert!(matches!(model.capabilities().loglikelihood, LoglikelihoodSupport::None(_)));
}

#[tokio::test]
async fn of_a_run_folder_only_the_predictions_are_read() {
    let text =
        TEXT.replace("\"loglikelihoods\":\n", "\"loglikelihoods\": [{\"sum\": -1}, {\"sum\": -2.5}]}\n");
    let files = [("predictions/m/x.jsonl", text.as_str()), ("reviews/m/x.jsonl", "{}"), ("run.json", "{}")];
    let folder = recording(&files);
    let model = model(folder.path());
    let asked = request(ProviderKind::OpenaiCompletions, "a");
    assert_eq!(model.generate(&asked, &context()).await.unwrap().text(), "of text");
    let scores = model.loglikelihood(&scoring("a b", &["c", "d"]), &context()).await.unwrap();
    assert_eq!(scores.iter().map(|score| score.sum).collect::<Vec<_>>(), [-1.0, -2.5]);
}

#[test]
fn equal_recordings_are_equal_wherever_they_are() {
    let [one, two, other] =
        [CHAT, CHAT, r#"{"prompt": "a", "text": "b"}"#].map(|text| recording(&[("a.jsonl", text)]));
    assert_eq!(model(one.path()).identity(), model(two.path()).identity());
    assert_ne!(model(one.path()).identity(), model(other.path()).identity());
}

#[test]
fn a_recording_that_cannot_be_used_is_said_with_its_line() {
    for (text, part) in [
        (
            CHAT.replace("\"response\": \"second\"", "\"answer\": 2"),
            "a.jsonl: line 2: it has no `model_output`",
        ),
        (String::new(), "there is no recorded reply in it"),
        (TEXT.to_owned(), "line 2: no JSON object"),
    ] {
        let folder = recording(&[("a.jsonl", &text)]);
        let options = ReplayOptions { path: folder.path().to_owned(), model: "m".into() };
        let Err(error) = open(options) else { panic!("it was accepted") };
        assert!(error.to_string().contains(part), "{error}");
        assert_eq!(error.kind(), Kind::User);
    }
    let Err(error) = open(ReplayOptions { path: "/no/such".into(), model: "m".into() }) else {
        panic!("it was accepted")
    };
    assert!(error.to_string().contains("/no/such: No such file"), "{error}");
}
