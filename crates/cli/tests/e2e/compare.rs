//! Runs against each other: manifest, diff, rerun, and replies that are scored without a model.

use crate::support::server::Server;
use crate::support::{Place, Ran, json_lines, only_run};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A run over the quiz into `outputs/NAME`. Calls are counted, so none goes to a probe.
fn quiz(place: &Place, server: &Server, name: &str, more: &[&str]) -> PathBuf {
    let args = data_args(place);
    let (url, work_dir) = (server.url(), format!("outputs/{name}"));
    let mut arguments = vec!["eval", "--model", "m", "--api-url", &url, "--datasets", "general_mcq"];
    arguments.extend(["--dataset-args", &args, "--work-dir", &work_dir, "--no-timestamp", "--no-probe"]);
    arguments.extend(more);
    place.run(&arguments).expect(0);
    place.path(&work_dir)
}

/// A relative path, as people type it.
fn data_args(_: &Place) -> String {
    "{\"general_mcq\": {\"local_path\": \"data\", \"subset_list\": [\"quiz\"]}}".to_owned()
}

fn diff(place: &Place, a: &Path, b: &Path, more: &[&str]) -> Ran {
    let (a, b) = (a.display().to_string(), b.display().to_string());
    let mut arguments = vec!["diff", &a, &b];
    arguments.extend(more);
    place.run(&arguments)
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn number_in(prompt: &str) -> u64 {
    let rest = prompt.rsplit("Question number ").next();
    rest.and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()).unwrap_or(0)
}

fn always_b(_: &str) -> String {
    "答案：B".into()
}

fn wrong_on_three(prompt: &str) -> String {
    if number_in(prompt) < 3 { "答案：A".into() } else { "答案：B".into() }
}

