//! Programs that models write: scored in a sandbox, journaled, run again only when they have to; and the commands around.

use crate::support::{Place, Ran, files_below, json_lines, only_run};
use serde_json::{Value, json};
use std::io::Write;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Whether this machine can run programs; says so when it cannot.
fn can_run(place: &Place) -> bool {
    let ran = place.run(&["doctor"]);
    if ran.code != 0 || !ran.out.contains("language   Python: 3") {
        let _ = writeln!(std::io::stderr(), "skipped: programs cannot be run here:\n{}", ran.out);
        return false;
    }
    true
}

/// Problems in the form of HumanEval: the n-th wants n back.
fn problems(place: &Place, count: usize) {
    let problem = |n: usize| {
        json!({
            "task_id": format!("Our/{n}"),
            "prompt": format!("def f{n}():\n    \"\"\" Return {n}. \"\"\"\n"),
            "canonical_solution": format!("    return {n}\n"),
            "entry_point": format!("f{n}"),
            "test": format!("def check(candidate):\n    assert candidate() == {n}\n"),
        })
    };
    let lines: String = (0..count).map(|n| format!("{}\n", problem(n))).collect();
    place.write("data/humaneval/HumanEval.jsonl", &lines);
}

/// Replies as a file of predictions: problem and reply.
fn score(place: &Place, replies: &[(usize, &str)], more: &[&str]) -> Ran {
    let lines: String = replies
        .iter()
        .map(|(n, reply)| format!("{}\n", json!({"task": format!("Our/{n}"), "reply": reply})))
        .collect();
    place.write("replies.jsonl", &lines);
    let mut arguments = vec!["score", "replies.jsonl", "--datasets", "humaneval"];
    arguments.extend([
        "--prediction-column",
        "reply",
        "--id-column",
        "task",
        "--dataset-dir",
        "data",
        "--json",
    ]);
    arguments.extend(more);
    place.run(&arguments)
}

fn summary(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).expect("the summary is JSON")
}

#[test]
fn programs_are_run_scored_and_journaled() {
    let place = Place::new();
    if !can_run(&place) {
        return;
    }
    problems(&place, 6);
    let replies = [
        (0, "    return 0\n"),
        (1, "Here it is:\n```python\ndef f1():\n    return 1\n```\nGood luck."),
        (2, "    return 3\n"),
        (3, "    while True: pass\n"),
        (4, "    return (\n"),
        (5, "    import sys\n    sys.exit(0)\n"),
    ];
    let ran = score(&place, &replies, &[]).expect(0);
    let benchmark = &summary(&ran)["benchmarks"][0];
    assert_eq!(
        (benchmark["metric"].as_str(), benchmark["score"].as_f64()),
        (Some("pass@1"), Some(2.0 / 6.0))
    );
    assert_eq!(benchmark["isolation"], "full");

    let run = only_run(&place);
    let reviews = files_below(&run.join("reviews"));
    let verdicts: Vec<String> = json_lines(&reviews[0])
        .iter()
        .map(|line| line["sample_score"]["score"]["explanation"].as_str().unwrap_or_default().to_owned())
        .collect();
    let begins = ["passed", "passed", "failed", "timeout", "compile_error: SyntaxError", "runtime_error"];
    for (verdict, begin) in verdicts.iter().zip(begins) {
        assert!(verdict.starts_with(begin), "{verdict} does not begin with {begin}");
    }
    let journal = files_below(&run.join("predictions")).remove(0);
    let programs = |lines: &[Value]| lines.iter().filter(|line| line["execute"].is_object()).count();
    let lines = json_lines(&journal);
    assert_eq!((lines.len(), programs(&lines)), (12, 6));

    // Scored again, no program is run again: nothing is added to the journal.
    let again = place.run(&["score", run.to_str().expect("UTF-8"), "--json"]).expect(0);
    assert_eq!(summary(&again)["benchmarks"][0]["score"], benchmark["score"]);
    assert_eq!(json_lines(&journal), lines);
}

#[test]
fn repeats_give_pass_at_k() {
    let place = Place::new();
    if !can_run(&place) {
        return;
    }
    problems(&place, 2);
    let (good, bad) = ("    return 0\n", "    return -1\n");
    let replies = [(0, good), (0, bad), (0, bad), (1, bad), (1, bad), (1, "    return 1\n")];
    let ran = score(&place, &replies, &["--repeats", "3"]).expect(0);
    let metrics = summary(&ran)["benchmarks"][0]["metrics"].clone();
    let value = |name: &str| {
        let metric = metrics.as_array().and_then(|all| all.iter().find(|metric| metric["name"] == name));
        metric.and_then(|metric| metric["score"].as_f64()).expect("the metric is told")
    };
    assert!((value("pass@1") - 1.0 / 3.0).abs() < 1e-12);
    assert!((value("pass@2") - 2.0 / 3.0).abs() < 1e-12);
    assert!((value("pass@3") - 1.0).abs() < 1e-12);
}

