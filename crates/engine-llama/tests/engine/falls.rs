//! Workers that fall, lie, or are killed: the parent goes on.

use crate::model::{MARK, context, facts, options, refused, replies, scores, with};
use crate::toy;
use evalscope_core::{Diagnose, FailureKind, Kind};
use evalscope_engine_llama::protocol::Facts;
use evalscope_engine_llama::{Error, open};
use evalscope_model_api::CallContext;
use rustix::process::{Pid, Signal, kill_process};
use std::path::Path;
use std::time::{Duration, Instant};

#[tokio::test]
async fn a_worker_that_ends_is_started_anew_and_what_it_computed_fails() {
    let (_folder, model) = with(facts());
    let good = scores("good", &[" one"]);
    let before = model.loglikelihood(&good, &context()).await.unwrap();
    let bad = replies(&format!("bad {}", toy::CRASH), 5, 1);
    for _ in 0..3 {
        let failure = model.generate(&bad, &context()).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Server);
        let message = failure.message;
        assert!(message.contains("signal 6") && message.contains("started anew"), "{message}");
        assert!(message.contains("GGML_ASSERT"), "{message}");
        assert_eq!(model.loglikelihood(&good, &context()).await.unwrap(), before);
    }
}

#[tokio::test]
async fn one_that_ends_twice_without_having_computed_anything_is_given_up() {
    let (_folder, model) = with(facts());
    model.loglikelihood(&scores("good", &[" one"]), &context()).await.unwrap();
    let bad = replies(&format!("bad {}", toy::CRASH), 5, 1);
    let failure = model.generate(&bad, &context()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Server);
    let failure = model.generate(&bad, &context()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::EngineDied);
    assert!(failure.message.contains("not started again"), "{failure}");
    let failure = model.loglikelihood(&scores("good", &[" one"]), &context()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::EngineDied);
}

#[tokio::test]
async fn a_text_that_ends_the_worker_that_reads_it_fails_alone() {
    let (_folder, model) = with(facts());
    assert_eq!(model.tokenize("a").await.unwrap(), [97]);
    let failure = model.tokenize(&toy::CRASH_IN_TEXT.to_string()).await.unwrap_err();
    assert!(failure.message.contains("the text is too much"), "{failure}");
    assert_eq!(failure.kind, FailureKind::Server);
    assert_eq!(model.tokenize("a").await.unwrap(), [97]);
    let bad = replies(&toy::CRASH_IN_TEXT.to_string(), 5, 1);
    assert_eq!(model.generate(&bad, &context()).await.unwrap_err().kind, FailureKind::Server);
    // The next one has done nothing yet, and ends the run.
    assert_eq!(model.generate(&bad, &context()).await.unwrap_err().kind, FailureKind::EngineDied);
}

/// Workers of this test that do this, as `/proc` shows them.
#[cfg(target_os = "linux")]
pub fn workers(folder: &Path, role: &str) -> Vec<Pid> {
    let mark = format!("{MARK}={}", folder.display());
    let has = |path: std::path::PathBuf, text: &str| {
        let bytes = std::fs::read(path).unwrap_or_default();
        bytes.split(|byte| *byte == 0).any(|part| part == text.as_bytes())
    };
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    entries
        .filter_map(|entry| Some((entry.path(), entry.file_name().to_str()?.parse().ok()?)))
        .filter(|(path, _)| has(path.join("environ"), &mark) && has(path.join("cmdline"), role))
        .filter_map(|(_, pid)| Pid::from_raw(pid))
        .collect()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn one_that_is_killed_in_the_middle_fails_its_sample_and_no_other() {
    let (folder, model) = with(facts());
    let good = scores("good", &[" one"]);
    let before = model.loglikelihood(&good, &context()).await.unwrap();
    let stopped = replies(&format!("stop {}", toy::STOP), 5, 1);
    let call_context = context();
    let (failed, ()) = futures::join!(model.generate(&stopped, &call_context), async {
        for pid in workers(folder.path(), "compute") {
            kill_process(pid, Signal::KILL).unwrap();
        }
    });
    let failure = failed.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Server);
    assert!(failure.message.contains("signal 9"), "{failure}");
    assert_eq!(model.loglikelihood(&good, &context()).await.unwrap(), before);
}

