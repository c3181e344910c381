//! Several models in one run, several endpoints for one model, and options from a file.

use crate::support::server::Server;
use crate::support::{Place, Ran, files_below, json_lines, only_run};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// The arguments that choose the quiz.
fn quiz(place: &Place) -> [String; 6] {
    let args = json!({"general_mcq": {"local_path": place.path("data"), "subset_list": ["quiz"]}});
    let words = ["--datasets", "general_mcq", "--dataset-hub", "local", "--dataset-args"];
    let mut words: Vec<String> = words.map(str::to_owned).into();
    words.push(args.to_string());
    words.try_into().expect("there are six")
}

/// Calls are counted, so none goes to a probe.
fn eval(place: &Place, more: &[&str]) -> Ran {
    let quiz = quiz(place);
    let mut arguments = vec!["eval", "--no-probe"];
    arguments.extend(quiz.iter().map(String::as_str));
    arguments.extend(more);
    place.run(&arguments)
}

/// The journal's entries of one model.
fn predictions(run: &Path, model: &str) -> Vec<Value> {
    let files = files_below(&run.join("predictions"));
    let own = files.iter().filter(|file| file.components().any(|part| part.as_os_str() == model));
    own.flat_map(|file| json_lines(file)).collect()
}

#[test]
fn models_run_side_by_side_each_with_its_own_options() {
    let place = Place::new();
    place.choice_data(12);
    let (a, b) = (Server::start(|_| "ANSWER: B".into()), Server::start(|_| "ANSWER: A".into()));
    let first = json!({"model": "right", "api_url": a.url()}).to_string();
    let second = json!({
        "model": "wrong", "api_url": b.url(), "model_id": "other", "generation_config": {"max_tokens": 7},
        "api_key": "sk-of-the-second-model"
    });
    let second = second.to_string();
    let ran = eval(&place, &["--model", &first, &second]).expect(0);
    assert!(ran.out.contains("right") && ran.out.contains("other"), "{}", ran.out);
    let run = only_run(&place);
    assert_eq!((predictions(&run, "right").len(), predictions(&run, "other").len()), (12, 12));
    let summary = std::fs::read_to_string(run.join("reports/summary.json")).expect("there is a summary");
    let scores: Vec<&str> =
        summary.matches("\"score\": 1.0").chain(summary.matches("\"score\": 0.0")).collect();
    assert!(scores.iter().any(|score| score.ends_with("1.0")), "{summary}");
    assert!(scores.iter().any(|score| score.ends_with("0.0")), "{summary}");
    for file in files_below(&run) {
        let text = String::from_utf8_lossy(&std::fs::read(&file).expect("it can be read")).into_owned();
        assert!(!text.contains("sk-of-the-second-model"), "{}", file.display());
    }
    // The same again, from what was recorded.
    let run = run.display().to_string();
    let again = place.run(&["rerun", &run, "--work-dir", "again"]).expect(0);
    assert!(again.out.contains("right") && again.out.contains("other"), "{}", again.out);
}

#[test]
fn a_model_that_is_gone_does_not_stop_the_others() {
    let place = Place::new();
    place.choice_data(60);
    let (a, b) = (Server::start(|_| "ANSWER: B".into()), Server::start(|_| "ANSWER: B".into()));
    b.always(evalscope_testserver::Fault::status(500));
    // The well one has most of its way before it when the ill one is gone.
    a.delay(Duration::from_millis(30));
    let patience = "{\"retries\": 0}";
    let model = |name: &str, server: &Server| json!({"model": name, "api_url": server.url()}).to_string();
    let (first, second) = (model("well", &a), model("ill", &b));
    let ran = eval(&place, &["--model", &first, "--model", &second, "--generation-config", patience]);
    let ran = ran.clear_error(4, &["ill", "in a row failed"]);
    assert!(!ran.err.contains("well:"), "{}", ran.err);
    let run = only_run(&place);
    assert_eq!(predictions(&run, "well").len(), 60);
    // Each failed call is a failed sample, that of the one which ended the model too: none is a wrong answer.
    let failed = predictions(&run, "ill").len();
    let first = format!("{failed} of 120 samples failed and are not in the scores: {failed} of ill");
    assert_eq!(ran.out.lines().next(), Some(first.as_str()), "{}", ran.out);
    assert!(ran.out.contains("1.0000"), "{}", ran.out);
    for report in ["reports/report.md", "reports/report.html"] {
        let text = std::fs::read_to_string(run.join(report)).expect("there is a report");
        assert!(text.contains(&first), "{report}");
    }
}

#[test]
fn a_model_that_refuses_its_first_call_is_named_in_the_first_line() {
    let place = Place::new();
    place.choice_data(12);
    let (a, b) = (Server::start(|_| "ANSWER: B".into()), Server::start(|_| "ANSWER: B".into()));
    b.fail_when("messages", 401);
    let model = |name: &str, server: &Server| json!({"model": name, "api_url": server.url()}).to_string();
    let (first, second) = (model("well", &a), model("shut", &b));
    let ran = eval(&place, &["--model", &first, &second, "--eval-batch-size", "1"]);
    let ran = ran.clear_error(4, &["shut", "401"]);
    let first = "1 of 24 samples failed and are not in the scores: 1 of shut";
    assert_eq!(ran.out.lines().next(), Some(first), "{}", ran.out);
}

