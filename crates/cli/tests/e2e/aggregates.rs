//! Metrics of the vocabulary from a benchmark file to the report: those of whole sets, and those over repeats.

use crate::support::server::Server;
use crate::support::{Place, json_lines, only_run};
use std::sync::atomic::{AtomicU64, Ordering};

const FILE: &str = r#"
name: mine
data:
  subsets: [mine]
  test: test
  files: [{path: "{subset}_test.jsonl"}]
sample: {question: row.q, target: row.a}
protocols:
  plain:
    default: true
    prompt: "{{ question }}"
    score:
      accuracy: equal
      pass_at_2: {by: equal, aggregate: pass_at_k, k: 2}
      majority: {by: equal, aggregate: majority_at_k}
      correlation: {by: equal, aggregate: matthews}
      ter: {by: ter, aggregate: corpus_ter}
      chrf: chrf
"#;

/// Right on every other call.
fn alternating(_: &str) -> String {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let is_right = CALLS.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
    if is_right { "yes indeed".into() } else { "no".into() }
}

#[test]
fn aggregates_reach_the_report() {
    let (place, server) = (Place::new(), Server::start(alternating));
    place.write("mine.yaml", FILE);
    place.write(
        "data/mine_test.jsonl",
        "{\"q\": \"1\", \"a\": \"yes indeed\"}\n{\"q\": \"2\", \"a\": \"yes indeed\"}\n",
    );
    let data = "{\"mine\": {\"local_path\": \"data\"}}";
    let url = server.url();
    let mut arguments =
        vec!["eval", "--no-probe", "--model", "m", "--api-url", &url, "--datasets", "mine", "--repeats", "4"];
    arguments.extend(["--benchmark-path", "mine.yaml", "--dataset-args", data, "--eval-batch-size", "1"]);
    arguments.extend(["--work-dir", "out", "--no-timestamp", "--json"]);
    let shown = place.run(&arguments).expect(0).out;
    let summary: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let metrics = summary["benchmarks"][0]["metrics"].as_array().unwrap();
    let score = |name: &str| metrics.iter().find(|metric| metric["name"] == name).unwrap()["score"].as_f64();
    assert_eq!(score("accuracy"), Some(0.5));
    // Two of four replies to each question are right: 1 - C(2, 2) / C(4, 2).
    assert!((score("pass_at_2").unwrap() - 5.0 / 6.0).abs() < 1e-12, "{shown}");
    assert!(
        score("majority").is_some() && score("correlation") == Some(0.0) && score("ter") == Some(50.0),
        "{shown}"
    );
    assert!(score("chrf").unwrap() > 50.0);
    // Two questions, half of whose replies are right: each without the other is the same.
    let ter = metrics.iter().find(|metric| metric["name"] == "ter").unwrap();
    assert_eq!((ter["standard_error"].as_f64(), ter["interval_95"].as_array()), (Some(0.0), None));
}

/// lm-eval's `perplexity`: e to the negative mean of the log-likelihoods that the journal has.
#[test]
fn lambada_has_a_perplexity_beside_its_accuracy() {
    let (place, server) = (Place::new(), Server::start(|_| String::new()));
    let rows: String =
        (0..5).map(|n| format!("{{\"text\": \"{} a cup of tea\"}}\n", "sip ".repeat(n))).collect();
    place.write("data/lambada_test.jsonl", &rows);
    let url = server.url();
    let mut arguments = vec!["eval", "--no-probe", "--model", "m", "--api-url", &url, "--json"];
    arguments.extend(["--datasets", "lambada", "--eval-type", "openai_completions"]);
    arguments.extend(["--dataset-args", "{\"lambada\": {\"local_path\": \"data\"}}"]);
    let shown = place.run(&arguments).expect(0).out;
    let summary: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let metrics = summary["benchmarks"][0]["metrics"].as_array().unwrap();
    let names: Vec<&str> = metrics.iter().filter_map(|metric| metric["name"].as_str()).collect();
    assert_eq!(names, ["acc", "perplexity"]);
    let journal = json_lines(&only_run(&place).join("predictions/m/lambada_default.jsonl"));
    let sums: Vec<f64> =
        journal.iter().filter_map(|line| line["loglikelihoods"][0]["sum"].as_f64()).collect();
    assert_eq!(sums.len(), 5, "{journal:?}");
    let expected = (-sums.iter().sum::<f64>() / 5.0).exp();
    let found = metrics[1]["score"].as_f64().unwrap();
    assert!(expected > 1.0 && (found / expected - 1.0).abs() < 1e-12, "{found}, not {expected}");
    assert_eq!(metrics[1]["higher_is_better"], false);
}