#[cfg(target_os = "linux")]
#[test]
fn workers_end_with_the_model() {
    let (folder, model) = with(facts());
    assert_eq!(workers(folder.path(), "compute").len(), 1);
    assert_eq!(workers(folder.path(), "vocabulary").len(), 1);
    drop(model);
    // The threads that own them end now, in their own time.
    let until = Instant::now() + Duration::from_secs(30);
    while !workers(folder.path(), "compute").is_empty() || !workers(folder.path(), "vocabulary").is_empty() {
        assert!(Instant::now() < until, "they are still there");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_file_that_ends_the_worker_is_an_error() {
    for (file, says) in [("crash", "signal 6"), ("crash later", "signal 6"), ("refuse", "it is no model")] {
        let error = refused(file);
        assert!(matches!(error, Error::Refused { .. }), "{error}");
        assert_eq!(error.kind(), Kind::Data);
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[tokio::test]
async fn one_whose_file_was_replaced_is_not_started_again() {
    let (folder, model) = with(facts());
    let good = scores("good", &[" one"]);
    model.loglikelihood(&good, &context()).await.unwrap();
    // What it says would be the same.
    std::fs::write(folder.path().join("model.gguf"), serde_json::to_string_pretty(&facts()).unwrap())
        .unwrap();
    let bad = replies(&format!("bad {}", toy::CRASH), 5, 1);
    let failure = model.generate(&bad, &context()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::EngineDied);
    assert!(failure.message.contains("its file has changed"), "{failure}");
}

#[test]
fn one_of_several_files_is_refused() {
    let (folder, mut given) = options("");
    given.path = folder.path().join("model-00001-of-00002.gguf");
    std::fs::rename(folder.path().join("model.gguf"), &given.path).unwrap();
    assert!(matches!(open(given).err().unwrap(), Error::Part { .. }));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_text_that_is_not_turned_into_tokens_in_time_is_given_up() {
    let (folder, model) = with(facts());
    for pid in workers(folder.path(), "vocabulary") {
        kill_process(pid, Signal::STOP).unwrap();
    }
    let short = CallContext::with_timeout(Duration::from_millis(200));
    let failure = model.generate(&replies("a", 5, 1), &short).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Timeout);
    let cancelled = context();
    cancelled.cancel.cancel();
    let failure = model.generate(&replies("a", 5, 1), &cancelled).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Cancelled);
    for pid in workers(folder.path(), "vocabulary") {
        kill_process(pid, Signal::CONT).unwrap();
    }
    assert_eq!(model.tokenize("a").await.unwrap(), [97]);
}

#[test]
fn a_worker_that_lies_is_not_believed() {
    for lie in [
        Facts { vocabulary: 3, ..facts() },
        Facts { cells: 10, ..facts() },
        Facts { sequences: 100_000, ..facts() },
        Facts { context: 0, ..facts() },
    ] {
        let error = refused(&serde_json::to_string(&lie).unwrap());
        assert!(error.to_string().contains("makes no sense"), "{error}");
    }
}

#[test]
fn workers_see_nothing_of_the_callers_environment() {
    let (_folder, model) = with(facts());
    assert_eq!(model.identity()["build"], format!("toy GOMP_SPINCOUNT OMP_WAIT_POLICY {MARK}"));
}

#[test]
fn folders_of_safetensors_and_senseless_options_are_refused() {
    let (folder, mut given) = options("");
    std::fs::write(folder.path().join("config.json"), "{}").unwrap();
    std::fs::write(folder.path().join("model.safetensors"), "").unwrap();
    given.path = folder.path().into();
    assert!(matches!(open(given).err().unwrap(), Error::NotGguf { .. }));
    let (_folder, given) = options("");
    for (name, change) in [("workers", 0), ("max_batch", 1)] {
        let mut given = given.clone();
        match change {
            0 => given.workers = Some(0),
            _ => given.max_batch = 0,
        }
        assert!(open(given).err().unwrap().to_string().starts_with(name));
    }
    let mut long = given;
    long.max_context = Some(65);
    assert!(open(long).err().unwrap().to_string().contains("1 to 64"));
}
