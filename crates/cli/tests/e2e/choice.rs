//! Modes of multiple choice: which one is taken, what is sent, and that the report says so.

use crate::probe::{CHATML, teller};
use crate::support::server::Server;
use crate::support::{Place, Ran, only_run};
use evalscope_testserver::{Echo, Habits};
use serde_json::{Value, json};

/// A run over 3 questions whose answer is B, by a protocol that compares log-likelihoods of letters.
fn arc(place: &Place, server: &Server, more: &[&str]) -> Ran {
    arc_by("arc@evalscope-0.5", place, server, more)
}

fn arc_by(protocol: &str, place: &Place, server: &Server, more: &[&str]) -> Ran {
    let lines: String = (0..3)
        .map(|n| {
            format!("{{\"id\":\"q{n}\",\"question\":\"Question number {n}?\",\"choices\":{{\"text\":[\"one\",\"two\",\"three\",\"four\"],\"label\":[\"A\",\"B\",\"C\",\"D\"]}},\"answerKey\":\"B\"}}\n")
        })
        .collect();
    place.write("data/arc/ARC-Easy/test.jsonl", &lines);
    place.write("data/arc/ARC-Easy/train.jsonl", &lines);
    let url = server.url();
    let mut arguments = vec!["eval", "--model", "m", "--api-url", &url, "--datasets", protocol];
    arguments.extend(["--dataset-hub", "local", "--dataset-dir", "data"]);
    arguments.extend(["--dataset-args", "{\"arc\": {\"subset_list\": [\"ARC-Easy\"]}}"]);
    arguments.extend(more);
    place.run(&arguments)
}

