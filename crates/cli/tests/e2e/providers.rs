//! Ways to a model besides OpenAI's: a program, a recording, other protocols.

use crate::support::server::Server;
use crate::support::{Place, Ran, json_lines, only_run};
use serde_json::Value;

/// A run over the quiz with this way to a model.
fn quiz(place: &Place, count: usize, more: &[&str]) -> Ran {
    let data = place.choice_data(count);
    let args = format!(
        "{{\"general_mcq\": {{\"local_path\": \"{}\", \"subset_list\": [\"quiz\"]}}}}",
        data.display()
    );
    let mut arguments =
        vec!["eval", "--datasets", "general_mcq", "--dataset-hub", "local", "--dataset-args", &args];
    arguments.extend(more);
    place.run(&arguments)
}

/// A program that answers B to everything.
const ALWAYS_B: &str =
    r#"{"command": ["sed", "-u", "-e", "s/^{\"id\":\\([0-9]*\\),.*/{\"id\":\\1,\"text\":\"ANSWER: B\"}/"]}"#;

#[test]
fn a_program_is_evaluated_and_its_run_replayed() {
    let place = Place::new();
    let asked = ["--eval-type", "command", "--model-args", ALWAYS_B, "--model", "always-b"];
    let ran = quiz(&place, 12, &asked).expect(0);
    assert!(ran.out.contains("always-b"), "{}", ran.out);
    let run = only_run(&place);
    let predictions = run.join("predictions/always-b/general_mcq_quiz.jsonl");
    assert_eq!(json_lines(&predictions).len(), 12);

    let path = format!("path={}", run.display());
    let asked = ["--eval-type", "replay", "--model-args", &path, "--work-dir", "again"];
    quiz(&place, 12, &asked).expect(0);
    let reviews = |folder: &std::path::Path, model: &str| -> Vec<Value> {
        json_lines(&folder.join(format!("reviews/{model}/general_mcq_quiz.jsonl")))
    };
    let scores = |lines: Vec<Value>| -> Vec<Value> {
        lines.into_iter().map(|mut line| line["sample_score"]["score"].take()).collect()
    };
    let again = std::fs::read_dir(place.path("again")).unwrap().next().unwrap().unwrap().path();
    assert_eq!(scores(reviews(&run, "always-b")), scores(reviews(&again, "replay")));
}

#[test]
fn what_is_not_recorded_fails_its_sample_and_not_the_run() {
    let place = Place::new();
    quiz(&place, 30, &["--eval-type", "command", "--model-args", ALWAYS_B]).expect(0);
    let recorded = only_run(&place).join("predictions/command/general_mcq_quiz.jsonl");
    let last = std::fs::read_to_string(recorded).unwrap().lines().last().unwrap().to_owned();
    let recording = place.write("one.jsonl", &last);
    let path = format!("path={}", recording.display());
    let ran = quiz(&place, 30, &["--eval-type", "replay", "--model-args", &path, "--work-dir", "again"]);
    let ran = ran.expect(1);
    assert!(ran.err.contains("29") || ran.out.contains("29"), "{}{}", ran.out, ran.err);
}

#[test]
fn a_program_that_dies_ends_the_run_with_its_last_words() {
    let place = Place::new();
    let dies = r#"{"command": ["sh", "-c", "read line; echo 'no such weights' >&2; exit 3"]}"#;
    quiz(&place, 3, &["--eval-type", "command", "--model-args", dies])
        .clear_error(4, &["`sh` has ended (exit status: 3); it last said `no such weights`"]);
}

#[test]
fn what_a_way_to_a_model_has_no_use_for_is_refused() {
    let place = Place::new();
    for (more, part) in [
        (&["--eval-type", "command"][..], "needs `command` in `--model-args`"),
        (&["--eval-type", "command", "--model-args", "path=x"], "`path` means nothing here"),
        (
            &["--eval-type", "command", "--model-args", "command=cat", "--api-url", "http://h"],
            "no use for `--api-url`",
        ),
        (&["--eval-type", "replay", "--model-args", "path=/no/such"], "/no/such: No such file"),
        (&["--eval-type", "anthropic", "--model", "m"], "needs the address of an endpoint"),
        (&["--eval-type", "antropic", "--model", "m"], "there is no `antropic`"),
    ] {
        quiz(&place, 3, more).clear_error(2, &[part]);
    }
}

#[test]
fn another_protocol_is_spoken_by_name_and_told_from_the_address() {
    let server = Server::start(|_| String::new());
    server.record();
    for more in [
        &["--eval-type", "anthropic", "--api-url", &server.origin()][..],
        &["--api-url", &format!("{}/v1/messages", server.origin())],
    ] {
        let place = Place::new();
        let mut arguments = vec!["--model", "m", "--api-key", "k-12345", "--generation-config", "retries=0"];
        arguments.extend(more);
        quiz(&place, 1, &arguments).expect(4);
        let seen = server.seen();
        let call = seen.last().unwrap();
        assert_eq!(call.path, "/v1/messages");
        assert_eq!(call.header("x-api-key"), Some("k-12345"));
        assert_eq!(call.json()["messages"][0]["role"], "user");
    }
}

#[test]
fn every_way_to_a_model_is_in_the_help() {
    let help = Place::new().run(&["eval", "--help"]).expect(0);
    for name in [
        "openai_api",
        "openai_completions",
        "openai_responses",
        "anthropic",
        "gemini",
        "ollama",
        "command",
        "replay",
        "local",
    ] {
        assert!(help.out.contains(name), "`{name}` is not in:\n{}", help.out);
    }
}
