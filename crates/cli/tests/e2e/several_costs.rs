//! Tokens and money of several models in one run: each has its price, and one limit holds for all.

use crate::support::server::Server;
use crate::support::{Place, Ran, json_lines, only_run};
use evalscope_testserver::Fault;
use serde_json::{Value, json};

/// Two models of which each reply is one token: a cent of the first, two of the second.
struct Two {
    place: Place,
    cheap: Server,
    dear: Server,
}

impl Two {
    fn new(samples: usize) -> Two {
        let place = Place::new();
        place.choice_data(samples);
        let answering = || Server::start(|_| "答案：B".to_owned());
        Two { place, cheap: answering(), dear: answering() }
    }

    /// A file of options with both models, each with its price.
    fn config(&self, more: &Value) {
        let data = json!({"general_mcq": {"local_path": self.place.path("data"), "subset_list": ["quiz"]}});
        let model = |name: &str, server: &Server, price: u64, max_tokens: u64| {
            json!({
                "model": name, "api_url": server.url(), "price": {"input": 0, "output": price},
                "generation_config": {"max_tokens": max_tokens}
            })
        };
        let mut config = json!({
            "model": [model("cheap", &self.cheap, 10_000, 5), model("dear", &self.dear, 20_000, 3)],
            "datasets": ["general_mcq"], "dataset_hub": "local", "dataset_args": data.to_string()
        });
        let fields = more.as_object().expect("options are an object").clone();
        config.as_object_mut().expect("it is an object").extend(fields);
        self.place.write("run.yaml", &config.to_string());
    }

    fn eval(&self, more: &[&str]) -> Ran {
        self.place.run(&[&["eval", "--no-probe", "--config", "run.yaml"], more].concat())
    }

    fn calls(&self) -> (u64, u64) {
        (self.cheap.calls(), self.dear.calls())
    }
}

fn parsed(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).expect("the output is JSON")
}

/// What each model spent, in the order of the plan.
fn spent(summary: &Value) -> Vec<&str> {
    let totals = summary["totals"].as_array().expect("there are totals");
    totals.iter().filter_map(|total| total["usage"]["cost"]["spent"].as_str()).collect()
}

#[test]
fn a_dry_run_estimates_each_model_and_all() {
    let two = Two::new(10);
    two.config(&json!({}));
    let preview = parsed(&two.eval(&["--dry-run", "--json"]).expect(0));
    let high = |value: &Value| value["cost"]["high"]["amount"].as_str().map(str::to_owned);
    let most: Vec<Value> =
        (0..2).map(|place| preview["models"][place]["tokens"]["output_at_most"].clone()).collect();
    assert_eq!(most, [json!(50), json!(30)]);
    assert_eq!(high(&preview["models"][0]).as_deref(), Some("0.5"));
    assert_eq!(high(&preview["models"][1]).as_deref(), Some("0.6"));
    assert_eq!(high(&preview).as_deref(), Some("1.1"));
    let text = two.eval(&["--dry-run"]).expect(0).out;
    for line in [
        "cost of cheap, estimated: $0.00 to $0.50 with every reply at its limit",
        "cost of dear, estimated: $0.00 to $0.60 with every reply at its limit",
        "cost of all models, estimated: $0.00 to $1.10",
    ] {
        assert!(text.contains(line), "{line} is not in:\n{text}");
    }
    assert_eq!(two.calls(), (0, 0));
}

#[test]
fn each_model_has_its_price_and_its_row() {
    let two = Two::new(20);
    two.config(&json!({}));
    let summary = parsed(&two.eval(&["--json"]).expect(0));
    assert_eq!(spent(&summary), ["0.2", "0.4"]);
    assert_eq!(two.calls(), (20, 20));
    let folder = only_run(&two.place).display().to_string();
    let text = two.place.run(&["report", &folder]).expect(0).out;
    let serving = text.split("tokens, cost and times").nth(1).expect("there is a table of it");
    let row = |name: &str| serving.lines().find(|line| line.starts_with(name)).map(str::to_owned);
    assert!(row("cheap").is_some_and(|row| row.contains("$0.20")), "{text}");
    assert!(row("dear").is_some_and(|row| row.contains("$0.40")), "{text}");
    // The prices are among what a rerun restores, also those of a model's own.
    let again = two.place.run(&["rerun", &folder, "--work-dir", "again", "--json"]).expect(0);
    assert_eq!(spent(&parsed(&again)), ["0.2", "0.4"]);
}

