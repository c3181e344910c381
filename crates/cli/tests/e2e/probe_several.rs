//! The look before a run with several models and addresses, and what it costs when an endpoint is ill.

use crate::probe::{CHATML, quiz, teller};
use crate::support::server::Server;
use crate::support::{Place, Ran, files_below, json_lines, only_run};
use evalscope_testserver::{Draws, Fault, Habits};
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

/// A run of these models over 3 questions.
fn eval(place: &Place, models: &[Value], more: &[&str]) -> Ran {
    let args =
        json!({"general_mcq": {"local_path": place.choice_data(3), "subset_list": ["quiz"]}}).to_string();
    let models: Vec<String> = models.iter().map(Value::to_string).collect();
    let mut arguments = vec!["eval", "--datasets", "general_mcq", "--dataset-args", &args];
    arguments.extend(models.iter().flat_map(|model| ["--model", model.as_str()]));
    arguments.extend(more);
    place.run(&arguments)
}

fn probe_json(run: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(run.join("probe.json")).unwrap()).unwrap()
}

#[test]
fn every_address_of_every_model_is_looked_at_once() {
    let place = Place::new();
    let (a, b, c) = (teller(), teller(), teller());
    c.habits(Habits { draws: Draws::Freely, ..CHATML });
    let models = [
        json!({"model": "one", "api_url": a.url()}),
        // The same at the endpoint.
        json!({"model": "one", "api_url": a.url(), "model_id": "again", "generation_config": {"max_tokens": 9}}),
        json!({"model": "two", "api_url": [b.url(), c.url()], "generation_config": {"temperature": 0.7}}),
    ];
    let ran = eval(&place, &models, &["--work-dir", "outputs"]).expect(0);
    let calls = || a.calls() + b.calls() + c.calls();
    let probed = calls() - 9;
    assert!(
        (24..=42).contains(&probed) && ran.err.contains(&format!("probe: {probed} calls, ")),
        "{}",
        ran.err
    );
    // What only one of two addresses does is said of that one.
    let notes: Vec<&str> = ran.err.lines().filter(|line| line.contains("does not keep to `seed`")).collect();
    assert!(notes.len() == 1 && notes[0].contains(&c.url()) && notes[0].contains("`two`"), "{notes:?}");
    let run = only_run(&place);
    let found = probe_json(&run);
    let urls = |model: &str| -> Vec<String> {
        let all = found[model].as_array().unwrap().iter();
        all.map(|found| found["endpoint"]["url"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        (urls("one"), urls("again"), urls("two")),
        (vec![a.url()], vec![a.url()], vec![b.url(), c.url()])
    );
    let summary = std::fs::read_to_string(run.join("reports/summary.json")).unwrap();
    let summary: Value = serde_json::from_str(&summary).unwrap();
    assert_eq!(summary["nondeterminism"]["two"], json!({"repeats": 8, "differing": 0}));
    let before = calls();
    let ran = eval(&place, &models, &["--fresh"]).expect(0);
    assert!(calls() == before + 9 && !ran.err.contains("probe:"), "{}", ran.err);
}

#[test]
fn one_model_that_lacks_what_is_needed_stops_the_run() {
    let place = Place::new();
    let (a, b, c) = (teller(), teller(), teller());
    c.habits(Habits { ignores_stop: true, ..CHATML });
    let models =
        [json!({"model": "one", "api_url": a.url()}), json!({"model": "two", "api_url": [b.url(), c.url()]})];
    let more = ["--generation-config", "{\"stop\": [\"END\"]}"];
    let ran = eval(&place, &models, &more).clear_error(4, &["general_mcq", "`two`", &c.url(), "`stop`"]);
    assert!(!ran.err.contains(&b.url()) && !place.path("outputs").exists(), "{}", ran.err);
}

#[test]
fn a_model_of_which_nothing_is_known_does_not_stop_the_others() {
    let place = Place::new();
    let (well, ill) = (teller(), Server::start(|_| "B".into()));
    ill.always(Fault::status(500));
    let models =
        [json!({"model": "well", "api_url": well.url()}), json!({"model": "ill", "api_url": ill.url()})];
    let ran = eval(&place, &models, &["--generation-config", "retries=0"]);
    assert!(ran.err.contains("nothing is known of the endpoint of `ill`"), "{}", ran.err);
    let run = only_run(&place);
    assert_eq!(json_lines(&run.join("predictions/well/general_mcq_quiz.jsonl")).len(), 3);
    let found = probe_json(&run);
    assert!(found["ill"][0]["failure"].as_str().unwrap().contains("500"));
    assert!(found["well"][0].get("failure").is_none());
}

#[test]
fn an_endpoint_that_never_answers_ends_the_look_soon() {
    let (place, server) = (Place::new(), Server::start(|_| "B".into()));
    server.always(Fault::Silence);
    let begun = Instant::now();
    let url = server.url();
    place
        .run(&["probe", &url, "--model", "m", "--generation-config", "timeout=1"])
        .clear_error(4, &["no answer"]);
    assert!(begun.elapsed() < Duration::from_secs(50), "{:?}", begun.elapsed());
}

#[test]
fn a_pace_that_is_too_slow_for_a_look_leaves_it_out() {
    let (place, server) = (Place::new(), teller());
    let ran = quiz(&place, &server, &["--rpm", "10", "--limit", "1"]).expect(0);
    assert!(server.calls() == 1 && ran.err.contains("is not looked at, as `--rpm`"), "{}", ran.err);
}

#[test]
fn a_run_made_again_is_looked_at_as_the_first_was() {
    let (place, server) = (Place::new(), teller());
    quiz(&place, &server, &["--no-probe"]).expect(0);
    let run = only_run(&place).display().to_string();
    place.run(&["rerun", &run, "--work-dir", "again"]).expect(0);
    assert_eq!(server.calls(), 6);
}

#[test]
fn a_password_in_the_address_is_kept_nowhere() {
    let (place, server) = (Place::new(), teller());
    let url = server.url().replace("://", "://user:sesame@");
    let ran = place.run(&["probe", &url, "--model", "m", "--json"]).expect(0);
    assert!(!format!("{}{}", ran.out, ran.err).contains("sesame"), "{}{}", ran.out, ran.err);
    let files = files_below(&place.path("cache/probes"));
    assert_eq!(files.len(), 1);
    assert!(!std::fs::read_to_string(&files[0]).unwrap().contains("sesame"));
}
