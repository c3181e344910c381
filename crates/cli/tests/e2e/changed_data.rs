//! Runs whose data files have changed: no score outlives the data that it is of, and no run mixes two data sets.

use crate::runs::quiz;
use crate::support::server::Server;
use crate::support::{Place, Ran, json_lines, only_run};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const FILE: &str = "data/quiz_val.jsonl";
/// What every message about the file says.
const CHANGED: &str = "general_mcq@evalscope-1.14: quiz_val.jsonl has changed since";

fn run(command: &mut Command) -> Ran {
    Ran::from(command.output().expect("the binary starts"))
}

/// A finished run over so many questions whose right answer is B, as the model says.
fn finished(place: &Place, server: &Server, count: usize) -> PathBuf {
    place.choice_data(count);
    run(&mut quiz(place, server, &[])).expect(0);
    only_run(place)
}

fn model() -> Server {
    Server::start(|_| "答案：B".into())
}

/// Writes another word for each of one in the data.
fn change(place: &Place, from: &str, to: &str) {
    let text = std::fs::read_to_string(place.path(FILE)).unwrap();
    assert!(text.contains(from), "{text}");
    place.write(FILE, &text.replace(from, to));
}

fn score(place: &Place, folder: &Path) -> Ran {
    place.run(&["score", &folder.display().to_string()])
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Planned, scored, without a fitting reply, and the score.
fn counts(folder: &Path) -> (u64, u64, u64, Option<f64>) {
    let summary = json(&folder.join("reports/summary.json"));
    let of = |name: &str| summary["counts"][name].as_u64().unwrap();
    let unanswered = summary["unanswered"].as_u64().unwrap_or(0);
    (of("planned"), of("scored"), unanswered, summary["benchmarks"][0]["score"].as_f64())
}

#[test]
fn replies_to_other_questions_are_in_no_score() {
    let (place, server) = (Place::new(), model());
    let folder = finished(&place, &server, 10);
    let asked = json(&folder.join("manifest.json"))["benchmarks"][0]["data"].clone();
    change(&place, "Question number", "Another question");
    let first = format!(
        "10 of 10 samples have no recorded reply that fits this data ({CHANGED} the models were asked), and are in no score"
    );
    for again in [
        &mut place.evalscope(&["score", &folder.display().to_string()]),
        &mut quiz(&place, &server, &["--stage", "review", "--use-cache", &folder.display().to_string()]),
        &mut place.evalscope(&["report", &folder.display().to_string()]),
    ] {
        let ran = run(again);
        let lines: Vec<&str> = ran.out.lines().map(str::trim).take(4).collect();
        assert!(lines.join(" ").starts_with(&first), "{}\n{}", ran.out, ran.err);
        assert_eq!(ran.code, 1, "{}", ran.err);
        assert_eq!(counts(&folder), (10, 0, 10, None));
        assert!(json_lines(&folder.join("reviews/m/general_mcq_quiz.jsonl")).is_empty());
    }
    for report in ["report.html", "report.md"] {
        let text = std::fs::read_to_string(folder.join("reports").join(report)).unwrap();
        assert!(text.contains("10 of 10 samples have no recorded reply"), "{report}");
    }
    let ran = score(&place, &folder).expect(1);
    assert!(ran.err.contains(&format!("{CHANGED} the models were asked; ")), "{}", ran.err);
    assert!(ran.err.contains("evalscope rerun"), "{}", ran.err);
    let manifest = json(&folder.join("manifest.json"));
    assert_eq!(manifest["benchmarks"][0]["asked"], asked);
    assert_ne!(manifest["benchmarks"][0]["data"], asked);
    // Nothing is lost: with the data of before the scores are those of before.
    change(&place, "Another question", "Question number");
    let ran = score(&place, &folder).expect(0);
    assert!(
        !ran.err.contains("has changed") && !ran.out.contains("no recorded reply"),
        "{}{}",
        ran.err,
        ran.out
    );
    assert_eq!(counts(&folder), (10, 10, 0, Some(1.0)));
    assert!(json(&folder.join("manifest.json"))["benchmarks"][0]["asked"].is_null());
    assert_eq!(server.calls(), 10);
}

#[test]
fn a_lost_reply_takes_its_sample_out_of_the_score_and_is_asked_again() {
    let (place, server) = (Place::new(), model());
    let folder = finished(&place, &server, 10);
    let journal = folder.join("predictions/m/general_mcq_quiz.jsonl");
    let text = std::fs::read_to_string(&journal).unwrap();
    std::fs::write(&journal, &text[..text.len() - 20]).unwrap();
    let ran = score(&place, &folder).expect(1);
    let first = "1 of 10 samples has no recorded reply that fits this data, and is in no score";
    assert_eq!(ran.out.lines().next(), Some(first));
    assert_eq!(counts(&folder), (10, 9, 1, Some(1.0)));
    let path = folder.display().to_string();
    assert!(ran.err.contains(&format!("`--use-cache {path}`")), "{}", ran.err);
    run(&mut quiz(&place, &server, &["--use-cache", &path])).expect(0);
    assert_eq!((server.calls(), counts(&folder)), (11, (10, 10, 0, Some(1.0))));
}

#[test]
fn corrected_answers_are_scored_and_not_asked_with() {
    let (place, server) = (Place::new(), model());
    let folder = finished(&place, &server, 10);
    let path = folder.display().to_string();
    change(&place, "four\",\"answer\":\"B\"", "four\",\"answer\":\"A\"");
    let ran = score(&place, &folder).expect(0);
    assert!(ran.err.contains(CHANGED), "{}", ran.err);
    assert_eq!(counts(&folder), (10, 10, 0, Some(0.0)));
    // The replies are still those to the first file, however often they are scored by another one.
    run(&mut quiz(&place, &server, &["--use-cache", &path]))
        .clear_error(2, &[CHANGED, "leave `--use-cache` out"]);
    assert_eq!(counts(&folder), (10, 10, 0, Some(0.0)));
    change(&place, "four\",\"answer\":\"A\"", "four\",\"answer\":\"B\"");
    run(&mut quiz(&place, &server, &["--use-cache", &path])).expect(0);
    assert_eq!((server.calls(), counts(&folder)), (10, (10, 10, 0, Some(1.0))));
}

#[test]
fn a_run_does_not_go_on_with_other_data() {
    let (place, server) = (Place::new(), model());
    place.choice_data(10);
    let named = ["--work-dir", "one", "--no-timestamp"];
    run(&mut quiz(&place, &server, &named)).expect(0);
    let within = ["--work-dir", "many"];
    run(&mut quiz(&place, &server, &within)).expect(0);
    let journal = || std::fs::read(place.path("one/predictions/m/general_mcq_quiz.jsonl")).unwrap();
    let (before, calls) = (journal(), server.calls());
    change(&place, "Question number", "Another question");
    let elsewhere = "give another `--work-dir`";
    run(&mut quiz(&place, &server, &named)).clear_error(2, &[CHANGED, elsewhere, "`evalscope score one`"]);
    run(&mut quiz(&place, &server, &["--work-dir", "one"])).clear_error(2, &[CHANGED, elsewhere]);
    let ran = run(&mut quiz(&place, &server, &["--use-cache", "one"]));
    let ran = ran.clear_error(2, &["the run in one was asked with other data", "leave `--use-cache` out"]);
    assert!(!ran.err.contains("--fresh"), "{}", ran.err);
    assert_eq!((journal() == before, server.calls()), (true, calls), "nothing was called or written");
    // Where no folder was named, there is a new one.
    let ran = run(&mut quiz(&place, &server, &within)).expect(0);
    assert!(ran.err.contains("a new run begins: many/") && ran.err.contains(CHANGED), "{}", ran.err);
    assert_eq!(server.calls(), calls + 10);
    // And each is found again by its data.
    let ran = run(&mut quiz(&place, &server, &within)).expect(0);
    assert!(ran.err.contains("going on with many/") && !ran.err.contains("a new run"), "{}", ran.err);
    change(&place, "Another question", "Question number");
    let ran = run(&mut quiz(&place, &server, &within)).expect(0);
    assert!(ran.err.contains("going on with many/") && !ran.err.contains("a new run"), "{}", ran.err);
    assert_eq!(server.calls(), calls + 10);
    assert_eq!(std::fs::read_dir(place.path("many")).unwrap().count(), 2);
}

#[test]
fn a_run_that_does_not_say_what_it_was_made_of_goes_on() {
    let (place, server) = (Place::new(), model());
    let folder = finished(&place, &server, 10);
    let path = folder.display().to_string();
    for manifest in [None, Some("{ damaged")] {
        match manifest {
            None => std::fs::remove_file(folder.join("manifest.json")).unwrap(),
            Some(text) => std::fs::write(folder.join("manifest.json"), text).unwrap(),
        }
        run(&mut quiz(&place, &server, &["--use-cache", &path])).expect(0);
        assert_eq!((server.calls(), counts(&folder)), (10, (10, 10, 0, Some(1.0))));
    }
}

#[test]
fn a_scoring_that_was_killed_is_made_up_for_by_the_next() {
    let (place, server) = (Place::new(), model());
    let folder = finished(&place, &server, 300);
    let reviews = folder.join("reviews/m/general_mcq_quiz.jsonl");
    let before = std::fs::read(&reviews).unwrap();
    for delay in 0..8 {
        let mut command = place.evalscope(&["score", &folder.display().to_string()]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Wherever the kill meets it: the first ones before the reviews of before are gone, the last ones after.
        while reviews.exists() && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        std::thread::sleep(std::time::Duration::from_millis(delay));
        child.kill().unwrap();
        child.wait().unwrap();
        // Said as it is, until then.
        let ran = place.run(&["report", &folder.display().to_string()]);
        assert!(ran.code == 0 || ran.out.contains("the run was interrupted"), "{}\n{}", ran.out, ran.err);
        score(&place, &folder).expect(0);
        assert!(std::fs::read(&reviews).unwrap() == before, "after {delay} ms");
        assert_eq!(counts(&folder), (300, 300, 0, Some(1.0)));
    }
}

#[test]
fn damaged_reviews_are_made_again() {
    let (place, server) = (Place::new(), model());
    let folder = finished(&place, &server, 10);
    let reviews = folder.join("reviews/m/general_mcq_quiz.jsonl");
    let text = std::fs::read_to_string(&reviews).unwrap();
    std::fs::write(&reviews, text.replacen("{\"index\":1,", "oops ", 1)).unwrap();
    let path = folder.display().to_string();
    let remedy = format!("make all reviews again: `evalscope score {path}`");
    place.run(&["report", &path]).clear_error(3, &["general_mcq_quiz.jsonl:2", &remedy]);
    score(&place, &folder).expect(0);
    assert_eq!(std::fs::read_to_string(&reviews).unwrap(), text);
    std::fs::write(folder.join("predictions/m/general_mcq_quiz.jsonl"), "oops\n").unwrap();
    score(&place, &folder).clear_error(3, &["a call without a line is made again"]);
}

#[test]
fn what_is_advised_about_another_plan_can_be_done() {
    let (place, server) = (Place::new(), model());
    place.choice_data(10);
    let named = ["--work-dir", "one", "--no-timestamp"];
    run(&mut quiz(&place, &server, &named)).expect(0);
    let refused = |more: &[&str], advice: &str| {
        let ran = run(&mut quiz(&place, &server, &[more, &["--seed", "7"]].concat()));
        let ran = ran.clear_error(2, &["the run in one was planned differently: seed", advice]);
        assert!(!ran.err.contains("--fresh"), "{}", ran.err);
    };
    refused(&named, "or start a new one: give another `--work-dir`");
    refused(&["--work-dir", "one"], "or start a new one: give another `--work-dir`");
    refused(&["--use-cache", "one"], "or start a new one: leave `--use-cache` out");
    refused(&["--use-cache", "one", "--stage", "review"], "`evalscope score one` takes the recorded options");
    run(&mut quiz(&place, &server, &["--work-dir", "one", "--fresh"]))
        .clear_error(2, &["one is a run itself"]);
    let ran =
        place.run(&["rerun", "one", "--work-dir", "one"]).clear_error(2, &["folder of runs as `--work-dir`"]);
    assert!(!ran.err.contains("--fresh"), "{}", ran.err);
    // One question more is another plan, with the recorded options.
    place.choice_data(11);
    let ran =
        place.run(&["score", "one"]).clear_error(2, &["planned differently", "evalscope rerun ", CHANGED]);
    assert!(!ran.err.contains("--fresh") && !ran.err.contains("--work-dir"), "{}", ran.err);
}

#[test]
fn failures_of_before_do_not_end_a_scoring() {
    let (place, server) = (Place::new(), model());
    place.choice_data(30);
    server.fail_when("Question number 1", 500);
    let more = ["--max-errors", "3", "--eval-batch-size", "1", "--generation-config", "retries=0"];
    let ran = run(&mut quiz(&place, &server, &more));
    assert!(ran.err.contains("error: "), "{}", ran.err);
    let folder = only_run(&place);
    let scored = counts(&folder).1;
    assert!(scored > 0);
    let ran = score(&place, &folder).expect(1);
    assert!(!ran.err.contains("error: "), "{}", ran.err);
    assert_eq!(counts(&folder).1, scored);
}
