//! Whole runs of the binary against a stand-in server: reports, resume after kill, Ctrl-C, failures, re-scoring.

use crate::support::server::Server;
use crate::support::{Place, Ran, files_below, json_lines, only_run};
use serde_json::Value;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A run over the quiz against `server`, with more arguments. Calls are counted, so none goes to a probe.
pub(crate) fn quiz(place: &Place, server: &Server, more: &[&str]) -> Command {
    let args = format!(
        "{{\"general_mcq\": {{\"local_path\": \"{}\", \"subset_list\": [\"quiz\"]}}}}",
        place.path("data").display()
    );
    let url = server.url();
    let mut arguments = vec![
        "eval",
        "--model",
        "m",
        "--api-url",
        &url,
        "--datasets",
        "general_mcq",
        "--dataset-hub",
        "local",
        "--dataset-args",
        &args,
        "--no-probe",
    ];
    arguments.extend(more);
    place.evalscope(&arguments)
}

fn run(command: &mut Command) -> Ran {
    Ran::from(command.output().expect("the binary starts"))
}

/// The summary's main score of the only benchmark.
fn score(json: &str) -> f64 {
    let summary: Value = serde_json::from_str(json).expect("the summary is JSON");
    find_number(&summary, "score").expect("the summary has a score")
}

fn find_number(value: &Value, key: &str) -> Option<f64> {
    match value {
        Value::Object(fields) => fields
            .get(key)
            .and_then(Value::as_f64)
            .or_else(|| fields.values().find_map(|value| find_number(value, key))),
        Value::Array(items) => items.iter().find_map(|value| find_number(value, key)),
        _ => None,
    }
}

/// Answers B to even question numbers and A to odd ones.
fn half_right(prompt: &str) -> String {
    let number: u64 = prompt
        .rsplit("Question number ")
        .next()
        .and_then(|rest| rest.split('?').next()?.parse().ok())
        .unwrap_or(1);
    if number.is_multiple_of(2) { "答案：B".into() } else { "答案：A".into() }
}

#[test]
fn a_run_ends_with_reports_and_exit_code_0() {
    let (place, server) = (Place::new(), Server::start(half_right));
    place.choice_data(20);
    let ran = run(&mut quiz(&place, &server, &[])).expect(0);
    assert!(ran.out.contains("general_mcq"), "{}", ran.out);
    assert!(ran.out.contains("0.5"), "{}", ran.out);
    assert_eq!(server.calls(), 20);
    let folder = only_run(&place);
    for file in [
        "configs/plan.json",
        "predictions/m/general_mcq_quiz.jsonl",
        "reviews/m/general_mcq_quiz.jsonl",
        "reports/m/general_mcq.json",
        "reports/report.html",
        "progress.json",
        "run.json",
        "logs/eval_log.log",
    ] {
        assert!(folder.join(file).is_file(), "{file} is missing in {:?}", files_below(&folder));
    }
    assert_eq!(json_lines(&folder.join("predictions/m/general_mcq_quiz.jsonl")).len(), 20);
    let reviews = json_lines(&folder.join("reviews/m/general_mcq_quiz.jsonl"));
    let indices: Vec<u64> = reviews.iter().map(|review| review["index"].as_u64().unwrap()).collect();
    assert_eq!(indices, (0..20).collect::<Vec<u64>>(), "reviews are in order");
    let progress: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("progress.json")).unwrap()).unwrap();
    assert_eq!(
        (progress["status"].as_str(), progress["processed_count"].as_u64()),
        (Some("completed"), Some(20))
    );
}

