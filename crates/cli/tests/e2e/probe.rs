//! The look at an endpoint before a run: what it finds, how often it is made, and what it stops.

use crate::support::server::Server;
use crate::support::{Place, Ran, files_below, only_run};
use evalscope_testserver::{Draws, Echo, Habits};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};

/// A story of more than 32 words, told the same way each time.
const STORY: &str = "Early one grey morning the fisherman walked along the empty beach and found a strange machine \
                     of brass and glass half buried in the sand where yesterday there had been nothing but stones \
                     and weed and the tracks of small birds";
/// What the stand-in does like servers of chat models.
pub const CHATML: Habits = Habits {
    ignores_max_tokens: false,
    ignores_stop: false,
    ignores_stream: false,
    without_usage: false,
    says_nothing: false,
    template_tokens: 6,
    added_tokens: 0,
    start_tokens: 0,
    gives_logprobs: false,
    keeps_choice: false,
    keeps_schema: false,
    draws: Draws::BySeed,
};

pub fn teller() -> Server {
    let server = Server::start(|_| STORY.to_owned());
    server.habits(CHATML);
    server
}

/// The findings of `evalscope probe`.
fn findings(server: &Server, more: &[&str]) -> Value {
    let url = server.url();
    let mut arguments = vec!["probe", &url, "--model", "m", "--json"];
    arguments.extend(more);
    let ran = Place::new().run(&arguments).expect(0);
    serde_json::from_str(&ran.out).unwrap()
}

fn seen(findings: &Value, name: &str) -> String {
    let mut list = findings["findings"].as_array().unwrap().iter();
    let finding = list.find(|finding| finding["name"] == name).expect("it is among the findings");
    finding["seen"].as_str().unwrap().to_owned()
}

/// A run over 3 questions.
pub fn quiz(place: &Place, server: &Server, more: &[&str]) -> Ran {
    let data = place.choice_data(3);
    let args = format!(
        "{{\"general_mcq\": {{\"local_path\": \"{}\", \"subset_list\": [\"quiz\"]}}}}",
        data.display()
    );
    let url = server.url();
    let mut arguments = vec!["eval", "--model", "m", "--api-url", &url, "--datasets", "general_mcq"];
    arguments.extend(["--dataset-hub", "local", "--dataset-args", &args]);
    arguments.extend(more);
    place.run(&arguments)
}

#[test]
fn a_good_chat_endpoint_is_good_at_everything_it_offers() {
    let server = teller();
    server.list_models(vec![json!({"id": "m", "max_model_len": 4096})]);
    let found = findings(&server, &[]);
    for name in ["stream", "usage", "max_tokens", "stop", "seed", "chat_template"] {
        assert_eq!(seen(&found, name), "yes", "{name} in {found:#}");
    }
    assert_eq!((seen(&found, "added_text"), seen(&found, "echo")), ("no".into(), "no".into()));
    assert_eq!(seen(&found, "double_bos"), "unknown", "the stand-in shows no tokens of a chat");
    assert_eq!(found["max_context"], 4096);
    assert_eq!(found["nondeterminism"], json!({"repeats": 4, "differing": 0}));
    assert_eq!(found["calls"].as_u64(), Some(server.calls()));
    assert!(server.calls() <= 14 && found["tokens"].as_u64().unwrap() > 100, "{found:#}");
}

#[test]
fn a_good_completions_endpoint_is_good_at_everything() {
    let server = teller();
    server.habits(Habits { start_tokens: 1, ..CHATML });
    let found = findings(&server, &["--eval-type", "openai_completions"]);
    for name in ["stream", "usage", "max_tokens", "stop", "seed", "logprobs", "echo"] {
        assert_eq!(seen(&found, name), "yes", "{name} in {found:#}");
    }
    assert_eq!(seen(&found, "double_bos"), "no");
}