#[test]
fn a_manifest_says_what_a_run_was_made_of() {
    let (place, server) = (Place::new(), Server::start(always_b));
    place.choice_data(6);
    let few = json(&quiz(&place, &server, "few", &["--limit", "4"]).join("manifest.json"));
    let benchmark = &few["benchmarks"][0];
    assert!(benchmark["name"].as_str().unwrap().starts_with("general_mcq@"), "{few}");
    let data = std::fs::read(place.path("data/quiz_val.jsonl")).unwrap();
    assert_eq!(benchmark["data"][0]["file"], "quiz_val.jsonl");
    assert_eq!(benchmark["data"][0]["bytes"].as_u64().unwrap() as usize, data.len());
    assert_eq!(benchmark["data"][0]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(benchmark["sampling"][0]["temperature"], 0.0);
    assert_eq!(few["platform"]["os"], std::env::consts::OS);
    assert!(!few["models"][0]["reported"].as_array().unwrap().is_empty(), "{few}");
    // The prompts are the same whatever the model and its sampling; fewer samples are other prompts.
    let warm = ["--limit", "4", "--generation-config", "temperature=0.9", "--model-id", "other"];
    let warm = json(&quiz(&place, &server, "warm", &warm).join("manifest.json"));
    assert_eq!(warm["benchmarks"][0]["prompts"], benchmark["prompts"]);
    assert_eq!(warm["benchmarks"][0]["sampling"][0]["temperature"], 0.9);
    let all = json(&quiz(&place, &server, "all", &[]).join("manifest.json"));
    assert_ne!(all["benchmarks"][0]["prompts"], benchmark["prompts"]);
    assert_eq!(all["benchmarks"][0]["data"], benchmark["data"]);
}

#[test]
fn equal_runs_are_equal_and_a_rerun_is_one() {
    let (place, server) = (Place::new(), Server::start(wrong_on_three));
    place.choice_data(10);
    let first =
        quiz(&place, &server, "first", &["--generation-config", "temperature=0.5,n=2", "--limit", "8"]);
    let ran = place.run(&["rerun", &first.display().to_string(), "--work-dir", "again"]).expect(0);
    assert_eq!(server.calls(), 32);
    let again = std::fs::read_dir(place.path("again")).unwrap().next().unwrap().unwrap().path();
    assert!(
        ran.err.contains(&format!("evalscope diff {} {}", first.display(), again.display())),
        "{}",
        ran.err
    );
    let found = diff(&place, &first, &again, &[]).expect(0);
    assert!(found.out.contains("A and B are equal"), "{}", found.out);
    assert!(found.out.contains("plan  same"), "{}", found.out);
}

#[test]
fn a_rerun_works_from_another_folder_and_wants_masked_headers_again() {
    let (place, server) = (Place::new(), Server::start(always_b));
    place.choice_data(3);
    let headers = "{\"extra_headers\": {\"x-secret\": \"sk-hidden\"}}";
    let first = quiz(&place, &server, "first", &["--generation-config", headers]).display().to_string();
    place.run(&["rerun", &first]).clear_error(2, &["extra headers", "--generation-config"]);
    let elsewhere = place.path("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let mut command =
        place.evalscope(&["rerun", &first, "--generation-config", headers, "--work-dir", "new"]);
    Ran::from(command.current_dir(&elsewhere).output().unwrap()).expect(0);
    let again = std::fs::read_dir(elsewhere.join("new")).unwrap().next().unwrap().unwrap().path();
    diff(&place, Path::new(&first), &again, &[]).expect(0);
}

#[test]
fn changed_replies_are_told_from_noise_with_examples() {
    let place = Place::new();
    let (right, wrong) = (Server::start(always_b), Server::start(wrong_on_three));
    place.choice_data(12);
    let a = quiz(&place, &right, "a", &[]);
    let b = quiz(&place, &wrong, "b", &[]);
    let found = diff(&place, &a, &b, &["--limit", "2"]).expect(1);
    for part in [
        "prompts      same: 12",
        "3 of 12 differ",
        "3 right → wrong, 0 wrong → right",
        "could be noise",
        "▸A",
        "▸B",
    ] {
        assert!(found.out.contains(part), "`{part}` is not in:\n{}", found.out);
    }
    let found: Value = serde_json::from_str(&diff(&place, &a, &b, &["--json"]).expect(1).out).unwrap();
    let benchmark = &found["benchmarks"][0];
    assert_eq!(benchmark["responses"]["differ"], 3);
    assert_eq!(benchmark["responses"]["examples"][0]["id"], "q0");
    // 2 / 2^3.
    assert!((benchmark["scores"]["test"]["p_value"].as_f64().unwrap() - 0.25).abs() < 1e-9);
    assert_eq!(benchmark["scores"]["mean_b"], 0.75);
}

#[test]
fn other_prompts_data_and_order_are_found_and_samples_matched_by_id() {
    let (place, server) = (Place::new(), Server::start(wrong_on_three));
    place.choice_data(6);
    let a = quiz(&place, &server, "a", &[]);
    let lines = std::fs::read_to_string(place.path("data/quiz_val.jsonl")).unwrap();
    let turned: Vec<&str> = lines.lines().rev().collect();
    place.write("data/quiz_val.jsonl", &turned.join("\n").replace("number 4?", "number 4, please?"));
    let b = quiz(&place, &server, "b", &[]);
    let found = diff(&place, &a, &b, &[]).expect(1);
    for part in [
        "1 file differs",
        "quiz_val.jsonl",
        "6 in both",
        "prompts      1 of 6 differ",
        "(id q4)",
        "number 4▸",
    ] {
        assert!(found.out.contains(part), "`{part}` is not in:\n{}", found.out);
    }
    assert!(found.out.contains("responses    same: 6"), "{}", found.out);
}

#[test]
fn what_cannot_be_compared_is_exit_code_2() {
    let place = Place::new();
    place.run(&["diff", "nowhere", "nothing"]).clear_error(2, &["nowhere", "no run"]);
}

#[test]
fn a_run_is_scored_again_without_its_flags_and_without_a_call() {
    let place = Place::new();
    place.choice_data(5);
    let (run, before) = {
        let server = Server::start(wrong_on_three);
        let run = quiz(&place, &server, "run", &["--generation-config", "temperature=0.3", "--repeats", "2"]);
        let before = std::fs::read(run.join("reviews/m/general_mcq_quiz.jsonl")).unwrap();
        (run, before)
    };
    std::fs::remove_dir_all(run.join("reviews")).unwrap();
    let path = run.display().to_string();
    place.run(&["score", &path, "--limit", "3"]).clear_error(2, &["--limit", "no use"]);
    let ran = place.run(&["score", &path]).expect(0);
    assert!(ran.out.contains("general_mcq"), "{}", ran.out);
    assert_eq!(std::fs::read(run.join("reviews/m/general_mcq_quiz.jsonl")).unwrap(), before);
    // The options are still those of the run, so that it can be made again.
    let server = Server::start(wrong_on_three);
    place.run(&["rerun", &path, "--api-url", &server.url(), "--work-dir", "again"]).expect(0);
    assert_eq!(server.calls(), 10);
}

#[test]
fn predictions_of_another_tool_become_a_run() {
    let place = Place::new();
    place.choice_data(4);
    let rows = "{\"doc\": {\"key\": \"q1\"}, \"out\": \"答案：B\"}\n{\"doc\": {\"key\": \"q0\"}, \"out\": \"答案：A\"}\n\
                {\"doc\": {\"key\": \"q9\"}, \"out\": \"答案：B\"}\n{\"doc\": {\"key\": \"q3\"}, \"out\": null}\n";
    place.write("theirs.jsonl", rows);
    let args = data_args(&place);
    let mut arguments = vec!["score", "theirs.jsonl", "--datasets", "general_mcq", "--dataset-args", &args];
    place.run(&arguments).clear_error(2, &["--prediction-column"]);
    arguments.extend(["--prediction-column", "out"]);
    place.run(&arguments).clear_error(2, &["--id-column"]);
    let wrong = [&arguments[..], &["--index-column", "doc.key"]].concat();
    place.run(&wrong).clear_error(2, &["no row fits a sample", "doc.key"]);
    arguments.extend(["--id-column", "doc.key"]);
    let ran = place.run(&arguments).expect(1);
    for part in ["2 of 3 replies scored", "row 3 (q9)", "2 samples have no prediction", "quiz #2 (id q2)"] {
        assert!(ran.err.contains(part), "`{part}` is not in:\n{}", ran.err);
    }
    let run = only_run(&place);
    let reviews = json_lines(&run.join("reviews/theirs/general_mcq_quiz.jsonl"));
    let score =
        |n: usize| reviews[n]["sample_score"]["score"]["value"].as_object().unwrap().values().next().cloned();
    assert_eq!((reviews.len(), score(0), score(1)), (2, Some(0.0.into()), Some(1.0.into())));
    assert!(run.join("reports/report.html").is_file() && run.join("manifest.json").is_file());
    let path = run.display().to_string();
    place.run(&["rerun", &path]).clear_error(2, &["from a file", "evalscope score"]);
    place.run(&["score", &path]).expect(1);
    assert_eq!(json_lines(&run.join("reviews/theirs/general_mcq_quiz.jsonl")), reviews);
}

#[test]
fn predictions_find_their_samples_by_place_or_by_question() {
    let place = Place::new();
    place.choice_data(2);
    let args = data_args(&place);
    place.write("t.csv", "n,text,reply\n1,Question  number 1?,答案：A\n0,Question number 0?,答案：B\n");
    for key in [["--index-column", "n"], ["--question-column", "text"]] {
        let mut arguments = vec!["score", "t.csv", "--datasets", "general_mcq", "--dataset-args", &args];
        arguments.extend(["--prediction-column", "reply", "--work-dir", key[1], "--json"]);
        arguments.extend(key);
        let summary: Value = serde_json::from_str(&place.run(&arguments).expect(0).out).unwrap();
        assert_eq!(summary["benchmarks"][0]["score"], 0.5, "{key:?}");
    }
}

#[test]
fn two_protocols_of_a_benchmark_are_compared() {
    let (place, server) = (Place::new(), Server::start(always_b));
    place.choice_data(3);
    let run = |protocol: &str| {
        let (args, url, work_dir) = (data_args(&place), server.url(), format!("outputs/{protocol}"));
        let name = format!("general_mcq@{protocol}");
        let arguments =
            ["eval", "--model", "m", "--api-url", &url, "--datasets", &name, "--dataset-args", &args];
        place.run(&[&arguments[..], &["--work-dir", &work_dir, "--no-timestamp"]].concat());
        place.path(&work_dir)
    };
    let found = diff(&place, &run("evalscope-1.14"), &run("english"), &[]).expect(1);
    for part in [
        "general_mcq@evalscope-1.14 against general_mcq@english",
        "asking.prompt",
        "prompts      3 of 3 differ",
    ] {
        assert!(found.out.contains(part), "`{part}` is not in:\n{}", found.out);
    }
}

#[test]
fn files_of_other_programs_are_read_by_their_columns() {
    let (place, server) = (Place::new(), Server::start(wrong_on_three));
    place.choice_data(6);
    let run = quiz(&place, &server, "run", &[]);
    let ours = run.join("predictions/m/general_mcq_quiz.jsonl").display().to_string();
    let row = |n: u32, reply: &str| format!("{{\"doc_id\": {n}, \"resps\": [[\"{reply}\"]]}}\n");
    let rows: String = (0..6).map(|n| row(n, if n < 3 { "答案：A" } else { "答案：B" })).collect();
    let theirs = place.write("samples_quiz.jsonl", &rows).display().to_string();
    let args = data_args(&place);
    for (file, columns) in
        [(&ours, ["model_output.choices.0.message.content", "index"]), (&theirs, ["resps", "doc_id"])]
    {
        let arguments =
            ["score", file, "--datasets", "general_mcq", "--dataset-args", &args, "--model-id", "m"];
        let columns =
            ["--prediction-column", columns[0], "--index-column", columns[1], "--work-dir", columns[1]];
        place.run(&[&arguments[..], &columns].concat()).expect(0);
        let again = std::fs::read_dir(place.path(columns[5])).unwrap().next().unwrap().unwrap().path();
        let reviews = |run: &Path| std::fs::read(run.join("reviews/m/general_mcq_quiz.jsonl")).unwrap();
        assert_eq!(reviews(&again), reviews(&run), "{file}");
    }
}

#[test]
fn places_are_refused_where_samples_are_shuffled() {
    let place = Place::new();
    let question = |n: u32| format!("{{\"question\":\"What is {n}+0?\",\"answer\":\"#### {n}\"}}\n");
    place.write("data/test.jsonl", &(0..9).map(question).collect::<String>());
    let reply = |n: u32| format!("{{\"n\": {n}, \"reply\": \"So it is {n}.\"}}\n");
    place.write("theirs.jsonl", &(0..9).map(reply).collect::<String>());
    let args = "{\"gsm8k\": {\"local_path\": \"data\", \"few_shot_num\": 0}}";
    let shuffled = "{\"gsm8k\": {\"local_path\": \"data\", \"few_shot_num\": 0, \"shuffle\": true}}";
    let score = |name: &str, args: &str, key: &str| {
        let arguments = ["score", "theirs.jsonl", "--datasets", name, "--dataset-args", args];
        place.run(&[&arguments[..], &["--prediction-column", "reply", "--json", key, "n"]].concat())
    };
    for (name, args) in [("gsm8k@evalscope-0.5", args), ("gsm8k", shuffled)] {
        score(name, args, "--index-column").clear_error(2, &["shuffles its samples", "--id-column"]);
        let summary: Value = serde_json::from_str(&score(name, args, "--id-column").expect(0).out).unwrap();
        assert_eq!(summary["benchmarks"][0]["score"], 1.0, "{name}");
    }
    score("gsm8k", args, "--index-column").expect(0);
    // A single sample has one order.
    place.write("data/test.jsonl", &question(0));
    place.write("theirs.jsonl", &reply(0));
    score("gsm8k@evalscope-0.5", args, "--index-column").expect(0);
}

#[test]
fn lists_of_replies_are_repeats_and_records_are_refused() {
    let place = Place::new();
    place.choice_data(2);
    let args = data_args(&place);
    let score = |rows: &str, more: &[&str]| {
        place.write("theirs.jsonl", rows);
        let arguments = ["score", "theirs.jsonl", "--datasets", "general_mcq", "--dataset-args", &args];
        let columns = ["--prediction-column", "resps", "--index-column", "doc_id", "--json"];
        place.run(&[&arguments[..], &columns, more].concat())
    };
    let row = |n: u32| format!("{{\"doc_id\": {n}, \"resps\": [[\"答案：B\", \"答案：A\"]]}}\n");
    let rows = row(0) + &row(1);
    score(&rows, &[]).clear_error(2, &["row 1 has 2 replies", "--repeats 2", "resps.0.0"]);
    let ran = score(&rows, &["--repeats", "2"]).expect(0);
    let summary: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(summary["benchmarks"][0]["score"], 0.5);
    assert!(ran.err.contains("4 of 4 replies scored"), "{}", ran.err);
    let record = "{\"doc_id\": 0, \"resps\": {\"role\": \"assistant\", \"content\": \"B\"}}\n";
    score(record, &[]).clear_error(2, &["row 1: `resps` holds a record", "role, content"]);
}

#[test]
fn a_row_too_many_is_no_row_without_a_sample() {
    let place = Place::new();
    place.choice_data(2);
    let args = data_args(&place);
    place.write("t.csv", "n,reply\n0,B\n1,B\n0,A\n7,B\n");
    let arguments = ["score", "t.csv", "--datasets", "general_mcq", "--dataset-args", &args];
    let said =
        place.run(&[&arguments[..], &["--prediction-column", "reply", "--index-column", "n"]].concat());
    for part in [
        "2 of 4 replies scored",
        "1 reply is one too many for its sample",
        "row 3 (0)",
        "1 row fits no sample: row 4 (7)",
    ] {
        assert!(said.err.contains(part), "`{part}` is not in:\n{}", said.err);
    }
}

#[test]
fn an_id_that_is_not_that_of_the_place_is_said() {
    let place = Place::new();
    place.choice_data(3);
    let row = |n: u32, id: &str| format!("{{\"index\": {n}, \"id\": \"{id}\", \"reply\": \"B\"}}\n");
    place.write("own.jsonl", &(row(0, "q2") + &row(1, "q1") + &row(2, "q0")));
    let args = data_args(&place);
    let arguments = ["score", "own.jsonl", "--datasets", "general_mcq", "--dataset-args", &args];
    let score = |key: &[&str]| {
        place.run(&[&arguments[..], &["--prediction-column", "reply"], key].concat()).expect(0)
    };
    let said = score(&["--index-column", "index"]).err;
    assert!(said.contains("2 rows have another `id`") && said.contains("row 1 (q2, sample q0)"), "{said}");
    for key in [["--id-column", "id"], ["--index-column", "index"]] {
        let rows = row(0, "q0") + &row(1, "q1") + &row(2, "q2");
        place.write("own.jsonl", &rows);
        assert!(!score(&key).err.contains("another `id`"));
    }
}

#[test]
fn the_protocols_of_one_run_are_compared() {
    let (place, server) = (Place::new(), Server::start(|_| "So 1 + 1 = \\boxed{2}, not 3.".into()));
    let rows = (0..4).map(|n| format!("{{\"question\":\"What is 1+1, {n}?\",\"answer\":\"#### 2\"}}\n"));
    place.write("data/test.jsonl", &rows.collect::<String>());
    let url = server.url();
    let args = "{\"gsm8k\": {\"local_path\": \"data\", \"few_shot_num\": 0}}";
    let run = |name: &str, more: &[&str]| {
        let mut arguments =
            vec!["eval", "--model", "m", "--api-url", &url, "--dataset-args", args, "--no-probe"];
        arguments.extend(["--work-dir", name, "--no-timestamp", "--datasets", "gsm8k"]);
        arguments.extend(more);
        place.run(&arguments).expect(0);
        place.run(&["diff", name])
    };
    let found = run("both", &["gsm8k@evalscope-0.5"]).expect(1).out;
    assert!(found.contains("gsm8k@evalscope-1.14 against gsm8k@evalscope-0.5"), "{found}");
    assert!(found.contains("4 in both") && found.contains("4 right → wrong"), "{found}");
    let found = run("few", &["gsm8k@evalscope-0.5", "--limit", "1"]).expect(1).out;
    assert!(found.contains("0 in both") && found.contains("the orders differ"), "{found}");
    run("one", &[]).clear_error(2, &["in two protocols", "--datasets"]);
}
