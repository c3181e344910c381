//! Bad input: each a clear error in one or two lines, exit code not 0, nothing lost.

use crate::support::Place;

/// Arguments for a run over the quiz in `data`, against `url`.
fn quiz<'a>(url: &'a str, data: &'a str) -> Vec<&'a str> {
    vec![
        "eval",
        "--model",
        "m",
        "--api-url",
        url,
        "--datasets",
        "general_mcq",
        "--dataset-hub",
        "local",
        "--dataset-args",
        data,
    ]
}

fn quiz_args(place: &Place) -> String {
    format!(
        "{{\"general_mcq\": {{\"local_path\": \"{}\", \"subset_list\": [\"quiz\"]}}}}",
        place.path("data").display()
    )
}

#[test]
fn unknown_dataset_suggests_the_nearest() {
    let place = Place::new();
    place.run(&["eval", "--datasets", "gms8k"]).clear_error(2, &["gms8k", "did you mean `gsm8k`?"]);
}

#[test]
fn unknown_protocol_suggests_the_nearest() {
    let place = Place::new();
    place
        .run(&["eval", "--datasets", "gsm8k@evalscope-1.15"])
        .clear_error(2, &["evalscope-1.15", "evalscope-1.14"]);
}

#[test]
fn missing_column_is_named() {
    let place = Place::new();
    place.write("data/quiz_val.jsonl", "{\"id\":\"1\",\"A\":\"one\",\"B\":\"two\",\"answer\":\"A\"}\n");
    let args = quiz_args(&place);
    place.run(&quiz("http://127.0.0.1:9", &args)).clear_error(3, &["quiz_val.jsonl", "question"]);
}

#[test]
fn a_question_under_another_name_is_not_an_empty_one() {
    let place = Place::new();
    let run = |row: &str, name: &str| {
        place.write("data/qa.jsonl", row);
        let args = "{\"general_qa\": {\"local_path\": \"data\", \"subset_list\": [\"qa\"]}}";
        place.run(&["eval", "--model", "m", "--dry-run", "--datasets", name, "--dataset-args", args])
    };
    for name in ["general_qa", "general_qa@evalscope-0.5"] {
        let row = "{\"prompt\": \"Why?\", \"answer\": \"So.\"}\n";
        run(row, name)
            .clear_error(3, &["`question` is missing", "prompt, answer", "benchmarks show general_qa"]);
        for key in ["question", "query"] {
            run(&row.replace("prompt", key), name).expect(0);
        }
    }
    let talk = "{\"messages\": [{\"role\": \"user\", \"content\": \"Why?\"}], \"answer\": \"So.\"}\n";
    run(talk, "general_qa").expect(0);
    run(talk, "general_qa@evalscope-0.5").clear_error(3, &["`question` is missing"]);
}

#[test]
fn a_prompt_without_the_question_is_refused() {
    let args = "{\"gsm8k\": {\"prompt_template\": \"no place\"}}";
    let arguments = ["eval", "--model", "m", "--dry-run", "--datasets", "gsm8k", "--dataset-args", args];
    Place::new().run(&arguments).clear_error(2, &["no place for the question", "{question}"]);
}

#[test]
fn malformed_json_line_has_file_and_line() {
    let place = Place::new();
    place.choice_data(2);
    let path = place.path("data/quiz_val.jsonl");
    let mut text = std::fs::read_to_string(&path).unwrap();
    text.push_str("{\"id\": \"q2\", oops\n");
    std::fs::write(&path, text).unwrap();
    let args = quiz_args(&place);
    place.run(&quiz("http://127.0.0.1:9", &args)).clear_error(3, &["quiz_val.jsonl:3", "column"]);
}

#[test]
fn empty_split_is_an_error() {
    let place = Place::new();
    place.write("data/quiz_val.jsonl", "");
    let args = quiz_args(&place);
    place.run(&quiz("http://127.0.0.1:9", &args)).clear_error(3, &["quiz"]);
}