#[test]
fn what_an_endpoint_does_wrong_is_found() {
    let chat: &[&str] = &[];
    let text: &[&str] = &["--eval-type", "openai_completions"];
    for (habits, more, name, word) in [
        (Habits { ignores_max_tokens: true, ..CHATML }, chat, "max_tokens", "no"),
        (Habits { ignores_max_tokens: true, without_usage: true, ..CHATML }, chat, "max_tokens", "no"),
        (Habits { ignores_stop: true, ..CHATML }, chat, "stop", "no"),
        (Habits { ignores_stream: true, ..CHATML }, chat, "stream", "no"),
        (Habits { without_usage: true, ..CHATML }, chat, "usage", "no"),
        (Habits { without_usage: true, ..CHATML }, chat, "chat_template", "unknown"),
        (Habits { draws: Draws::Freely, ..CHATML }, chat, "seed", "no"),
        (Habits { draws: Draws::Never, ..CHATML }, chat, "seed", "unknown"),
        (Habits { template_tokens: 0, ..CHATML }, chat, "chat_template", "no"),
        (Habits { added_tokens: 21, ..CHATML }, chat, "added_text", "yes"),
        (Habits { start_tokens: 2, ..CHATML }, text, "double_bos", "yes"),
        (Habits { gives_logprobs: true, ..CHATML }, chat, "logprobs", "yes"),
        (CHATML, chat, "choice", "no"),
        (Habits { keeps_choice: true, ..CHATML }, chat, "choice", "yes"),
        (Habits { keeps_schema: true, ..CHATML }, chat, "json_schema", "yes"),
        (Habits { keeps_choice: true, ..CHATML }, chat, "json_schema", "no"),
    ] {
        let server = teller();
        server.habits(habits);
        let found = findings(&server, more);
        assert_eq!(seen(&found, name), word, "{habits:?}: {found:#}");
    }
    let server = teller();
    server.echo(Echo::Ignored);
    assert_eq!(seen(&findings(&server, text), "echo"), "no");
}

#[test]
fn answers_that_differ_at_temperature_0_are_counted_and_reported() {
    let count = AtomicU64::new(0);
    let server = Server::start(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        // The first question is asked alone.
        0 => STORY.to_owned(),
        _ => STORY.replace("grey", "bright"),
    });
    server.habits(CHATML);
    let place = Place::new();
    let sentence = "answers differ at temperature 0 in 4 of 4 repeats";
    let ran = quiz(&place, &server, &[]).expect(0);
    assert!(ran.out.contains(sentence), "{}", ran.out);
    let folder = only_run(&place);
    let read = |path: &str| std::fs::read_to_string(folder.join(path)).unwrap();
    assert!(read("reports/report.md").contains(sentence));
    let json = |path: &str| serde_json::from_str::<Value>(&read(path)).unwrap();
    let figure = json!({"repeats": 4, "differing": 4});
    assert_eq!(json("reports/summary.json")["nondeterminism"]["m"], figure);
    assert_eq!(json("probe.json")["m"][0]["nondeterminism"], figure);
}

#[test]
fn an_endpoint_is_probed_once_a_day_and_not_at_all_when_told_so() {
    let (place, server) = (Place::new(), teller());
    let ran = quiz(&place, &server, &["--no-probe"]).expect(0);
    assert_eq!(server.calls(), 3, "{}", ran.err);
    let ran = quiz(&place, &server, &["--fresh"]).expect(0);
    let probed = server.calls() - 6;
    assert!(probed >= 8 && ran.err.contains(&format!("probe: {probed} calls, ")), "{probed}: {}", ran.err);
    let ran = quiz(&place, &server, &["--fresh"]).expect(0);
    assert_eq!(server.calls(), 9 + probed, "the second run of the day probes again");
    assert!(!ran.err.contains("probe:"), "{}", ran.err);
    // What was seen yesterday does not count.
    let folder = place.path("cache/probes");
    let file = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let mut kept: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    kept["probed_at"] = json!("2020-01-01T12:00:00Z");
    std::fs::write(&file, kept.to_string()).unwrap();
    quiz(&place, &server, &["--fresh"]).expect(0);
    assert_eq!(server.calls(), 12 + 2 * probed);
}