#[test]
fn an_aggregate_that_is_not_there_is_named() {
    let place = Place::new();
    place.write("mine.yaml", &FILE.replace("pass_at_k", "pas_at_k"));
    let ran = place.run(&["benchmarks", "lint", "mine.yaml"]);
    assert!(ran.code != 0 && (ran.out + &ran.err).contains("did you mean `pass_at_k`?"));
    place.write("mine.yaml", &FILE.replace("corpus_ter", "corpus_bleu_flores200"));
    let ran = place.run(&["benchmarks", "lint", "mine.yaml"]);
    let said = ran.out + &ran.err;
    assert!(
        ran.code != 0 && said.contains("a dictionary or a model") && said.contains("`corpus_bleu_char`"),
        "{said}"
    );
}

#[test]
fn repeats_of_a_built_in_benchmark_are_aggregated_by_evalscopes_names() {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    // One of the four replies to each question is right, and the other three are equal.
    let server = Server::start(|_| {
        let is_right = CALLS.fetch_add(1, Ordering::Relaxed).is_multiple_of(4);
        if is_right { "ANSWER: 2" } else { "ANSWER: 3" }.into()
    });
    let place = Place::new();
    place.write("data/test.jsonl", "{\"question\": \"1 + 1?\", \"answer\": \"#### 2\"}\n");
    let score = |aggregation: &str| {
        let args = format!(
            "{{\"gsm8k\": {{\"local_path\": \"data\", \"few_shot_num\": 0, \"aggregation\": \"{aggregation}\"}}}}"
        );
        let url = server.url();
        let mut arguments =
            vec!["eval", "--no-probe", "--model", "m", "--api-url", &url, "--datasets", "gsm8k"];
        arguments.extend(["--dataset-args", &args, "--repeats", "4", "--eval-batch-size", "1", "--json"]);
        arguments.extend(["--work-dir", aggregation, "--no-timestamp"]);
        place.run(&arguments)
    };
    // Of two of them: the right one is in three of six pairs, and in none twice; of the first two, the first wins a draw.
    for (aggregation, name, value, of_two, value_of_two) in [
        ("mean_and_pass_at_k", "accuracy_pass_at_k", 1.0, "accuracy_pass@2", 0.5),
        ("mean_and_pass_hat_k", "accuracy_pass_hat_k", 0.0, "accuracy_pass^2", 0.0),
        ("mean_and_vote_at_k", "accuracy_vote_at_k", 0.0, "accuracy_vote@2", 1.0),
    ] {
        let summary: serde_json::Value = serde_json::from_str(&score(aggregation).expect(0).out).unwrap();
        let metrics = summary["benchmarks"][0]["metrics"].as_array().unwrap();
        let of = |name: &str| {
            metrics.iter().find(|metric| metric["name"] == name).map(|metric| metric["score"].clone())
        };
        let found = [of("accuracy"), of(name), of(of_two)];
        assert_eq!(found, [0.25, value, value_of_two].map(|value| Some(value.into())), "{summary:#}");
    }
    score("mean_and_pas_at_k").clear_error(2, &["mean_and_pas_at_k", "did you mean `mean_and_pass_at_k`?"]);
    score("bayes").clear_error(2, &["one of: mean, mean_and_pass_at_k"]);
}