#[test]
fn one_limit_holds_for_all_models_and_goes_on_with_a_higher_one() {
    let two = Two::new(40);
    two.config(&json!({"max_cost": 0.5}));
    let stopped = two.eval(&["--json"]).expect(130);
    let (cheap, dear) = two.calls();
    let cents = cheap + 2 * dear;
    assert!(cents <= 50 && cents > 43, "{cheap} and {dear} calls");
    assert!(stopped.err.contains("of `--max-cost` $0.50 is spent"), "{}", stopped.err);
    assert!(stopped.err.contains("a higher `--max-cost` and `--use-cache"), "{}", stopped.err);
    // What both spent before counts.
    two.eval(&[]).expect(130);
    assert!(two.calls().0 + 2 * two.calls().1 <= 50, "{:?}", two.calls());
    // Flags go over the file.
    let whole = two.eval(&["--max-cost", "1.30", "--json"]).expect(0);
    assert_eq!((two.calls(), spent(&parsed(&whole))), ((40, 40), vec!["0.4", "0.8"]));
    for model in ["cheap", "dear"] {
        let journal = only_run(&two.place).join(format!("predictions/{model}/general_mcq_quiz.jsonl"));
        assert_eq!(json_lines(&journal).len(), 40, "no call was repeated");
    }
}

#[test]
fn prices_of_several_models_must_be_clear() {
    let two = Two::new(2);
    let url = two.cheap.url();
    let refused = |more: &[&str], parts: &[&str]| {
        let models = ["eval", "--no-probe", "--model", "a", "b", "--api-url", &url, "--datasets", "starter"];
        drop(two.place.run(&[&models[..], more].concat()).clear_error(2, parts));
    };
    refused(&["--price", "input=1,output=1"], &["--price: there are several models", "--prices"]);
    let one = r#"{"a": {"input": 1, "output": 1}}"#;
    refused(&["--prices", one, "--max-cost", "1"], &["there is none for `b`"]);
    let mixed = r#"{"a": {"input": 1, "output": 1}, "*": {"input": 1, "output": 1, "currency": "CNY"}}"#;
    refused(&["--prices", mixed, "--max-cost", "1"], &["prices are in USD and CNY"]);
    assert_eq!(two.calls(), (0, 0));
    assert!(!two.place.path("outputs").exists(), "nothing was begun");
}

#[test]
fn each_model_has_its_own_time_for_the_first_token() {
    let two = Two::new(3);
    two.cheap.always(Fault::Stall(0));
    let data = json!({"general_mcq": {"local_path": two.place.path("data"), "subset_list": ["quiz"]}});
    let model = |name: &str, server: &Server, config: Value| {
        json!({"model": name, "api_url": server.url(), "generation_config": config}).to_string()
    };
    let hurried =
        model("hurried", &two.cheap, json!({"stream": true, "first_token_timeout": 0.2, "retries": 0}));
    let patient = model("patient", &two.dear, json!({"stream": true}));
    let arguments = [
        "eval",
        "--no-probe",
        "--model",
        &hurried,
        &patient,
        "--datasets",
        "general_mcq",
        "--dataset-hub",
        "local",
    ];
    let data = data.to_string();
    let ran = two.place.run(&[&arguments[..], &["--dataset-args", &data, "--json"]].concat()).expect(1);
    assert!(ran.err.contains("no token within 0.2 s"), "{}", ran.err);
    let summary = parsed(&ran);
    let counts: Vec<(&Value, &Value)> = (0..2)
        .map(|place| &summary["benchmarks"][place]["counts"])
        .map(|counts| (&counts["scored"], &counts["failed"]))
        .collect();
    assert_eq!(counts, [(&json!(0), &json!(3)), (&json!(3), &json!(0))]);
}

#[test]
fn currencies_do_not_mix_when_a_run_goes_on() {
    let two = Two::new(20);
    two.config(&json!({"max_cost": 0.1}));
    two.eval(&[]).expect(130);
    let calls = two.calls();
    let config = std::fs::read_to_string(two.place.path("run.yaml")).expect("it was written");
    let mut config: Value = serde_json::from_str(&config).expect("it is JSON");
    for model in config["model"].as_array_mut().expect("there are two") {
        model.as_object_mut().expect("it is an object").remove("price");
    }
    config["prices"] = json!({"dear": {"input": 0, "output": 20_000, "currency": "CNY"}}).to_string().into();
    two.place.write("run.yaml", &config.to_string());
    two.eval(&[]).clear_error(2, &["prices are in USD and CNY"]);
    assert_eq!(two.calls(), calls);
}