#[test]
fn a_run_whose_stops_would_be_ignored_ends_before_it_begins() {
    let (place, server) = (Place::new(), teller());
    server.habits(Habits { ignores_stop: true, ..CHATML });
    let more = ["--generation-config", "{\"stop\": [\"END\"]}"];
    quiz(&place, &server, &more).clear_error(4, &["general_mcq", "does not keep to `stop`", "--no-probe"]);
    assert!(!place.path("outputs").exists());
    let probed = server.calls();
    quiz(&place, &server, &[&more[..], &["--no-probe"]].concat()).expect(0);
    assert_eq!(server.calls(), probed + 3);
    // Without a stop nothing is wrong.
    quiz(&place, &server, &["--fresh"]).expect(0);
}

#[test]
fn a_seed_that_is_ignored_is_worth_a_line() {
    let (place, server) = (Place::new(), teller());
    server.habits(Habits { draws: Draws::Freely, ..CHATML });
    let ran = quiz(&place, &server, &["--generation-config", "temperature=0.7"]).expect(0);
    assert!(ran.err.contains("does not keep to `seed`"), "{}", ran.err);
    assert!(!quiz(&place, &server, &["--fresh"]).expect(0).err.contains("does not keep to `seed`"));
}

#[test]
fn log_likelihoods_without_echo_end_before_a_token_is_spent() {
    let (place, server) = (Place::new(), teller());
    server.echo(Echo::Ignored);
    server.record();
    place.write(
        "data/hellaswag/hellaswag_val.jsonl",
        "{\"ind\":0,\"activity_label\":\"A\",\"ctx_a\":\"a\",\"ctx_b\":\"b\",\"ctx\":\"a b\",\"endings\":[\"c\",\"d\",\"e\",\"f\"],\"label\":\"0\"}\n",
    );
    let url = server.url();
    let mut arguments = vec!["eval", "--model", "m", "--api-url", &url, "--eval-type", "openai_completions"];
    arguments.extend([
        "--datasets",
        "hellaswag@evalscope-0.5",
        "--dataset-hub",
        "local",
        "--dataset-dir",
        "data",
    ]);
    place.run(&arguments).clear_error(4, &["log-likelihoods", "the prompt does not come back"]);
    let calls: Vec<_> = server.seen().into_iter().filter(|seen| seen.path == "/v1/completions").collect();
    assert!(
        calls.iter().all(|call| call.json()["prompt"].as_str().unwrap().starts_with("The quick brown fox"))
    );
    assert!(calls.len() <= 2 && !place.path("outputs").exists());
}

#[test]
fn the_only_model_is_taken_and_of_several_one_is_asked_for() {
    let (place, server) = (Place::new(), teller());
    let url = server.url();
    server.list_models(vec![json!({"id": "org/only"})]);
    let ran = place.run(&["probe", &url]).expect(0);
    assert!(
        ran.out.contains("org/only") && ran.out.contains("max_tokens 32 asked, 32 tokens came"),
        "{}",
        ran.out
    );
    assert!(ran.err.contains("probe: ") && ran.err.contains(" tokens"), "{}", ran.err);
    server.list_models(vec![json!({"id": "one"}), json!({"id": "two"})]);
    place.run(&["probe", &url]).clear_error(2, &["2 models", "--model one|two"]);
    server.list_models(Vec::new());
    place.run(&["probe", &url]).clear_error(2, &["lists no model", "--model NAME"]);
}

#[test]
fn an_endpoint_that_does_not_answer_is_asked_once_and_a_run_goes_on() {
    let (place, server) = (Place::new(), teller());
    server.fail_when("fisherman", 400);
    let url = server.url();
    let key = "sk-very-secret-0123";
    let ran = place.run(&["probe", &url, "--model", "m", "--api-key", key]).clear_error(4, &["400"]);
    assert!(!ran.err.contains(key), "{}", ran.err);
    assert_eq!(server.calls(), 1);
    let ran = quiz(&place, &server, &[]).expect(0);
    assert!(ran.err.contains("nothing is known"), "{}", ran.err);
    assert_eq!(server.calls(), 5);
    place.run(&["probe", "http://127.0.0.1:9/v1", "--model", "m"]).clear_error(4, &["127.0.0.1:9"]);
}

