//! `--serve` with a stand-in for each kind of server, and what becomes of it in the middle of a run.
#![cfg(target_os = "linux")]

use crate::managed::{PIDS, all_end, command, is_running, pid, ran, stand_in_for, until};
use crate::support::{Place, Ran, files_below, json_lines, only_run};
use std::process::{Child, Stdio};

/// Each kind, the program that is there, how its command line begins, and how it ends.
const KINDS: [(&str, &str, &str, &str); 6] = [
    ("vllm", "vllm", "serve org/small --host 127.0.0.1 --port", "--served-model-name org/small"),
    (
        "sglang",
        "sglang",
        "serve --model-path org/small --host 127.0.0.1 --port",
        "--served-model-name org/small",
    ),
    (
        "sglang",
        "python3",
        "-m sglang.launch_server --model-path org/small --host 127.0.0.1 --port",
        "--served-model-name org/small",
    ),
    (
        "llama-server",
        "llama-server",
        "--hf-repo org/small --host 127.0.0.1 --port",
        "--alias org/small --jinja",
    ),
    ("ollama", "ollama", "serve", "serve"),
    ("swift", "swift", "deploy --model org/small --host 127.0.0.1 --port", "--served_model_name org/small"),
];

fn read(place: &Place, file: &str) -> String {
    std::fs::read_to_string(place.path(file)).unwrap()
}

#[test]
fn each_kind_is_started_asked_for_a_token_and_ended() {
    for (kind, program, begin, end) in KINDS {
        let place = Place::new();
        stand_in_for(&place, program);
        let ran = ran(&place, kind, &[]).expect(0);
        assert!(ran.err.contains(&format!("{kind} serves at http://127.0.0.1:")), "{}", ran.err);
        let words = read(&place, "words");
        assert!(words.starts_with(begin) && words.trim_end().ends_with(end), "{program}: {words}");
        let surroundings = read(&place, "surroundings");
        assert_eq!(surroundings.contains("OLLAMA_HOST=127.0.0.1:"), kind == "ollama");
        let calls = json_lines(&place.path("calls"));
        assert!(calls.iter().all(|call| call["model"] == "org/small"), "{kind}: {calls:?}");
        // The first call is for one token and stands in no journal; questions to the endpoint and the samples' follow.
        assert!(calls[0]["max_tokens"] == 1 && calls.len() > 7, "{kind}: {calls:?}");
        let files = files_below(&only_run(&place).join("predictions"));
        let journaled: usize = files.iter().map(|file| json_lines(file).len()).sum();
        assert_eq!(journaled, 6, "{kind}");
        assert!(PIDS.iter().all(|file| pid(&place, file).is_some()));
        all_end(&place);
    }
}

#[test]
fn a_server_without_the_model_is_found_out_before_the_run() {
    let place = Place::new();
    stand_in_for(&place, "ollama");
    let mute = ran(&place, "STAND_IN_MUTE=1 ollama", &[]);
    let mute = mute.clear_error(4, &["ollama serves, but does not answer", "404", "ollama pull"]);
    assert!(mute.err.contains("OLLAMA_CONTEXT_LENGTH=32768 ollama"), "{}", mute.err);
    all_end(&place);
    // Who says how much context there is to be is told nothing of it, and the run knows.
    let ran = ran(&place, "OLLAMA_CONTEXT_LENGTH=8192 ollama", &[]).expect(0);
    assert!(!ran.err.contains("OLLAMA_CONTEXT_LENGTH=32768"), "{}", ran.err);
    assert!(read(&place, "surroundings").contains("OLLAMA_CONTEXT_LENGTH=8192"));
    let plan = read(&place, &format!("{}/configs/plan.json", only_run(&place).display()));
    assert!(plan.contains("OLLAMA_CONTEXT_LENGTH=8192 ollama"), "{plan}");
}

#[test]
fn prompts_that_a_server_cut_are_told_of() {
    let place = Place::new();
    let log =
        "echo 'level=WARN msg=\"truncating input prompt\" limit=2050 prompt=8707 keep=4 new=2050' >&2\n";
    stand_in_for(&place, "ollama");
    let script = read(&place, "bin/ollama").replacen("env >", &format!("{log}env >"), 1);
    std::fs::write(place.path("bin/ollama"), script).unwrap();
    let ran = ran(&place, "ollama", &[]).expect(0);
    assert!(ran.err.contains("ollama cut 1 prompt"), "{}", ran.err);
}

#[test]
fn keys_of_other_endpoints_stay_here() {
    let place = Place::new();
    let judge = r#"{"model": "judge", "api_url": "http://127.0.0.1:1/v1", "api_key_env": "MY_JUDGE"}"#;
    let mut command = command(&place, "vllm", &["--judge", judge]);
    command.env("DASHSCOPE_API_KEY", "sk-elsewhere").env("MY_JUDGE", "sk-judge").env("HARMLESS", "kept");
    Ran::from(command.output().unwrap()).expect(0);
    let surroundings = read(&place, "surroundings");
    assert!(surroundings.contains("HARMLESS=kept") && surroundings.contains("hf_abcdef"));
    assert!(!surroundings.contains("sk-elsewhere") && !surroundings.contains("sk-judge"), "{surroundings}");
}

/// A run whose first reply is there and whose others are not.
fn in_the_middle(place: &Place) -> Child {
    let more = ["--generation-config", "retries=0", "--eval-batch-size", "1"];
    let mut command = command(place, "STAND_IN_DELAY=700 vllm", &more);
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("the first reply is there", || {
        let outputs = place.path("outputs");
        let files = if outputs.exists() { files_below(&outputs) } else { Vec::new() };
        let has_text = |file: &std::path::PathBuf| file.metadata().is_ok_and(|file| file.len() > 0);
        files
            .iter()
            .any(|file| file.components().any(|part| part.as_os_str() == "predictions") && has_text(file))
    });
    assert!(PIDS.iter().all(|file| is_running(place, file)));
    child
}

#[test]
fn a_server_ends_when_we_are_killed_in_the_middle() {
    let place = Place::new();
    let mut child = in_the_middle(&place);
    child.kill().unwrap();
    child.wait().unwrap();
    all_end(&place);
}

#[test]
fn a_server_ends_after_ctrl_c_in_the_middle() {
    let place = Place::new();
    let mut child = in_the_middle(&place);
    let signal = format!("kill -INT {}", child.id());
    assert!(std::process::Command::new("/bin/sh").args(["-c", &signal]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    all_end(&place);
}
