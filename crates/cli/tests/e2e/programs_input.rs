//! Programs whose standard input is longer than what the journal writes down of it.

use crate::support::{Place, files_below, json_lines, only_run};
use serde_json::{Value, json};

/// A reply is a program; a row is what it reads.
const BENCHMARK: &str = "
name: reading
title: Reading
about: A program that reads its input.
data:
  subsets: [all]
  test: test
  files: [{path: '{split}.jsonl'}]
sample: {id: row.id, question: row.id, target: \"''\", input: row.input}
protocols:
  own:
    default: true
    prompt: '{{ question }}'
    extract: [whole]
    execute: {language: python, stdin: '{{ input }}', program: '{{ answer }}'}
    score: {acc: passed}
";
/// Passes when the last sign of its input is an `a`.
const REPLY: &str = "import sys\nassert sys.stdin.read().strip()[-1] == 'a'";

/// Two rows whose inputs are the same for 30,000 bytes and then end as given.
fn rows(place: &Place, ends: [&str; 2]) {
    let row = |(id, end): (usize, &str)| {
        format!("{}\n", json!({"id": format!("r{id}"), "input": "x".repeat(30_000) + end}))
    };
    place.write("data/reading/test.jsonl", &ends.into_iter().enumerate().map(row).collect::<String>());
}

/// The first word of each verdict.
fn verdicts(run: &std::path::Path) -> Vec<String> {
    let lines: Vec<Value> =
        files_below(&run.join("reviews")).iter().flat_map(|path| json_lines(path)).collect();
    let verdict = |line: &Value| {
        let explanation = line["sample_score"]["score"]["explanation"].as_str().unwrap_or_default();
        explanation.split([':', ' ']).next().unwrap_or_default().to_owned()
    };
    lines.iter().map(verdict).collect()
}

fn programs(run: &std::path::Path) -> Vec<Value> {
    let lines = files_below(&run.join("predictions")).into_iter().flat_map(|path| json_lines(&path));
    lines.filter(|line| line["execute"].is_object()).collect()
}

#[test]
fn programs_that_differ_only_far_into_their_input_are_kept_apart() {
    let place = Place::new();
    if place.run(&["doctor"]).code != 0 {
        return;
    }
    place.write("reading.yaml", BENCHMARK);
    rows(&place, ["a", "b"]);
    let replies: String =
        (0..2).map(|id| format!("{}\n", json!({"task": format!("r{id}"), "reply": REPLY}))).collect();
    place.write("replies.jsonl", &replies);
    let words = ["score", "replies.jsonl", "--datasets", "reading", "--benchmark-path", "reading.yaml"];
    let columns = ["--prediction-column", "reply", "--id-column", "task", "--dataset-dir", "data"];
    place.run(&[words, columns].concat()).expect(0);

    let run = only_run(&place);
    assert_eq!(verdicts(&run), ["passed", "failed"]);
    let asked = programs(&run);
    assert_eq!(asked.len(), 2);
    assert_ne!(asked[0]["digest"], asked[1]["digest"]);
    assert_ne!(asked[0]["execute"], asked[1]["execute"], "what is written down tells them apart");

    // Scored again, nothing runs; with other inputs, each program runs again.
    let path = run.to_str().expect("UTF-8");
    place.run(&["score", path]).expect(0);
    assert_eq!(programs(&run), asked);
    rows(&place, ["b", "a"]);
    place.run(&["score", path]).expect(0);
    assert_eq!(verdicts(&run), ["failed", "passed"]);
    assert_eq!(programs(&run).len(), 4);
}