#[test]
fn the_same_scores_at_any_concurrency() {
    let server = Server::start(half_right);
    let scores: Vec<String> = ["1", "7", "64"]
        .iter()
        .map(|size| {
            let place = Place::new();
            place.choice_data(50);
            run(&mut quiz(&place, &server, &["--eval-batch-size", size])).expect(0);
            std::fs::read_to_string(only_run(&place).join("reviews/m/general_mcq_quiz.jsonl")).unwrap()
        })
        .collect();
    assert_eq!(scores[0], scores[1]);
    assert_eq!(scores[0], scores[2]);
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !done() {
        assert!(Instant::now() < end, "waited a minute until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn spawn(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts")
}

#[test]
fn a_killed_run_goes_on_without_repeating_a_call() {
    let undisturbed = {
        let (place, server) = (Place::new(), Server::start(half_right));
        place.choice_data(400);
        score(&run(&mut quiz(&place, &server, &["--json"])).expect(0).out)
    };
    let (place, server) = (Place::new(), Server::start(half_right));
    server.delay(Duration::from_millis(20));
    place.choice_data(400);
    let mut child = spawn(&mut quiz(&place, &server, &["--eval-batch-size", "4"]));
    wait_until("20 calls were made", || server.calls() >= 20);
    child.kill().unwrap();
    child.wait().unwrap();
    let manifest = || -> Value {
        let text = std::fs::read_to_string(only_run(&place).join("manifest.json")).unwrap();
        serde_json::from_str::<Value>(&text).unwrap()["benchmarks"][0].take()
    };
    assert!(manifest()["data"][0]["sha256"].is_string() && manifest()["prompts"].is_null());
    let journal = only_run(&place).join("predictions/m/general_mcq_quiz.jsonl");
    let text = std::fs::read_to_string(&journal).unwrap();
    let journaled = text.lines().filter(|line| serde_json::from_str::<Value>(line).is_ok()).count() as u64;
    assert!(journaled >= 10, "{journaled} of {} answers were journaled", server.calls());
    // A kill in the middle of a write leaves a torn line.
    std::fs::write(&journal, format!("{text}{{\"index\": 3, \"mod")).unwrap();
    server.delay(Duration::ZERO);
    let before = server.calls();
    let ran = run(&mut quiz(&place, &server, &["--json"])).expect(0);
    let (made, left) = (server.calls() - before, 400 - journaled);
    // Four were in flight at the kill, and may be counted after it: no recorded call is made again.
    assert!((left..=left + 4).contains(&made), "{made} calls where {left} answers were missing");
    assert_eq!(score(&ran.out), undisturbed);
    assert!(ran.err.contains("going on with"), "{}", ran.err);
    assert_eq!(json_lines(&journal).len(), 400);
    assert!(manifest()["prompts"].is_string(), "{}", manifest());
}

#[test]
#[cfg(unix)]
fn ctrl_c_waits_for_the_calls_in_flight_and_says_how_to_go_on() {
    let (place, server) = (Place::new(), Server::start(half_right));
    server.delay(Duration::from_millis(50));
    place.choice_data(200);
    let child = spawn(&mut quiz(&place, &server, &["--eval-batch-size", "4"]));
    wait_until("8 calls were made", || server.calls() >= 8);
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let ran = Ran::from(child.wait_with_output().unwrap()).expect(130);
    assert!(ran.err.contains("--use-cache"), "{}", ran.err);
    let folder = only_run(&place);
    let journaled = json_lines(&folder.join("predictions/m/general_mcq_quiz.jsonl")).len() as u64;
    assert_eq!(journaled, server.calls(), "every answer that was paid for is journaled");
    server.delay(Duration::ZERO);
    let folder = folder.display().to_string();
    let ran = run(&mut quiz(&place, &server, &["--use-cache", &folder])).expect(0);
    assert_eq!(server.calls(), 200);
    let first = ran.err.lines().find(|line| line.contains(" of 200 samples")).unwrap_or_default();
    assert!(first.starts_with(&format!("{journaled} of 200 samples")), "{}", ran.err);
}

#[test]
fn failed_calls_are_counted_apart_and_asked_again() {
    let (place, server) = (Place::new(), Server::start(half_right));
    place.choice_data(10);
    server.fail_when("Question number 4?", 500);
    let ran = run(&mut quiz(&place, &server, &["--generation-config", "retries=0"])).expect(1);
    assert!(ran.out.lines().next().unwrap().contains("1 of 10 samples failed"), "{}", ran.out);
    let folder = only_run(&place).display().to_string();
    let before = server.calls();
    server.heal();
    let ran = run(&mut quiz(&place, &server, &["--use-cache", &folder, "--json"])).expect(0);
    assert!(ran.err.contains("9 of 10 samples"), "{}", ran.err);
    assert_eq!(server.calls() - before, 1, "only the failed sample is asked again");
    assert_eq!(score(&ran.out), 0.5);
}

#[test]
fn a_wrong_key_ends_the_run_with_one_error() {
    let (place, server) = (Place::new(), Server::start(half_right));
    place.choice_data(5);
    server.fail_when("", 401);
    run(&mut quiz(&place, &server, &["--api-key", "sk-very-secret"]))
        .clear_error(4, &["401", "key from `--api-key`"]);
    run(quiz(&place, &server, &[]).env("EVALSCOPE_API_KEY", "sk-very-secret"))
        .clear_error(4, &["401", "the key from EVALSCOPE_API_KEY"]);
    run(&mut quiz(&place, &server, &[])).clear_error(4, &["401", "wants a key"]);
}

#[test]
fn the_key_is_nowhere_in_the_run_folder() {
    let (place, server) = (Place::new(), Server::start(half_right));
    place.choice_data(5);
    server.fail_when("Question number 3?", 400);
    let key = "sk-very-secret-0123";
    let ran = run(&mut quiz(&place, &server, &["--api-key", key, "--debug"])).expect(1);
    assert!(!ran.out.contains(key) && !ran.err.contains(key));
    for file in files_below(&only_run(&place)) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains(key), "the key is in {}", file.display());
    }
}

