//! Several models against each other: `compare`.

use crate::support::Place;
use crate::support::server::Server;

fn number_in(prompt: &str) -> u64 {
    let rest = prompt.rsplit("Question number ").next();
    rest.and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()).unwrap_or(0)
}

fn always_b(_: &str) -> String {
    "答案：B".into()
}

fn wrong_on_eight(prompt: &str) -> String {
    if number_in(prompt) < 8 { "答案：A".into() } else { "答案：B".into() }
}

/// A run over the quiz into `outputs/NAME`; returns its folder.
fn quiz(place: &Place, server: &Server, name: &str) -> String {
    let (url, work_dir) = (server.url(), format!("outputs/{name}"));
    let data = "{\"general_mcq\": {\"local_path\": \"data\", \"subset_list\": [\"quiz\"]}}";
    let mut arguments = vec!["eval", "--model", name, "--api-url", &url, "--datasets", "general_mcq"];
    arguments.extend(["--dataset-args", data, "--work-dir", &work_dir, "--no-timestamp", "--no-probe"]);
    place.run(&arguments).expect(0);
    place.path(&work_dir).display().to_string()
}

#[test]
fn two_models_are_compared_question_by_question() {
    let (place, good, bad) = (Place::new(), Server::start(always_b), Server::start(wrong_on_eight));
    place.choice_data(20);
    let (one, other) = (quiz(&place, &bad, "weak"), quiz(&place, &good, "strong"));
    let ran = place.run(&["compare", &one, &other, "--json"]).expect(0);
    let found: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let pair = &found["benchmarks"][0]["pairs"][0];
    assert_eq!((&found["models"][1]["model"], pair["n"].as_u64()), (&"strong".into(), Some(20)));
    let difference = pair["difference"].as_f64().unwrap();
    let only_b = pair["mcnemar"]["only_b"].as_u64().unwrap();
    assert!((difference - only_b as f64 / 20.0).abs() < 1e-12 && (7..=8).contains(&only_b), "{found}");
    let shown = place.run(&["compare", &one, &other]).expect(0).out;
    assert!(shown.contains("2 − 1") && shown.contains("more than noise"), "{shown}");
    // Twice the same gives the same bits.
    assert_eq!(place.run(&["compare", &one, &other, "--json"]).expect(0).out, ran.out);
}

#[test]
fn what_cannot_be_compared_is_said() {
    let (place, server) = (Place::new(), Server::start(always_b));
    place.choice_data(3);
    let run = quiz(&place, &server, "alone");
    let ran = place.run(&["compare", &run, &run, "--metric", "bleu"]).expect(2);
    assert!(ran.err.contains("it has no metric `bleu`, it has `"), "{}", ran.err);
    let ran = place.run(&["compare", &run]).expect(2);
    assert!(ran.err.contains("fewer than two models"), "{}", ran.err);
    place.run(&["compare", "nowhere"]).expect(2);
}

#[test]
fn samples_that_failed_are_told_first() {
    let (place, good, bad) = (Place::new(), Server::start(always_b), Server::start(always_b));
    place.choice_data(10);
    let one = quiz(&place, &good, "whole");
    bad.fail_when("Question number 4?", 400);
    let (url, data) =
        (bad.url(), "{\"general_mcq\": {\"local_path\": \"data\", \"subset_list\": [\"quiz\"]}}");
    let mut arguments = vec!["eval", "--model", "partly", "--api-url", &url, "--datasets", "general_mcq"];
    arguments.extend([
        "--dataset-args",
        data,
        "--work-dir",
        "outputs/partly",
        "--no-timestamp",
        "--no-probe",
    ]);
    place.run(&arguments).expect(1);
    let other = place.path("outputs/partly").display().to_string();
    let shown = place.run(&["compare", &one, &other]).expect(0).out;
    let first = shown.lines().next().unwrap();
    assert!(first.contains("model 2: 1 of 10 samples failed, 0 were not reached"), "{shown}");
}