#[test]
fn a_key_that_the_server_repeats_is_in_no_file() {
    let (place, server) = (Place::new(), teller());
    server.fail_when("\"seed\"", 400);
    let key = "sk-very-secret-0123";
    let ran = quiz(&place, &server, &["--api-key", key, "--debug"]).expect(0);
    assert!(!ran.out.contains(key) && !ran.err.contains(key), "{}", ran.err);
    let files = [files_below(&only_run(&place)), files_below(&place.path("cache/probes"))].concat();
    let texts: Vec<String> = files
        .iter()
        .map(|file| String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned())
        .collect();
    assert!(texts.iter().any(|text| text.contains("refused: ")), "the refusal is written down");
    assert!(texts.iter().all(|text| !text.contains(key)), "the key is in a file");
}

#[test]
fn a_mended_server_is_looked_at_again_by_the_command_that_is_named() {
    let (place, server) = (Place::new(), teller());
    server.habits(Habits { ignores_stop: true, ..CHATML });
    let config = r#"{"stop": "END", "extra_body": {"top_k": 5}, "extra_headers": {"x-tenant": "tenant-77"}}"#;
    let more = ["--generation-config", config];
    let named =
        r#"--model m --generation-config '{"extra_body":{"top_k":5},"extra_headers":{"x-tenant":"•••"}}'"#;
    let ran = quiz(&place, &server, &more).clear_error(4, &["evalscope probe http://127.0.0.1:", named]);
    assert!(!ran.err.contains("tenant-77"), "{}", ran.err);
    server.habits(CHATML);
    let asked = server.calls();
    quiz(&place, &server, &more).clear_error(4, &["does not keep to `stop`"]);
    assert_eq!(server.calls(), asked, "what is known holds for the day");
    let url = server.url();
    let again = |config: &str| {
        place.run(&["probe", &url, "--model", "m", "--generation-config", config]).expect(0);
    };
    // Other headers may lead to another server.
    again(r#"{"extra_body": {"top_k": 5}}"#);
    quiz(&place, &server, &more).clear_error(4, &["does not keep to `stop`"]);
    again(r#"{"extra_body": {"top_k": 5}, "extra_headers": {"X-Tenant": "tenant-77"}}"#);
    quiz(&place, &server, &more).expect(0);
}

#[test]
fn what_the_probe_spends_counts() {
    let (place, server) = (Place::new(), teller());
    let flags = [
        "--price",
        "input=0,output=10000",
        "--generation-config",
        "max_tokens=5",
        "--max-cost",
        "0.05",
        "--json",
    ];
    let ran = quiz(&place, &server, &flags).expect(130);
    assert!(ran.err.contains("of `--max-cost` $0.0500 is spent"), "{}", ran.err);
    let probed = server.calls();
    assert!(probed <= 14, "nothing was asked after the probe, not {probed} calls");
    let summary: Value = serde_json::from_str(&ran.out).unwrap();
    let probe = &summary["totals"][0]["probe"];
    let tokens = probe["output"].as_u64().unwrap();
    let spent: f64 = probe["cost"]["spent"].as_str().unwrap().parse().unwrap();
    assert!((spent - 0.01 * tokens as f64).abs() < 1e-9 && tokens > 100, "{probe}");
    // The run that goes on is not asked again, and has not forgotten.
    quiz(&place, &server, &flags).expect(130);
    assert_eq!(server.calls(), probed);
    // Another run of the day takes over what is known, and pays for its own calls.
    let other = [&flags[..5], &["1.00", "--json", "--fresh"]].concat();
    let summary: Value = serde_json::from_str(&quiz(&place, &server, &other).expect(0).out).unwrap();
    assert_eq!((server.calls(), &summary["totals"][0]["probe"]), (probed + 3, &Value::Null));
}