#[test]
fn a_weaker_sandbox_is_said_in_the_report() {
    let place = Place::new();
    if !can_run(&place) {
        return;
    }
    problems(&place, 1);
    score(&place, &[(0, "    return 0\n")], &["--sandbox", "namespaces"]).expect(0);
    let report = std::fs::read_to_string(only_run(&place).join("reports/report.md"));
    let report = report.unwrap_or_else(|_| {
        let all = files_below(&only_run(&place));
        let markdown =
            all.iter().find(|path| path.extension().is_some_and(|end| end == "md")).expect("a report");
        std::fs::read_to_string(markdown).expect("it can be read")
    });
    assert!(report.contains("weaker sandbox: namespaces, without Landlock"), "{report}");
}

#[test]
fn without_the_kernel_s_help_nothing_is_asked_or_run() {
    let place = Place::new();
    let unshare = PathBuf::from("/usr/bin/unshare");
    if !can_run(&place) || !unshare.exists() {
        return;
    }
    problems(&place, 1);
    place.write("replies.jsonl", "{\"task\": \"Our/0\", \"reply\": \"    return 0\"}\n");
    let evalscope = env!("CARGO_BIN_EXE_evalscope");
    let take_away = "echo 0 >/proc/sys/user/max_user_namespaces && exec \"$0\" \"$@\"";
    let mut command = place.evalscope(&[]);
    let program = std::mem::replace(&mut command, std::process::Command::new(&unshare));
    command.args(["-Ur", "/bin/sh", "-c", take_away, evalscope]);
    command.args(["score", "replies.jsonl", "--datasets", "humaneval", "--prediction-column", "reply"]);
    command.args(["--id-column", "task", "--dataset-dir", "data"]);
    command.current_dir(place.folder.path()).env_clear();
    command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let ran = Ran::from(command.output().expect("unshare starts"));
    ran.clear_error(5, &["the sandbox refuses to run programs: user namespaces", "hint: allow unprivileged"]);
    assert!(!place.path("outputs").exists(), "no run was begun");
}

#[test]
fn a_command_runs_apart_from_this_machine() {
    let place = Place::new();
    if !can_run(&place) {
        return;
    }
    place.write("x.py", "import os, sys\nprint(open('data/in.txt').read(), sys.argv[1:])\nsys.exit(7)\n");
    place.write("data/in.txt", "given");
    place.write("secret.txt", "not given");
    let run = |more: &[&str]| {
        let mut arguments = vec!["sandbox", "run"];
        arguments.extend(more);
        place.run(&arguments)
    };
    let ran = run(&["--", "python3", "x.py", "data/in.txt"]).expect(7);
    assert_eq!(ran.out, "given ['data/in.txt']\n");
    let reading = run(&["--", "python3", "-c", "open('secret.txt')"]).expect(1);
    assert!(reading.err.contains("FileNotFoundError"), "{}", reading.err);
    let json = run(&["--json", "--cpu", "0.3", "--", "python3", "-c", "while True: pass"]).expect(124);
    let execution: Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!(execution["verdict"], "timeout");
    run(&["--", "python3", "-c", "import socket; socket.socket()"]).expect(1);
    run(&["--", "/no/such/program"]).clear_error(5, &["/no/such/program"]);
    run(&["--file", "absent", "--", "python3"]).clear_error(2, &["absent"]);
}

#[test]
fn a_killed_command_leaves_no_process() {
    let place = Place::new();
    if !can_run(&place) {
        return;
    }
    let name = format!("e2e{}", std::process::id());
    let program = "import time\ntime.sleep(100)";
    let mut command =
        place.evalscope(&["sandbox", "run", "--wall", "100", "--", "python3", "-c", program, &name]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary starts");
    let is_there = || {
        let processes = std::fs::read_dir("/proc").expect("there is a /proc").flatten();
        let mut commands =
            processes.filter_map(|process| std::fs::read_to_string(process.path().join("cmdline")).ok());
        commands.any(|found| found.contains(&name) && !found.contains("evalscope"))
    };
    let wait_until = |wanted: bool| {
        let begun = Instant::now();
        while is_there() != wanted {
            assert!(begun.elapsed() < Duration::from_secs(30), "the program is there: {}", !wanted);
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    wait_until(true);
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    wait_until(false);
}
