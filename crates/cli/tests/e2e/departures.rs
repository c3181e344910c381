//! That reports say where a run departs from the protocols that stand beside its scores.

use crate::support::server::Server;
use crate::support::{Place, Ran};
use serde_json::{Value, json};

const ARGS: &str = "{\"gsm8k\": {\"few_shot_num\": 0, \"prompt_template\": \"Translate: {question}\"}}";
const OTHERWISE: [&str; 6] =
    ["--dataset-args", ARGS, "--system-prompt", "Reply in French", "--generation-config", "max_tokens=5"];

/// A run over four sums into `name`.
fn sums(place: &Place, server: &Server, name: &str, more: &[&str]) -> Ran {
    let row = |n| format!("{{\"question\":\"What is 1+1, {n}?\",\"answer\":\"It is.\\n#### 2\"}}\n");
    let rows: String = (0..4).map(row).collect();
    place.write("data/gsm8k/test.jsonl", &rows);
    place.write("data/gsm8k/train.jsonl", &rows);
    let url = server.url();
    let mut arguments = vec!["eval", "--model", "m", "--api-url", &url, "--datasets", "gsm8k", "--no-probe"];
    arguments.extend([
        "--dataset-hub",
        "local",
        "--dataset-dir",
        "data",
        "--work-dir",
        name,
        "--no-timestamp",
    ]);
    arguments.extend(more);
    place.run(&arguments).expect(0)
}

fn text(place: &Place, path: &str) -> String {
    std::fs::read_to_string(place.path(path)).unwrap()
}

fn summary(place: &Place, run: &str) -> Value {
    serde_json::from_str(&text(place, &format!("{run}/reports/summary.json"))).unwrap()
}

#[test]
fn what_departs_from_the_protocol_is_said_wherever_the_protocol_is() {
    let (place, server) = (Place::new(), Server::start(|_| "\\boxed{2}".into()));
    let ran = sums(&place, &server, "other", &OTHERWISE);
    let says =
        "gsm8k departs from evalscope-1.14: few_shot_num 0, prompt_template, system_prompt, max_tokens 5";
    assert!(ran.out.contains(says), "{}", ran.out);
    let report = text(&place, "other/reports/report.md");
    assert!(report.replace('\\', "").contains(says), "{report}");
    let benchmark = &summary(&place, "other")["benchmarks"][0];
    let departures =
        json!({"few_shot_num": 0, "prompt_template": null, "system_prompt": null, "max_tokens": 5});
    assert_eq!(benchmark["departures"], departures);
    // The data lay in a folder, whatever hubs call it.
    assert_eq!(
        benchmark["source"]["read_from"],
        json!(place.path("data/gsm8k").strip_prefix(place.path("")).unwrap())
    );
    let line = "Data of `gsm8k@evalscope-1.14`: read from `data/gsm8k`; known as modelscope `";
    assert!(report.contains(line), "{report}");
}

#[test]
fn what_the_protocol_says_itself_departs_from_nothing() {
    let (place, server) = (Place::new(), Server::start(|_| "\\boxed{2}".into()));
    let same = "{\"gsm8k\": {\"few_shot_num\": 4, \"eval_split\": \"test\"}}";
    let more = ["--dataset-args", same, "--generation-config", "temperature=0,top_p=1", "--seed", "7"];
    let ran = sums(&place, &server, "same", &more);
    assert!(!ran.out.contains("departs") && !text(&place, "same/reports/report.md").contains("departs"));
    assert_eq!(summary(&place, "same")["benchmarks"][0].get("departures"), None);
}

#[test]
fn a_run_of_before_plans_told_departures_is_scored_again_and_gone_on_with() {
    let (place, server) = (Place::new(), Server::start(|_| "\\boxed{2}".into()));
    sums(&place, &server, "old", &OTHERWISE);
    let path = "old/configs/plan.json";
    let mut plan: Value = serde_json::from_str(&text(&place, path)).unwrap();
    let told = plan["benchmarks"][0].as_object_mut().unwrap().remove("departures");
    assert!(told.is_some_and(|told| told["m"]["max_tokens"] == 5));
    place.write(path, &plan.to_string());
    let calls = server.seen().len();
    sums(&place, &server, "old", &OTHERWISE);
    assert_eq!(server.seen().len(), calls);
    assert_eq!(summary(&place, "old")["benchmarks"][0]["departures"]["max_tokens"], 5);
    place.write(path, &plan.to_string());
    assert!(place.run(&["score", "old"]).expect(0).out.contains("max_tokens 5"));
}

#[test]
fn a_comparison_of_what_was_asked_differently_says_so() {
    let (place, server) = (Place::new(), Server::start(|_| "\\boxed{2}".into()));
    sums(&place, &server, "one", &[]);
    sums(&place, &server, "same", &[]);
    sums(&place, &server, "other", &OTHERWISE);
    let same = place.run(&["compare", "one", "same"]).expect(0).out;
    assert!(!same.contains("differently"), "{same}");
    let found = place.run(&["compare", "one", "other"]).expect(0).out;
    let fields = ["asking.shots.count", "asking.system", "asking.prompt", "sampling.max_tokens"];
    let line = found.lines().find(|line| line.contains("asked or scored differently, in "));
    let line = line.unwrap_or_else(|| panic!("{found}"));
    assert!(fields.iter().all(|field| line.contains(field)), "{line}");
    let found = place.run(&["compare", "one", "other", "--json"]).expect(0).out;
    let found: Value = serde_json::from_str(&found).unwrap();
    let named = found["benchmarks"][0]["asked_apart"].as_array().unwrap();
    assert_eq!(named.len(), fields.len(), "{named:?}");
    assert!(fields.iter().all(|field| named.contains(&json!(field))), "{named:?}");
}
