//! Load tests from the command line: options in, files and exit codes out.

use crate::support::Place;
use crate::support::server::Server;
use evalscope_testserver::Fault;
use serde_json::Value;

/// Runs `evalscope perf` with 10 requests of a few tokens.
fn perf(place: &Place, server: &Server, more: &[&str]) -> crate::support::Ran {
    let url = server.url();
    let mut arguments = vec!["perf", "--url", &url, "--model", "m", "--max-tokens", "8", "--no-timestamp"];
    arguments.extend(["--sleep-interval", "0", "--number", "10"]);
    arguments.extend(more);
    place.run(&arguments)
}

#[test]
fn each_load_is_a_stage_with_its_files() {
    let server = Server::start(|_| "one two three".to_owned());
    let place = Place::new();
    let ran = perf(&place, &server, &["--parallel", "1", "4", "--json"]);
    let summary: Value = serde_json::from_str(&ran.out).unwrap();
    let stages = summary["stages"].as_array().unwrap();
    assert_eq!(stages.len(), 2);
    for (stage, parallel) in stages.iter().zip([1, 4]) {
        assert_eq!(stage["parallel"], parallel);
        assert_eq!(stage["requests"]["ok"], 10, "{stage}");
        assert_eq!(stage["tokens"]["output"]["mean"], 3.0);
        let folder = place.path(&format!("outputs/m/parallel_{parallel}_number_10"));
        let rows = std::fs::read_to_string(folder.join("requests.jsonl")).unwrap();
        assert_eq!(rows.lines().count(), 10);
        assert!(folder.join("benchmark_data.db").is_file());
    }
    assert_eq!(server.calls(), 20);
}

#[test]
fn failures_are_told_and_decide_the_exit_code() {
    let server = Server::start(|_| "one".to_owned());
    server.script([Fault::status(500), Fault::busy("1"), Fault::Cut(20)]);
    let ran = perf(&Place::new(), &server, &[]).expect(1);
    assert!(ran.out.contains("7 of 10 requests answered"), "{}", ran.out);
    for class in ["1 http_5xx (status 500", "1 http_429 (status 429: slow down)", "1 truncated ("] {
        assert!(ran.out.contains(class), "{class}: {}", ran.out);
    }
}

#[test]
fn wrong_options_are_refused_before_anything_is_sent() {
    let server = Server::start(|_| "one".to_owned());
    let place = Place::new();
    for (more, says) in [
        (vec!["--dataset", "random"], "--tokenizer-path"),
        (vec!["--dataset", "openqa"], "--dataset-path"),
        (vec!["--dataset", "nothing"], "synthetic"),
        (vec!["--api", "triton"], "openai"),
        (vec!["--extra-args", "[1]"], "--extra-args"),
        (vec!["--goodput", "speed:3"], "ttft"),
        (vec!["--headers", "no-value"], "NAME=VALUE"),
        (vec!["--column", "text"], "--dataset-path"),
        (vec!["--think-time", "1s"], "--multi-turn"),
        (vec!["--min-turns", "3"], "--multi-turn"),
        (vec!["--multi-turn", "--think-time", "5s..1s"], "greater than the second"),
        (vec!["--rate", "-1", "5"], "--rate -1"),
        (vec!["--otlp-url", "ftp://me:secret@h"], "no address of a server"),
        (vec!["--mlflow-url", "h:5000"], "no address of a server"),
        (vec!["--api", "openai_embedding"], "--max-tokens limits answers"),
        (vec!["--no-stream", "--slo", "ttft:p99<1s"], "streamed"),
        (vec!["--api", "openai_completions", "--image-num", "1"], "images"),
        (vec!["--burstiness", "0.3"], "--rate"),
        (vec!["--mlflow-experiment", "x"], "--mlflow-url"),
        // With the 10 that is there already, two numbers for three loads.
        (vec!["--parallel", "1", "2", "3", "--number", "5"], "--number"),
    ] {
        let ran = perf(&place, &server, &more).expect(2);
        assert!(ran.err.contains(says) && !ran.err.contains("secret"), "{more:?}: {}", ran.err);
    }
    let asked =
        ["perf", "--url", &server.url(), "--model", "m", "--api", "openai_embedding", "--goodput", "ttft:5"];
    let ran = place.run(&asked).expect(2);
    assert!(ran.err.contains("streamed"), "{}", ran.err);
    let ran = place.run(&["perf", "--url", "http://127.0.0.1:1/v1", "--model", "m"]).expect(4);
    assert!(ran.err.contains("cannot be reached"), "{}", ran.err);
    assert_eq!(server.calls(), 0);
}

#[test]
fn a_seed_is_sent_where_somebody_says_one() {
    let server = Server::start(|_| "one".to_owned());
    server.record();
    let mut before = 0;
    let mut sent = |more: &[&str]| {
        perf(&Place::new(), &server, more);
        let seen = server.seen();
        let seeded = seen.iter().skip(before).filter(|seen| seen.body.contains("\"seed\":7")).count();
        before = seen.len();
        seeded
    };
    assert_eq!(sent(&[]), 0);
    assert_eq!(sent(&["--seed", "7"]), 10);
    assert_eq!(sent(&["--seed", "7", "--extra-args", "{\"seed\": null}"]), 0);
    assert_eq!(sent(&["--seed", "7", "--api", "openai_responses"]), 0);
}