#[test]
fn log_likelihoods_are_refused_up_front_on_a_chat_endpoint() {
    let (place, server) = (Place::new(), Server::start(half_right));
    place.write(
        "data/hellaswag/hellaswag_val.jsonl",
        "{\"ind\":0,\"activity_label\":\"A\",\"ctx_a\":\"a\",\"ctx_b\":\"b\",\"ctx\":\"a b\",\"endings\":[\"c\",\"d\",\"e\",\"f\"],\"label\":\"0\"}\n",
    );
    let url = server.url();
    let ran = place
        .run(&[
            "eval",
            "--model",
            "m",
            "--api-url",
            &url,
            "--datasets",
            "hellaswag@evalscope-0.5",
            "--dataset-hub",
            "local",
            "--dataset-dir",
            "data",
        ])
        .clear_error(4, &["log-likelihoods", "hellaswag@evalscope-0.5"]);
    assert!(ran.err.lines().count() <= 4, "{}", ran.err);
    assert!(!place.path("outputs").exists());
}

const MINE: &str = "name: mine
title: Mine
about: A quiz of my own.
data:
  subsets: [quiz]
  test: val
  files:
    - path: '{subset}_{split}.jsonl'
sample:
  question: row.question
  target: row.answer
protocols:
  plain:
    default: true
    prompt: '{{ question }} Answer with one letter.'
    extract: [EXTRACT]
    score: {accuracy: equal}
";

#[test]
fn changing_only_the_scoring_scores_again_without_calls() {
    let (place, server) = (Place::new(), Server::start(|_| "I say B".into()));
    place.choice_data(6);
    let with = |extract: &str| place.write("mine.yaml", &MINE.replace("EXTRACT", extract));
    let args = format!("{{\"mine\": {{\"local_path\": \"{}\"}}}}", place.path("data").display());
    let url = server.url();
    let arguments = |more: &[&str]| {
        let mut all: Vec<String> = [
            "eval",
            "--model",
            "m",
            "--api-url",
            &url,
            "--datasets",
            "mine",
            "--benchmark-path",
            "mine.yaml",
            "--dataset-hub",
            "local",
            "--dataset-args",
            &args,
            "--no-probe",
            "--json",
        ]
        .iter()
        .map(|text| (*text).to_owned())
        .collect();
        all.extend(more.iter().map(|text| (*text).to_owned()));
        all
    };
    let run = |more: &[&str]| {
        let arguments = arguments(more);
        place.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };
    with("whole");
    assert_eq!(score(&run(&[]).expect(0).out), 0.0);
    let folder = only_run(&place).display().to_string();
    let calls = server.calls();
    with("{after_last: 'say '}");
    assert_eq!(score(&run(&["--use-cache", &folder]).expect(0).out), 1.0);
    assert_eq!(server.calls(), calls, "no call was made for new scoring");
    // A change of the prompt is another matter: the message names the field.
    place.write("mine.yaml", &MINE.replace("EXTRACT", "whole").replace("one letter", "a letter"));
    run(&["--use-cache", &folder]).clear_error(2, &["prompt"]);
    run(&["--use-cache", &folder, "--seed", "7"]).clear_error(2, &["seed"]);
    assert_eq!(server.calls(), calls);
}

#[test]
fn stages_ask_first_and_score_later() {
    let (place, server) = (Place::new(), Server::start(half_right));
    place.choice_data(10);
    run(&mut quiz(&place, &server, &["--stage", "infer"])).expect(0);
    let folder = only_run(&place);
    assert!(!folder.join("reports/report.html").exists());
    let calls = server.calls();
    let path = folder.display().to_string();
    let ran =
        run(&mut quiz(&place, &server, &["--stage", "review", "--use-cache", &path, "--json"])).expect(0);
    assert_eq!(score(&ran.out), 0.5);
    assert_eq!(server.calls(), calls);
}

#[test]
fn repeats_are_asked_and_counted() {
    let (place, server) = (Place::new(), Server::start(half_right));
    place.choice_data(4);
    run(&mut quiz(&place, &server, &["--repeats", "3"])).expect(0);
    assert_eq!(server.calls(), 12);
}

#[test]
fn two_processes_do_not_share_a_run() {
    let (place, server) = (Place::new(), Server::start(half_right));
    server.delay(Duration::from_millis(100));
    place.choice_data(1_000);
    let more = ["--work-dir", "run", "--no-timestamp", "--eval-batch-size", "2"];
    let mut first = spawn(&mut quiz(&place, &server, &more));
    wait_until("the first run is under way", || server.calls() >= 2);
    let holder = format!("process {} (since 2", first.id());
    run(&mut quiz(&place, &server, &more)).clear_error(5, &[&holder, "is writing the run in run"]);
    first.kill().unwrap();
    first.wait().unwrap();
}