fn summary(place: &Place) -> Value {
    let text = std::fs::read_to_string(only_run(place).join("reports/summary.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// A stand-in that answers questions with B, and tells its story to everyone else.
fn chooser(habits: Habits) -> Server {
    let server = Server::start(|asked| match asked.contains("Question number") {
        true => "B".to_owned(),
        false => "Early one grey morning the fisherman walked along the empty beach".to_owned(),
    });
    server.habits(habits);
    server
}

/// Bodies of the requests that ask a question of the benchmark.
fn questions(server: &Server) -> Vec<Value> {
    server
        .seen()
        .iter()
        .map(|seen| seen.json())
        .filter(|body| body.to_string().contains("Question number"))
        .collect()
}

#[test]
fn the_ladder_goes_down_to_what_the_endpoint_can_do() {
    for (habits, mode, field) in [
        (
            Habits { gives_logprobs: true, keeps_choice: true, ..CHATML },
            json!("top_logprobs"),
            "top_logprobs",
        ),
        (Habits { keeps_choice: true, ..CHATML }, json!({"constrained": "choice"}), "guided_choice"),
        (Habits { keeps_schema: true, ..CHATML }, json!({"constrained": "json_schema"}), "response_format"),
        (CHATML, json!("generate"), ""),
    ] {
        let (place, server) = (Place::new(), chooser(habits));
        server.record();
        let ran = arc(&place, &server, &["--choice-mode", "auto"]).expect(0);
        let word = mode.as_str().unwrap_or("constrained").replace('_', "-");
        let says = format!("asked in the mode `{word}`, while the protocol asks in `loglikelihood`");
        assert!(ran.err.contains(&says), "{}", ran.err);
        assert!(ran.out.contains(&format!("choice mode {word}")), "{}", ran.out);
        assert!(ran.out.contains("departs from the protocol's loglikelihood"), "{}", ran.out);
        let found = summary(&place);
        let benchmark = &found["benchmarks"][0];
        assert_eq!(
            (&benchmark["choice"]["mode"], &benchmark["choice"]["own"]),
            (&mode, &json!("loglikelihood"))
        );
        assert_eq!(benchmark["score"], 1.0, "{benchmark:#}");
        let asked = questions(&server);
        assert_eq!(asked.len(), 3);
        assert!(field.is_empty() || asked.iter().all(|body| !body[field].is_null()), "{asked:?}");
        for (form, says) in [
            ("reports/report.md", "departs from the protocol's loglikelihood"),
            ("reports/report.html", "\"own\":\"loglikelihood\""),
        ] {
            let text = std::fs::read_to_string(only_run(&place).join(form)).unwrap();
            assert!(text.contains(says), "{form}");
        }
        // The plan has the mode: scoring again needs no endpoint, and going on in another mode is refused.
        let run = only_run(&place).display().to_string();
        drop(server);
        let again = place.run(&["score", &run]).expect(0);
        assert!(again.out.contains(&format!("choice mode {word}")), "{}", again.out);
    }
}

#[test]
fn a_protocol_keeps_its_mode_unless_the_flag_says_otherwise() {
    let (place, server) = (Place::new(), chooser(Habits { gives_logprobs: true, ..CHATML }));
    arc(&place, &server, &[]).clear_error(4, &["gives no log-likelihoods", "--choice-mode auto"]);
    let (url, args) = (server.url(), "{\"gsm8k\": {\"local_path\": \"sums\", \"few_shot_num\": 0}}");
    place.write("sums/test.jsonl", "{\"question\": \"1 + 1?\", \"answer\": \"#### 2\"}\n");
    let raw = [
        "eval",
        "--model",
        "m",
        "--api-url",
        &url,
        "--datasets",
        "gsm8k@lm-eval-0.4",
        "--dataset-args",
        args,
    ];
    let refused = place.run(&raw).clear_error(4, &["does not go on from raw text"]);
    assert!(!refused.err.contains("--choice-mode"), "{}", refused.err);
    arc(&place, &server, &["--choice-mode", "loglikelihood"]).clear_error(2, &["no log-likelihoods", "auto"]);
    arc(&place, &server, &["--choice-mode", "constrained"]).clear_error(2, &["constrained", "given texts"]);
    let ran = arc(&place, &server, &["--choice-mode", "generate"]).expect(0);
    assert!(ran.out.contains("choice mode generate"), "{}", ran.out);
    let run = only_run(&place).display().to_string();
    let other = arc(&place, &server, &["--choice-mode", "top-logprobs", "--use-cache", &run]);
    other.clear_error(2, &["choice_mode"]);
}

#[test]
fn an_endpoint_that_can_is_asked_as_the_protocol_says() {
    let (place, server) = (Place::new(), chooser(CHATML));
    server.echo(Echo::Honoured);
    let more = ["--eval-type", "openai_completions", "--choice-mode", "auto"];
    let ran = arc(&place, &server, &more).expect(0);
    assert!(ran.out.contains("choice mode loglikelihood") && !ran.out.contains("departs"), "{}", ran.out);
}

/// As llama-server is: it takes a chat's names for log-probabilities as one alternative, which is seldom a letter.
#[test]
fn a_completions_endpoint_has_the_fields_of_raw_text() {
    let asked = |mode: &str, recorded: Value, more: &[&str]| {
        let (place, server) = (Place::new(), chooser(Habits { keeps_choice: true, ..CHATML }));
        server.echo(Echo::Ignored);
        server.record();
        let words = [&["--eval-type", "openai_completions", "--choice-mode", mode], more].concat();
        arc(&place, &server, &words).expect(0);
        assert_eq!(summary(&place)["benchmarks"][0]["choice"]["mode"], recorded);
        let asked = questions(&server);
        assert_eq!(asked.len(), 3);
        assert!(asked.iter().all(|body| body["prompt"].is_string()), "{asked:?}");
        asked
    };
    // Five alternatives may lack a letter, a constraint lacks none.
    asked("auto", json!({"constrained": "choice"}), &[]);
    // The stand-in gives the first token no number, which a look would take for a lack.
    for body in asked("top-logprobs", json!("top_logprobs"), &["--no-probe"]) {
        assert!(body["logprobs"] == 5 && body["top_logprobs"].is_null(), "{body}");
    }
}

/// EvalScope 1.14's prompt wants `ANSWER: [LETTER]`, and the first token of a model that obeys is no letter.
#[test]
fn a_model_that_obeys_the_prompt_loses_nothing() {
    let server = || {
        let server = Server::start(|asked| match asked.ends_with("Reply with the letter alone.") {
            true => "B".to_owned(),
            false => "ANSWER: B".to_owned(),
        });
        server.habits(Habits { gives_logprobs: true, ..CHATML });
        server
    };
    let (place, server) = (Place::new(), server());
    let mode = ["--choice-mode", "top-logprobs", "--no-probe"];
    arc_by("arc@evalscope-1.14", &place, &server, &mode).expect(0);
    assert_eq!(summary(&place)["benchmarks"][0]["score"], 1.0);
    // What older versions asked, without that line, is not gone on with.
    let run = only_run(&place);
    let file = run.join("configs/plan.json");
    let mut plan: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let departed = plan["benchmarks"][0]["asking"]["choice_mode"].as_object_mut().unwrap();
    assert_eq!(departed.remove("after_prompt"), Some(json!("Reply with the letter alone.")));
    std::fs::write(&file, plan.to_string()).unwrap();
    let more = [&mode[..], &["--use-cache", run.to_str().unwrap()]].concat();
    let refused = arc_by("arc@evalscope-1.14", &place, &server, &more);
    refused.clear_error(2, &["choice_mode.after_prompt"]);
}

#[test]
fn a_mode_without_multiple_choice_is_a_slip() {
    let (place, server) = (Place::new(), teller());
    let data = place.write("data/gsm8k/test.jsonl", "{\"question\":\"1+1\",\"answer\":\"#### 2\"}\n");
    assert!(data.exists());
    let url = server.url();
    let mut arguments =
        vec!["eval", "--model", "m", "--api-url", &url, "--datasets", "gsm8k", "--choice-mode", "auto"];
    arguments.extend(["--dataset-hub", "local", "--dataset-dir", "data"]);
    arguments.extend(["--dataset-args", "{\"gsm8k\": {\"few_shot_num\": 0}}"]);
    place.run(&arguments).clear_error(2, &["none of the benchmarks is multiple choice"]);
}

#[test]
fn what_is_missing_or_has_no_effect_is_told_with_a_way_out() {
    let place = Place::new();
    let dry = |benchmark: &str, arguments: &Value| {
        let arguments = arguments.to_string();
        let mut words = vec!["eval", "--dry-run", "--datasets", benchmark, "--dataset-hub", "local"];
        words.extend(["--dataset-dir", "data", "--dataset-args", &arguments]);
        place.run(&words)
    };
    let row = json!({"id": "q", "question": "Which?", "choices": {"text": ["one", "two"], "label": ["A", "B"]},
        "answerKey": "B"});
    let asked = json!({"arc": {"subset_list": ["ARC-Easy"], "few_shot_num": 2}});
    place.write("data/arc/ARC-Challenge/test.jsonl", &format!("{row}\n"));
    let none = dry("arc", &asked).clear_error(3, &["no data for 1 of 1 subsets", "local_path"]);
    assert!(!none.err.contains("--allow-missing"), "{}", none.err);
    place.write("data/arc/ARC-Easy/test.jsonl", &format!("{row}\n"));
    let none = dry("arc", &asked)
        .clear_error(3, &["no examples for 1 of 1 subsets", "`train`", "few_shot_num\": 0"]);
    assert!(!none.err.contains("--allow-missing"), "{}", none.err);
    place.write("data/arc/ARC-Easy/train.jsonl", &format!("{row}\n{row}\n"));
    let both = json!({"arc": {"few_shot_num": 2}});
    dry("arc", &both).clear_error(3, &["no examples for 1 of 2 subsets", "--allow-missing"]);
    place.write("data/gsm8k/test.jsonl", "{\"question\": \"1 + 1?\", \"answer\": \"#### 2\"}\n");
    let shuffled = json!({"gsm8k": {"few_shot_num": 0, "shuffle_choices": true}});
    dry("gsm8k", &shuffled).clear_error(2, &["shuffle_choices", "no options"]);
}

#[test]
fn recorded_replies_are_read_where_the_protocol_says_how() {
    let (place, server) = (Place::new(), chooser(CHATML));
    arc(&place, &server, &["--choice-mode", "generate"]).expect(0);
    let replies = ["The answer is B.", "Certainly! The answer is (B).", "none of them"];
    let rows = replies
        .iter()
        .enumerate()
        .map(|(n, reply)| format!("{}\n", json!({"id": format!("q{n}"), "reply": reply})));
    place.write("replies.jsonl", &rows.collect::<String>());
    let score = |protocol: &str| {
        let mut arguments =
            vec!["score", "replies.jsonl", "--prediction-column", "reply", "--id-column", "id"];
        arguments.extend([
            "--datasets",
            protocol,
            "--dataset-hub",
            "local",
            "--dataset-dir",
            "data",
            "--json",
        ]);
        arguments.extend([
            "--dataset-args",
            "{\"arc\": {\"subset_list\": [\"ARC-Easy\"]}}",
            "--work-dir",
            "scored",
        ]);
        place.run(&arguments)
    };
    let ran = score("arc@evalscope-0.5").expect(0);
    let found: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(found["benchmarks"][0]["score"], json!(1.0 / 3.0), "{}", ran.out);
    assert_eq!(found["benchmarks"][0]["choice"]["mode"], "generate");
    assert!(ran.err.contains("replies are read for their letter"), "{}", ran.err);
    let refused = score("arc@lm-eval-0.4").clear_error(2, &["log-likelihoods", "another protocol"]);
    for option in ["--eval-type", "--choice-mode"] {
        assert!(!refused.err.contains(option), "`score` has no {option}: {}", refused.err);
    }
}

#[test]
fn repeats_of_recorded_replies_are_aggregated() {
    let place = Place::new();
    // The protocol loses the first row.
    place.write("data/anatomy_test.csv", "Lost?,1,2,3,4,A\nKept?,1,2,3,4,B\n");
    let row = "{\"q\": \"Kept?\", \"replies\": [\"B\", \"C\"]}\n";
    place.write("replies.jsonl", &format!("{row}{row}{}", "{\"q\": \"Kept?\", \"replies\": []}\n"));
    let args = json!({"mmlu": {"local_path": "data", "subset_list": ["anatomy"], "few_shot_num": 0,
        "aggregation": "mean_and_pass_at_k"}})
    .to_string();
    let mut arguments = vec!["score", "replies.jsonl", "--prediction-column", "replies"];
    arguments.extend(["--question-column", "q", "--datasets", "mmlu@evalscope-0.5", "--repeats", "2"]);
    arguments.extend(["--dataset-args", &args, "--work-dir", "scored", "--json"]);
    let ran = place.run(&arguments).expect(0);
    for part in
        ["2 replies are too many", "several): row 2 (Kept?)\n", "1 row fits no sample: row 3 (no prediction)"]
    {
        assert!(ran.err.contains(part), "`{part}` is not in:\n{}", ran.err);
    }
    let found: Value = serde_json::from_str(&ran.out).unwrap();
    let metrics = found["benchmarks"][0]["metrics"].as_array().unwrap().iter();
    let metrics: Vec<_> = metrics.map(|metric| (metric["name"].clone(), metric["score"].clone())).collect();
    assert_eq!(
        metrics,
        [(json!("accuracy"), json!(0.5)), (json!("accuracy_pass_at_k"), json!(1.0))],
        "{}",
        ran.out
    );
}