#[test]
fn wrong_dataset_args_key_is_named() {
    let place = Place::new();
    place
        .run(&["eval", "--datasets", "gsm8k", "--dataset-args", "{\"gsm8k\": {\"few_shots\": 2}}"])
        .clear_error(2, &["few_shots", "did you mean `few_shot_num`?"]);
    place
        .run(&["eval", "--datasets", "gsm8k", "--dataset-args", "{\"gms8k\": {}}"])
        .clear_error(2, &["gms8k", "did you mean `gsm8k`?"]);
    place
        .run(&["eval", "--datasets", "gsm8k", "--dataset-args", "{\"gsm8k\": {\"subset_list\": []}}"])
        .clear_error(2, &["gsm8k", "subset_list names no subset", "take it out"]);
    place.run(&["eval", "--model-id", "", "--dry-run"]).clear_error(2, &["--model-id"]);
    place
        .run(&["eval", "--datasets", "gsm8k", "--dataset-args", "nowhere.json"])
        .clear_error(2, &["nowhere.json"]);
}

#[test]
fn missing_data_set_says_where_it_was_looked_for() {
    let place = Place::new();
    place
        .run(&["eval", "--datasets", "gsm8k", "--dataset-hub", "local", "--dataset-dir", "nothing"])
        .clear_error(3, &["gsm8k", "nothing"]);
}

#[test]
fn unreachable_url_is_named() {
    let place = Place::new();
    place.choice_data(2);
    let args = quiz_args(&place);
    let mut arguments = quiz("http://127.0.0.1:9/v1", &args);
    arguments.extend(["--generation-config", "retries=0"]);
    place.run(&arguments).clear_error(4, &["127.0.0.1:9"]);
    assert!(!place.path("outputs").exists(), "no run folder is left behind");
}

#[test]
fn unknown_model_suggests_the_nearest() {
    let place = Place::new();
    place
        .run(&["eval", "--model", "smollm-135m"])
        .clear_error(2, &["smollm-135m", "did you mean `smollm2-135m`?"]);
}

#[test]
fn a_file_that_is_no_model_is_refused() {
    let place = Place::new();
    place.write("model.gguf", "this is not a model");
    place.run(&["eval", "--model", "./model.gguf"]).clear_error(3, &["model.gguf"]);
}

#[test]
fn wrong_generation_config_is_named() {
    let place = Place::new();
    place
        .run(&["eval", "--generation-config", "temprature=1"])
        .clear_error(2, &["temprature", "did you mean `temperature`?"]);
    place.run(&["eval", "--limit", "-3"]).expect(2);
    place.run(&["eval", "--limit=1.5"]).clear_error(2, &["1.5"]);
}

#[test]
fn unreadable_file_is_named() {
    let place = Place::new();
    place.write("data/quiz_val.jsonl", "x");
    std::fs::write(place.path("data/quiz_val.jsonl"), b"{\"question\": \"\xff\xfe\"}\n").unwrap();
    let args = quiz_args(&place);
    place.run(&quiz("http://127.0.0.1:9", &args)).clear_error(3, &["quiz_val.jsonl", "UTF-8"]);
}

#[test]
fn a_benchmark_file_with_an_unknown_key_has_line_and_column() {
    let place = Place::new();
    place.write("mine.yaml", "name: mine\ntitle: Mine\nabuot: x\n");
    let ran = place.run(&["benchmarks", "lint", "mine.yaml"]).expect(2);
    assert!(ran.out.contains("mine.yaml:3:1"), "{}", ran.out);
    assert!(ran.out.contains("about"), "{}", ran.out);
}

#[test]
fn report_of_no_run_is_an_error() {
    let place = Place::new();
    place.run(&["report", "nothing"]).clear_error(3, &["nothing"]);
}

#[test]
fn a_dry_run_calls_and_leaves_nothing() {
    let place = Place::new();
    place.choice_data(3);
    let args = quiz_args(&place);
    let mut arguments = quiz("http://127.0.0.1:9/v1", &args);
    arguments.push("--dry-run");
    let ran = place.run(&arguments).expect(0);
    assert!(ran.out.contains("3 samples, 3 calls"), "{}", ran.out);
    assert!(ran.out.contains("Question number 0?"), "{}", ran.out);
    assert!(!place.path("outputs").exists());
}

#[test]
fn options_that_would_be_ignored_are_refused() {
    let place = Place::new();
    place.write("model.gguf", "never read");
    place
        .run(&["eval", "--model", "./model.gguf", "--model-args", "revision=main"])
        .clear_error(2, &["revision", "hub ids"]);
    place
        .run(&["eval", "--model", "./model.gguf", "--generation-config", "retries=3"])
        .clear_error(2, &["retries"]);
    place.run(&["eval", "--limit", "0"]).clear_error(2, &["--limit"]);
}
