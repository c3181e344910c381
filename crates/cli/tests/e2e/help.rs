//! What the command says of itself.

use crate::support::Place;

#[test]
fn help_explains_by_tasks_with_examples() {
    let ran = Place::new().run(&["--help"]).expect(0);
    for part in
        ["evalscope eval", "--api-url", "--dry-run", "--use-cache", "benchmarks lint", "report", "data pull"]
    {
        assert!(ran.out.contains(part), "`{part}` is not in:\n{}", ran.out);
    }
}

#[test]
fn every_command_has_help() {
    let place = Place::new();
    for command in [
        &["eval"][..],
        &["report"],
        &["diff"],
        &["rerun"],
        &["score"],
        &["export"],
        &["import"],
        &["benchmarks"],
        &["benchmarks", "show"],
        &["math", "compare"],
        &["math", "extract"],
        &["data"],
        &["models"],
        &["probe"],
        &["perf"],
    ] {
        let mut arguments = command.to_vec();
        arguments.push("--help");
        let ran = place.run(&arguments).expect(0);
        assert!(ran.out.contains("Usage: evalscope"), "{}", ran.out);
    }
}

#[test]
fn a_mistyped_flag_is_named() {
    let ran = Place::new().run(&["eval", "--datsets", "gsm8k"]).expect(2);
    assert!(ran.err.contains("--datasets"), "{}", ran.err);
}

#[test]
fn benchmarks_are_listed_and_shown_without_data() {
    let place = Place::new();
    let list = place.run(&["benchmarks", "list"]).expect(0);
    for name in [
        "arc",
        "bbh",
        "ceval",
        "data_collection",
        "general_mcq",
        "general_qa",
        "gsm8k",
        "hellaswag",
        "mmlu",
        "starter",
        "truthful_qa",
    ] {
        assert!(list.out.lines().any(|line| line.starts_with(name)), "{name} is not in:\n{}", list.out);
    }
    let shown = place.run(&["benchmarks", "show", "mmlu", "--offline"]).expect(0);
    assert!(shown.out.contains("Think step by step before answering."), "{}", shown.out);
    let shown = place.run(&["benchmarks", "show", "winogrande@lm-eval-0.4", "--offline"]).expect(0);
    assert_eq!(shown.out.matches("── prefix").count(), 2, "one request for each option:\n{}", shown.out);
    let shown = place.run(&["benchmarks", "show", "wsc@opencompass-0.2", "--offline"]).expect(0).out;
    assert!(
        shown.contains("samples    104") && shown.contains("data       huggingface:aps/super_glue"),
        "{shown}"
    );
    let shown = place.run(&["benchmarks", "show", "general_qa", "--offline"]).expect(0).out;
    assert!(shown.contains("columns    question, answer") && shown.contains("samples    –"), "{shown}");
    let shown = place.run(&["benchmarks", "show", "data_collection"]).expect(0).out;
    assert!(shown.contains("docs/guides/mixes.md"), "{shown}");
    let shown = place.run(&["benchmarks", "show", "data_collection", "--json"]).expect(0).out;
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert!(shown["name"] == "data_collection" && shown["about"].is_string(), "{shown}");
    let shown = place.run(&["benchmarks", "show", "starter"]).expect(0);
    assert!(shown.out.contains("ANSWER"), "{}", shown.out);
    // A folder that has the name of the benchmark, and none of its files.
    place.write("data/arc/elsewhere.txt", "");
    let show = ["benchmarks", "show", "arc", "--dataset-hub", "local", "--dataset-dir", "data"];
    let shown = place.run(&show).expect(0);
    assert!(
        shown.out.contains("── user") && shown.err.contains("is made up: arc@"),
        "{}{}",
        shown.out,
        shown.err
    );
}

#[test]
fn the_guides_example_is_valid_and_runs() {
    let place = Place::new();
    let example = format!("{}/../../docs/guides/example", env!("CARGO_MANIFEST_DIR"));
    let file = format!("{example}/capitals.yaml");
    place.run(&["benchmarks", "lint", &file]).expect(0);
    let arguments = format!("{{\"capitals\": {{\"local_path\": \"{example}\"}}}}");
    for protocol in ["capitals", "capitals@last_line"] {
        let ran = place
            .run(&["benchmarks", "show", protocol, "--benchmark-path", &file, "--dataset-args", &arguments])
            .expect(0);
        assert!(ran.out.contains("──"), "{}", ran.out);
    }
}