#[test]
fn prompts_come_from_files() {
    let server = Server::start(|_| "one".to_owned());
    server.record();
    let place = Place::new();
    for (dataset, file, text, wanted) in [
        ("line_by_line", "a.txt", "first line\n\nsecond line\n", "second line"),
        ("openqa", "a.jsonl", "{\"question\": \"why?\"}\n", "why?"),
        ("longalpaca", "a.json", "[{\"instruction\": \"do it\"}]", "do it"),
        (
            "share_gpt",
            "b.jsonl",
            "{\"conversations\": [{\"from\": \"human\", \"value\": \"hello\"}]}\n",
            "hello",
        ),
        ("custom", "c.jsonl", "{\"messages\": [{\"role\": \"user\", \"content\": \"said\"}]}\n", "said"),
        ("rows", "d.csv", "text,other\nfrom a table,x\n", "from a table"),
    ] {
        let path = place.write(file, text).display().to_string();
        perf(&place, &server, &["--dataset", dataset, "--dataset-path", &path]);
        let seen = server.seen();
        assert!(
            seen.iter().any(|seen| seen.body.contains(&format!("\"content\":\"{wanted}\""))),
            "{dataset}"
        );
    }
}

#[test]
fn valid_runs_of_one_load_are_set_against_each_other() {
    let server = Server::start(|_| "one two three".to_owned());
    let more = ["--parallel", "4", "--ramp-up", "0", "--repeat", "3", "--json"];
    let ran = perf(&Place::new(), &server, &more);
    let summary: Value = serde_json::from_str(&ran.out).unwrap();
    let stages = summary["stages"].as_array().unwrap();
    assert_eq!((stages.len(), &stages[0]["start"]), (3, &Value::from("at_once")));
    // A server that answers at once makes runs INVALID, or not.
    let valid = stages.iter().filter(|stage| stage["invalid"].as_array().unwrap().is_empty()).count();
    let spreads = summary["spreads"].as_array().map_or(0, Vec::len);
    assert_eq!(spreads > 0, valid > 1, "{summary}");
    let told = format!("4 in parallel, all at once: {} of 3 runs are INVALID", 3 - valid);
    assert_eq!(ran.err.contains(&told), valid < 3, "{}", ran.err);
    let once = perf(&Place::new(), &server, &["--parallel", "4"]);
    assert!(!once.out.contains("runs of the same load") && !once.out.contains("all at once"), "{}", once.out);
}

#[test]
fn a_disk_that_is_full_ends_the_test() {
    let server = Server::start(|_| "one two three".to_owned());
    let place = Place::new();
    let url = server.url();
    let program = env!("CARGO_BIN_EXE_evalscope");
    // A file may grow to 50 KB or so; more is an error, and no signal.
    let limited = "trap '' XFSZ; ulimit -f 100; exec \"$@\"";
    let mut command = std::process::Command::new("/bin/sh");
    command.args(["-c", limited, "sh", program, "perf", "--url", &url, "--model", "m", "--no-timestamp"]);
    command.args(["--parallel", "8", "--number", "100000", "--prompt", "x", "--no-stream"]);
    let ended = command.current_dir(place.folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(5), "{said}");
    assert!(said.contains("requests.jsonl"), "{said}");
    assert!(server.calls() < 100_000);
}

#[test]
fn a_search_prints_nothing_but_json_when_it_is_asked_for() {
    let server = Server::start(|_| "one two three".to_owned());
    let ran = perf(&Place::new(), &server, &["--slo", "failed<50%", "--slo-upper-bound", "1", "--json"]);
    let summary: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(summary["search"]["goals"], "failed <= 50 %");
}

#[test]
fn recorded_conversations_have_their_own_turns() {
    let server = Server::start(|_| "one".to_owned());
    let place = Place::new();
    let talk = |turns: usize| {
        let said = |turn: usize| {
            format!(r#"{{"from": "human", "value": "{turn}"}}, {{"from": "gpt", "value": "-"}}"#)
        };
        format!("{{\"conversations\": [{}]}}\n", (0..turns).map(said).collect::<Vec<_>>().join(", "))
    };
    let path = place.write("talks.jsonl", &[talk(1), talk(6), talk(3)].concat()).display().to_string();
    let turns = |more: &[&str]| {
        let mut all = vec!["--dataset", "share_gpt_en_multi_turn", "--dataset-path", &path, "--json"];
        all.extend(more);
        let summary: Value = serde_json::from_str(&perf(&place, &server, &all).out).unwrap();
        (summary["stages"][0]["turns"]["sessions"].clone(), summary["notes"].to_string())
    };
    // Ten turns: 1 + 6 + 3, and 6 + 3 + 1.
    let (sessions, notes) = turns(&[]);
    assert_eq!(sessions, 3, "{notes}");
    let (sessions, notes) = turns(&["--min-turns", "3"]);
    assert!(
        sessions == 3 && notes.contains("fewer than 3 turns that were passed over: 1"),
        "{sessions} {notes}"
    );
    // 1 + 2 + 2, twice.
    assert_eq!(turns(&["--max-turns", "2"]).0, 6);
}