#[test]
fn endpoints_share_the_calls_and_stand_in_for_each_other() {
    let place = Place::new();
    place.choice_data(80);
    let (a, b) = (Server::start(|_| "ANSWER: B".into()), Server::start(|_| "ANSWER: B".into()));
    let heavy = json!({"url": a.url(), "weight": 3}).to_string();
    let urls = ["--model", "m", "--api-url", &heavy, &b.url(), "--eval-batch-size", "8"];
    eval(&place, &[&urls[..], &["--work-dir", "both"]].concat()).expect(0);
    let (at_a, at_b) = (a.calls(), b.calls());
    assert_eq!(at_a + at_b, 80);
    assert!(at_a > at_b && at_b > 0, "{at_a} and {at_b}");
    // One is gone from the beginning: it is named, and nothing is lost. As long as the socket has the port, nobody else is
    // given it.
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket can be made");
    socket.bind(([127, 0, 0, 1], 0).into()).expect("loopback has a free port");
    let gone = format!("http://{}/v1", socket.local_addr().expect("a bound socket has an address"));
    let gone = json!({"url": gone, "weight": 3}).to_string();
    let urls = ["--model", "m", "--api-url", &gone, &b.url(), "--eval-batch-size", "8"];
    let ran = eval(&place, &[&urls[..], &["--work-dir", "one"]].concat()).expect(0);
    assert!(ran.err.contains("one endpoint is out of use"), "{}", ran.err);
    assert_eq!(b.calls(), at_b + 80);
}

#[test]
fn an_endpoint_of_empty_replies_is_left_alone_when_another_answers() {
    let place = Place::new();
    place.choice_data(80);
    let (mute, good) = (Server::start(|_| "ANSWER: B".into()), Server::start(|_| "ANSWER: B".into()));
    mute.always(evalscope_testserver::Fault::EmptyReply);
    let urls = ["--model", "m", "--api-url", &mute.url(), &good.url(), "--eval-batch-size", "8"];
    let patience = ["--generation-config", "retry_interval=0.01", "--work-dir", "out"];
    eval(&place, &[&urls[..], &patience].concat()).expect(0);
    assert_eq!(good.calls(), 80, "each sample is answered by the one that has answers");
    assert!(mute.calls() < 40, "{} calls to the silent one", mute.calls());
}

#[test]
fn options_come_from_a_file_and_the_command_line_goes_over_it() {
    let place = Place::new();
    place.choice_data(10);
    let server = Server::start(|_| "ANSWER: B".into());
    let config = format!(
        "model:\n- {{model: first, api_url: '{0}'}}\n- {{model: second, api_url: '{0}'}}\nlimit: 4\nno_probe: true\ncache: \"off\"\n\
         datasets: [general_mcq]\ndataset_hub: local\ndataset_args:\n  general_mcq: {{local_path: '{1}', subset_list: [quiz]}}\n",
        server.url(),
        place.path("data").display()
    );
    place.write("run.yaml", &config);
    place.run(&["eval", "--config", "run.yaml", "--work-dir", "a"]).expect(0);
    assert_eq!(server.calls(), 8);
    place.run(&["eval", "--config", "run.yaml", "--limit", "1", "--work-dir", "b"]).expect(0);
    assert_eq!(server.calls(), 10);
    for (text, parts) in [
        ("modle: m\n", &["run.yaml", "`modle`", "did you mean `model`"][..]),
        ("seed: many\n", &["run.yaml", "many"]),
        ("- model\n", &["run.yaml", "not a table of options"]),
    ] {
        place.write("run.yaml", text);
        place.run(&["eval", "--config", "run.yaml"]).clear_error(2, parts);
    }
    place.run(&["eval", "--config", "none.yaml"]).clear_error(2, &["cannot read none.yaml"]);
}

#[test]
fn what_makes_no_sense_among_several_models_is_refused() {
    let place = Place::new();
    place.choice_data(2);
    let url = "http://127.0.0.1:9/v1";
    let refused = |more: &[&str], parts: &[&str]| drop(eval(&place, more).clear_error(2, parts));
    refused(&["--model", "m", "m", "--api-url", url], &["filed under the name `m`", "model_id"]);
    refused(&["--model", "m", "n", "--api-url", url, "--model-id", "x"], &["--model-id"]);
    refused(&["--model", "{\"modle\": 1}", "--api-url", url], &["modle"]);
    refused(&["--model", "{\"model\": \"m\", \"api_key_env\": \"NO_SUCH\"}", "--api-url", url], &["NO_SUCH"]);
    refused(&["--model", "m", "--api-url", "{\"url\": \"http://h/v1\", \"weight\": 0}"], &["weight"]);
    let one = "{\"model\": \"m\", \"generation_config\": {\"n\": 2}}";
    refused(&["--model", one, "k", "--api-url", url], &["`n`"]);
}
