//! Mixes of benchmarks: what is asked, once, and how they are reported.

use crate::support::server::Server;
use crate::support::{Place, only_run};
use serde_json::{Value, json};

const MIX: &str = "
name: two kinds
samples: 8
datasets:
  - {name: starter, weight: 3, task_type: all, tags: [built-in], args: {subset_list: [choice_en, number_en]}}
  - name: own
    weight: 1
    datasets:
      - {name: general_mcq, tags: [own, letters], args: {subset_list: [quiz]}}
";

fn place() -> Place {
    let place = Place::new();
    let data = place.choice_data(5);
    place.write(
        "mix.yaml",
        &MIX.replace(
            "subset_list: [quiz]",
            &format!("subset_list: [quiz], local_path: \"{}\"", data.display()),
        ),
    );
    place
}

fn summary(place: &Place) -> Value {
    let text = std::fs::read_to_string(only_run(place).join("reports/summary.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_mix_is_asked_once_and_reported_as_one() {
    let (place, server) = (place(), Server::start(|_| "ANSWER: B".into()));
    let url = server.url();
    let mut arguments =
        vec!["eval", "--model", "m", "--api-url", &url, "--collection", "mix.yaml", "--no-probe"];
    arguments.extend(["--work-dir", "outputs"]);
    let ran = place.run(&arguments).expect(0);
    assert_eq!(server.calls(), 8, "{}", ran.err);
    for text in
        ["two kinds", "· macro", "· weighted", "tag letters", "task type all", "0.750 × starter@first"]
    {
        assert!(ran.out.contains(text), "{text} is not in:\n{}", ran.out);
    }
    let found = summary(&place);
    let mix = &found["collections"][0];
    let members: Vec<u64> = mix["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|member| member["metric"]["n"].as_u64().unwrap())
        .collect();
    assert_eq!(members, [6, 2]);
    let score = |place: &str| mix["members"].pointer(place).and_then(Value::as_f64).unwrap();
    let (starter, own) = (score("/0/metric/score"), score("/1/metric/score"));
    let whole = |name: &str| mix["whole"][name]["score"].as_f64().unwrap();
    assert!((whole("micro") - (6.0 * starter + 2.0 * own) / 8.0).abs() < 1e-12);
    // As in EvalScope, over the three subsets, and not over the two benchmarks.
    let subset = |place: &str| score(&format!("{place}/metric/score"));
    let subsets = [subset("/0/subsets/0"), subset("/0/subsets/1"), subset("/1/subsets/0")];
    assert!((whole("macro") - subsets.iter().sum::<f64>() / 3.0).abs() < 1e-12, "{subsets:?}");
    assert!((whole("weighted") - (0.75 * starter + 0.25 * own)).abs() < 1e-12);
    // Going on asks nothing again; the same run again, and a run made again, ask the same samples.
    place.run(&arguments).expect(0);
    assert_eq!(server.calls(), 8);
    let run = only_run(&place).display().to_string();
    place.run(&["rerun", &run, "--work-dir", "again"]).expect(0);
    assert_eq!(server.calls(), 16);
    let plans: Vec<Value> = [&run, "again"]
        .map(|path| {
            crate::support::files_below(&place.path(path))
                .into_iter()
                .find(|file| file.ends_with("plan.json"))
        })
        .map(|file| serde_json::from_str(&std::fs::read_to_string(file.unwrap()).unwrap()).unwrap())
        .into();
    assert_eq!(plans[0]["collections"], plans[1]["collections"]);
}

#[test]
fn a_benchmark_that_is_named_too_is_asked_in_full_and_once() {
    let (place, server) = (place(), Server::start(|_| "ANSWER: B".into()));
    let url = server.url();
    let mut arguments =
        vec!["eval", "--model", "m", "--api-url", &url, "--collection", "mix.yaml", "--no-probe"];
    arguments.extend(["--datasets", "starter", "--limit", "10"]);
    place.run(&arguments).expect(0);
    // 10 of each of the mix's two subsets of starter, and 2 of the quiz.
    assert_eq!(server.calls(), 22);
    let mix = &summary(&place)["collections"][0];
    assert_eq!(mix["whole"]["micro"]["n"], json!(8));
}

#[test]
fn mixes_that_want_a_benchmark_differently_are_refused() {
    let place = Place::new();
    let mix = |name: &str, subset: &str| {
        json!({"name": name, "datasets": [{"name": "starter", "args": {"subset_list": [subset]}}]})
            .to_string()
    };
    let (one, other, named) = (mix("one", "choice_en"), mix("other", "number_en"), mix("third", "choice_en"));
    let run = |mixes: [&str; 2]| {
        place.run(&["eval", "--collection", mixes[0], "--collection", mixes[1], "--dry-run", "--limit", "2"])
    };
    run([&one, &other]).clear_error(2, &["the mix `one` and the mix `other` want starter@first", "args"]);
    let shown = run([&one, &named]).expect(0).out;
    assert!(shown.contains("mix       one: 1.000 × starter@first (all samples)"), "{shown}");
    assert!(shown.contains("sampling: {\"max_tokens\":160,\"temperature\":0.0}"), "{shown}");
}

/// Two samples of the quiz as EvalScope's samplers write them, the second with this question.
fn mixed(second: &str) -> String {
    let line = |id: u64, question: &str| {
        json!({
            "index": id, "prompt": {"input": [{"role": "user", "content": question}], "target": "B", "id": id},
            "tags": ["own"], "categories": ["mix"], "task_type": "quiz", "weight": 0.5,
            "dataset_name": "general_mcq", "subset_name": "quiz",
        })
    };
    format!("{}\n{}\n", line(1, "So: Question number 1?"), line(3, second))
}

#[test]
fn samples_that_evalscope_has_chosen_are_asked_under_its_name() {
    let (place, server) = (Place::new(), Server::start(|_| "ANSWER: B".into()));
    let (data, url) = (place.choice_data(5), server.url());
    let run = |text: &str, more: &[&str]| {
        let mix = place.write("mixed.jsonl", text);
        let arguments = json!({"data_collection": {"local_path": mix}, "general_mcq": {"local_path": data}});
        let arguments = arguments.to_string();
        let mut words =
            vec!["eval", "--model", "m", "--api-url", &url, "--no-probe", "--work-dir", "outputs"];
        words.extend(["--datasets", "data_collection", "--dataset-args", &arguments]);
        words.extend(more);
        place.run(&words)
    };
    run(&mixed("another question").replace("\"B\"", "\"Z\""), &[]).clear_error(2, &["sample", "another one"]);
    run(&mixed("Question number 3?"), &["--limit", "1"]).clear_error(2, &["--limit", "chosen already"]);
    assert_eq!(server.calls(), 0);
    run(&mixed("Question number 3?"), &[]).expect(0);
    assert_eq!(server.calls(), 2);
    let mix = &summary(&place)["collections"][0];
    assert_eq!(
        (&mix["whole"]["micro"]["n"], &mix["members"][0]["subsets"][0]["name"]),
        (&json!(2), &json!("quiz"))
    );
}

#[test]
fn slips_in_a_mix_are_named() {
    let place = place();
    let run = |mix: &str| place.run(&["eval", "--collection", mix, "--dry-run"]);
    run("none.yaml").clear_error(2, &["--collection", "none.yaml"]);
    run("{\"name\": \"m\", \"datasets\": []}").clear_error(2, &["it has no benchmark"]);
    run("{\"name\": \"m\", \"datasets\": [{\"name\": \"startr\"}]}").clear_error(2, &["startr", "starter"]);
}