#[test]
#[cfg(unix)]
fn a_full_disk_stops_the_run_and_loses_nothing() {
    let (place, server) = (Place::new(), Server::start(half_right));
    place.choice_data(200);
    let inner = quiz(&place, &server, &["--eval-batch-size", "2"]);
    // No file may grow beyond 16 blocks of 512 bytes: writes fail as they do on a full disk.
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$@\""]);
    command.arg(inner.get_program()).args(inner.get_args()).current_dir(place.folder.path()).env_clear();
    for (name, value) in inner.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    let ran = run(&mut command).clear_error(5, &["predictions"]);
    drop(ran);
    let folder = only_run(&place);
    let journaled = json_lines(&folder.join("predictions/m/general_mcq_quiz.jsonl")).len() as u64;
    assert!(journaled > 0);
    let before = server.calls();
    let path = folder.display().to_string();
    run(&mut quiz(&place, &server, &["--use-cache", &path])).expect(0);
    assert_eq!(server.calls() - before, 200 - journaled);
}

/// A file system of 160 KiB for one command and, with more room, for the next one; copies of what they left. The first
/// argument to the script is the command for both.
#[cfg(target_os = "linux")]
const SMALL_DISK: &str = r#"
mount -t tmpfs -o size=160k tmpfs disk || exit 77
"$0" "$@"; echo $? > first
cp -r disk/run before
mount -o remount,size=64m disk
"$0" "$@"; echo $? > second
cp -r disk/run after
"#;

#[test]
#[cfg(target_os = "linux")]
fn a_disk_without_space_stops_the_run_and_more_space_finishes_it() {
    let (place, server) = (Place::new(), Server::start(half_right));
    place.choice_data(400);
    std::fs::create_dir(place.path("disk")).unwrap();
    let more = ["--eval-batch-size", "2", "--work-dir", "disk/run", "--no-timestamp"];
    let inner = quiz(&place, &server, &more);
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c", SMALL_DISK]);
    command.arg(inner.get_program()).args(inner.get_args()).current_dir(place.folder.path()).env_clear();
    command.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let Ok(output) = command.output() else {
        eprintln!("skipped: there is no `unshare`, which mounts a small disk");
        return;
    };
    let ran = Ran::from(output);
    if !place.path("first").exists() {
        eprintln!("skipped: this machine does not let a test mount a small disk: {}", ran.err);
        return;
    }
    let code = |name| std::fs::read_to_string(place.path(name)).unwrap();
    assert_eq!((code("first").trim(), code("second").trim()), ("5", "0"), "{}", ran.err);
    for part in ["No space left on device", "make room, then run the same command again"] {
        assert!(ran.err.contains(part), "`{part}` is not in:\n{}", ran.err);
    }
    let journal = |folder: &str| {
        std::fs::read_to_string(place.path(folder).join("predictions/m/general_mcq_quiz.jsonl")).unwrap()
    };
    let (before, after) = (journal("before"), journal("after"));
    let whole = before.rfind('\n').map_or(0, |at| at + 1);
    assert!(whole > 0 && after.starts_with(&before[..whole]), "recorded answers are kept as they are");
    assert_eq!(after.lines().count(), 400);
    let recorded = before[..whole].lines().count() as u64;
    // Answers that were under way when the disk was full could not be kept.
    assert!((400..=400 + 2).contains(&server.calls()), "{} calls, {recorded} recorded", server.calls());
}

#[test]
fn a_server_that_dies_stops_the_run_soon() {
    let (place, server) = (Place::new(), Server::start(half_right));
    place.choice_data(300);
    server.fail_when("", 503);
    server.spare_probe();
    let ran = run(&mut quiz(&place, &server, &["--generation-config", "retries=0"]))
        .clear_error(4, &["in a row failed", "run the same command again"]);
    assert!(server.calls() < 100, "{} calls\n{}", server.calls(), ran.err);
}

#[test]
fn report_is_rebuilt_from_the_folder() {
    let (place, server) = (Place::new(), Server::start(half_right));
    place.choice_data(10);
    let first = run(&mut quiz(&place, &server, &[])).expect(0);
    let folder = only_run(&place);
    std::fs::remove_dir_all(folder.join("reports")).unwrap();
    let again = place.run(&["report", &folder.display().to_string()]).expect(0);
    assert_eq!(first.out, again.out);
    assert!(folder.join("reports/report.html").is_file());
}
