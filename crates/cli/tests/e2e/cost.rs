//! Tokens and money, end to end: estimates, final figures, the limit on cost, price files, the first token's deadline.

use crate::support::server::Server;
use crate::support::{Place, Ran, json_lines, only_run};
use evalscope_testserver::{Fault, toy};
use serde_json::Value;
use std::process::Command;

fn quiz(place: &Place, server: &Server, more: &[&str]) -> Command {
    let folder = place.path("data");
    let args = format!(
        "{{\"general_mcq\": {{\"local_path\": \"{}\", \"subset_list\": [\"quiz\"]}}}}",
        folder.display()
    );
    let url = server.url();
    let mut arguments =
        vec!["eval", "--no-probe", "--model", "gpt-tiny", "--api-url", &url, "--datasets", "general_mcq"];
    arguments.extend(["--dataset-hub", "local", "--dataset-args", &args]);
    arguments.extend(more);
    place.evalscope(&arguments)
}

fn run(command: &mut Command) -> Ran {
    Ran::from(command.output().expect("the binary starts"))
}

fn answering_b() -> Server {
    Server::start(|_| "答案：B".to_owned())
}

fn usage(ran: &Ran) -> Value {
    let summary: Value = serde_json::from_str(&ran.out).expect("the summary is JSON");
    summary["benchmarks"][0]["usage"].clone()
}

#[test]
fn a_dry_run_estimates_tokens_and_cost_and_asks_nothing() {
    let (place, server) = (Place::new(), answering_b());
    place.choice_data(10);
    let dry = |more: &[&str]| run(&mut quiz(&place, &server, more)).expect(0).out;
    let price = ["--dry-run", "--price", "input=1,output=2"];
    let open: Value = serde_json::from_str(&dry(&[&price[..], &["--json"]].concat())).unwrap();
    let open = &open["models"][0];
    let (low, high) = (open["tokens"]["input"]["low"].as_u64(), open["tokens"]["input"]["high"].as_u64());
    assert!(low > Some(300) && low < high && high < Some(3_000), "{low:?} {high:?}");
    assert_eq!((&open["tokens"]["output_at_most"], &open["cost"]["high"]), (&Value::Null, &Value::Null));
    let limited = ["--generation-config", "max_tokens=100", "--repeats", "2", "--json"];
    let limited: Value = serde_json::from_str(&dry(&[&price[..], &limited].concat())).unwrap();
    assert_eq!(limited["cost"], limited["models"][0]["cost"]);
    let limited = &limited["models"][0];
    assert_eq!(limited["tokens"]["output_at_most"], 2_000);
    assert_eq!(limited["tokens"]["input"]["low"].as_u64(), low.map(|low| 2 * low));
    let most = limited["tokens"]["input"]["high"].as_u64().unwrap() + 2 * 2_000;
    assert_eq!(limited["cost"]["high"]["amount"], format!("0.{most:06}").trim_end_matches('0'));
    let text = dry(&price);
    assert!(text.contains("tokens, estimated: prompts ") && text.contains("replies have no limit"), "{text}");
    assert!(text.contains("cost, estimated: $0.00"), "{text}");
    assert_eq!(server.calls(), 0);
}

#[test]
fn the_figures_are_what_the_server_counted() {
    let server = Server::start(|prompt| {
        if prompt.contains("number 3?") { "I think:\n答案：A".into() } else { "答案：B".to_owned() }
    });
    let place = Place::new();
    place.choice_data(20);
    server.record();
    let more = ["--price", "input=0.15,output=0.6", "--generation-config", "stream=true", "--json"];
    let ran = run(&mut quiz(&place, &server, &more)).expect(0);
    let asked: Vec<Value> =
        server.seen().iter().filter(|seen| !seen.body.is_empty()).map(|seen| seen.json()).collect();
    let texts = asked.iter().flat_map(|body| body["messages"].as_array().unwrap());
    let input: u64 = texts.map(|text| toy::tokens(text["content"].as_str().unwrap()).len() as u64).sum();
    let output = 20 - 1 + toy::tokens("I think:\n答案：A").len() as u64;
    let used = usage(&ran);
    assert_eq!((asked.len(), &used["calls"]), (20, &Value::from(20)));
    assert_eq!(
        (used["tokens"]["input"].as_u64(), used["tokens"]["output"].as_u64()),
        (Some(input), Some(output))
    );
    // Prices are for a million tokens, amounts exact to twelve places: in hundredths of a millionth.
    let hundredths = 15 * input + 60 * output;
    let text = format!("0.{hundredths:08}");
    let spent = text.trim_end_matches('0');
    assert_eq!(used["cost"]["spent"], spent);
    let each: f64 = used["cost"]["per_correct"].as_str().unwrap().parse().unwrap();
    assert!((each * 19.0 - spent.parse::<f64>().unwrap()).abs() < 1e-9, "{used}");
    for field in ["p50_ms", "p95_ms", "ttft_p50_ms", "ttft_p95_ms"] {
        assert!(used["latency"][field].as_f64() > Some(0.0), "{field}: {used}");
    }
    assert!(used["throughput"]["samples_per_s"].as_f64() > Some(0.0), "{used}");
    let folder = only_run(&place);
    let progress: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("progress.json")).unwrap()).unwrap();
    assert_eq!(
        (&progress["costs"][0]["amount"], &progress["tokens"]["input_tokens"]),
        (&spent.into(), &input.into())
    );
    let summary: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(summary["totals"][0]["usage"]["tokens"], used["tokens"]);
    let folder = folder.display().to_string();
    let again = place.run(&["report", &folder]).expect(0).out;
    assert!(again.contains("tok/s") && again.contains("cost") && again.contains("0.9500"), "{again}");
    assert!(!ran.err.contains("error"), "{}", ran.err);
    let last = ran.err.lines().find(|line| line.starts_with("20 of 20 samples")).unwrap();
    assert!(last.contains(" tokens · $0.00"), "{last}");
}

#[test]
fn details_have_their_own_prices() {
    let (place, server) = (Place::new(), answering_b());
    place.choice_data(4);
    server.always(Fault::json(
        r#"{"choices": [{"message": {"role": "assistant", "content": "答案：B"}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1000, "completion_tokens": 100,
                      "prompt_tokens_details": {"cached_tokens": 600},
                      "completion_tokens_details": {"reasoning_tokens": 80}}}"#,
    ));
    let prices =
        "'*': {input: 9, output: 9}\ngpt-*: {input: 3, output: 15, cached_input: 0.3, reasoning: 7.5}\n";
    place.write("prices.yaml", prices);
    let ran = run(&mut quiz(&place, &server, &["--prices", "prices.yaml", "--json"])).expect(0);
    // 400 × 3 + 600 × 0.3 + 20 × 15 + 80 × 7.5 = 2280 millionths a call.
    assert_eq!(usage(&ran)["cost"]["spent"], "0.00912");
    assert_eq!(
        (&usage(&ran)["tokens"]["cached"], &usage(&ran)["tokens"]["reasoning"]),
        (&2400.into(), &320.into())
    );
}

#[test]
fn the_limit_on_cost_stops_a_run_that_goes_on_with_a_higher_one() {
    let (place, server) = (Place::new(), answering_b());
    place.choice_data(40);
    // Each reply is one token of a cent; its limit lets five cents be set aside.
    let priced = |most: &str, more: &[&str]| {
        let flags =
            ["--price", "input=0,output=10000", "--generation-config", "max_tokens=5", "--max-cost", most];
        run(&mut quiz(&place, &server, &[&flags[..], more].concat()))
    };
    let stopped = priced("0.20", &["--json"]).expect(130);
    assert!(stopped.err.contains("stopped: $0.16 of `--max-cost` $0.20 is spent"), "{}", stopped.err);
    assert!(stopped.err.contains("a higher `--max-cost` and `--use-cache"), "{}", stopped.err);
    assert_eq!(server.calls(), 16, "nothing beyond the limit was asked");
    assert_eq!(usage(&stopped)["cost"]["spent"], "0.16");
    let state: Value =
        serde_json::from_str(&std::fs::read_to_string(only_run(&place).join("run.json")).unwrap()).unwrap();
    assert_eq!(state["status"], "interrupted");
    // What was spent before counts: nothing is asked.
    priced("0.18", &[]).expect(130);
    assert_eq!(server.calls(), 16);
    let whole = priced("1.00", &["--json"]).expect(0);
    assert_eq!((server.calls(), &usage(&whole)["cost"]["spent"]), (40, &Value::from("0.4")));
    let journal = only_run(&place).join("predictions/gpt-tiny/general_mcq_quiz.jsonl");
    assert_eq!(json_lines(&journal).len(), 40, "no call was repeated");
    // Prices stay with the run.
    let report = place.run(&["report", &only_run(&place).display().to_string()]).expect(0).out;
    assert!(report.contains("$0.40"), "{report}");
}

#[test]
fn a_limit_needs_a_price_and_an_endpoint_that_counts() {
    let (place, server) = (Place::new(), answering_b());
    place.choice_data(10);
    run(&mut quiz(&place, &server, &["--max-cost", "1"]))
        .clear_error(2, &["`--max-cost` needs a price, and there is none for `gpt-tiny`", "--price input="]);
    assert_eq!(server.calls(), 0);
    let uncounted =
        r#"{"choices": [{"message": {"role": "assistant", "content": "答案：B"}, "finish_reason": "stop"}]}"#;
    server.always(Fault::json(uncounted));
    let flags = ["--price", "input=1,output=1", "--eval-batch-size", "1"];
    run(&mut quiz(&place, &server, &[&flags[..], &["--max-cost", "1"]].concat()))
        .clear_error(4, &["does not say how many tokens it took", "what was answered is kept"]);
    assert_eq!(server.calls(), 1);
    let ran = run(&mut quiz(&place, &server, &[&flags[..], &["--fresh", "--json"]].concat())).expect(0);
    assert_eq!((&usage(&ran)["uncounted_calls"], &usage(&ran)["tokens"]), (&10.into(), &Value::Null));
    assert_eq!(usage(&ran)["cost"], serde_json::json!({"currency": "USD"}), "unknown is not nothing");
    // What costs nothing need not be counted.
    let free = ["--price", "input=0,output=0", "--max-cost", "1", "--fresh", "--json"];
    assert_eq!(usage(&run(&mut quiz(&place, &server, &free)).expect(0))["cost"]["spent"], "0");
}

#[test]
fn mistakes_in_prices_are_named_with_their_place() {
    let (place, server) = (Place::new(), answering_b());
    place.choice_data(1);
    place.write("prices.yaml", "gpt-tiny:\n  input: 0.15\n  ouput: 0.6\n");
    run(&mut quiz(&place, &server, &["--prices", "prices.yaml"]))
        .clear_error(2, &["prices.yaml:3:", "unknown name `ouput`", "did you mean `output`?"]);
    run(&mut quiz(&place, &server, &["--prices", "none.yaml"]))
        .clear_error(2, &["cannot read the file `none.yaml`"]);
    run(&mut quiz(&place, &server, &["--price", "input=-1,output=1"]))
        .clear_error(2, &["--price", "no price"]);
    run(&mut quiz(&place, &server, &["--price", "input=1,output=1", "--max-cost", "no"]))
        .clear_error(2, &["--max-cost: `no` is no amount above 0"]);
    assert_eq!(server.calls(), 0);
}

#[test]
fn what_the_cache_answers_costs_nothing() {
    let (place, server) = (Place::new(), answering_b());
    place.choice_data(6);
    let asked = |work: &str| {
        let flags = ["--price", "input=1,output=1", "--cache", "on", "--json", "--work-dir", work];
        usage(&run(&mut quiz(&place, &server, &flags)).expect(0))
    };
    assert_ne!(asked("first")["cost"]["spent"], "0");
    let second = asked("second");
    assert_eq!((&second["cached_calls"], &second["cost"]["spent"]), (&6.into(), &Value::from("0")));
    assert_eq!((server.calls(), &second["cost"]["per_correct"]), (6, &Value::Null));
    let dry = run(&mut quiz(&place, &server, &["--price", "input=1,output=1", "--cache", "on", "--dry-run"]));
    assert!(dry.expect(0).out.contains("what the response cache answers costs nothing"));
}

#[test]
fn a_stream_without_a_first_token_is_tried_again() {
    let (place, server) = (Place::new(), answering_b());
    place.choice_data(4);
    server.script([Fault::Stall(0), Fault::Silence]);
    let config = "stream=true,first_token_timeout=3,retry_interval=0.01";
    run(&mut quiz(&place, &server, &["--generation-config", config])).expect(0);
    assert_eq!(server.calls(), 6);
    server.always(Fault::Stall(0));
    let config = "stream=true,first_token_timeout=0.3,retries=0";
    let ran = run(&mut quiz(&place, &server, &["--fresh", "--generation-config", config]));
    assert!(ran.expect(1).err.contains("no token within 0.3 s"));
    run(&mut quiz(&place, &server, &["--generation-config", "first_token_timeout=1"]))
        .clear_error(2, &["`first_token_timeout` is for streamed replies", "stream=true"]);
}

#[test]
fn a_limit_on_cost_refuses_calls_whose_tokens_nobody_counts() {
    let (place, server) = (Place::new(), answering_b());
    place.write(
        "data/hellaswag/hellaswag_val.jsonl",
        "{\"ind\":0,\"activity_label\":\"A\",\"ctx_a\":\"a\",\"ctx_b\":\"b\",\"ctx\":\"a b\",\"endings\":[\"c\",\"d\",\"e\",\"f\"],\"label\":\"0\"}\n",
    );
    let url = server.url();
    let mut arguments = vec![
        "eval",
        "--no-probe",
        "--model",
        "m",
        "--api-url",
        &url,
        "--datasets",
        "hellaswag@evalscope-0.5",
    ];
    arguments.extend(["--dataset-hub", "local", "--dataset-dir", "data", "--price", "input=1,output=2"]);
    arguments.extend(["--max-cost", "1"]);
    place.run(&arguments).clear_error(2, &["--max-cost", "hellaswag@evalscope-0.5", "`m`"]);
    assert_eq!(server.calls(), 0);
}

#[test]
fn a_limit_in_extra_body_counts_in_estimate_and_budget() {
    let (place, server) = (Place::new(), answering_b());
    place.choice_data(40);
    let limits = r#"{"max_tokens": 2, "extra_body": {"max_tokens": null, "max_completion_tokens": 5}}"#;
    let flags = ["--price", "input=0,output=10000", "--generation-config", limits];
    let dry = run(&mut quiz(&place, &server, &[&flags[..], &["--dry-run", "--json"]].concat())).expect(0);
    let dry: Value = serde_json::from_str(&dry.out).unwrap();
    assert_eq!(dry["models"][0]["tokens"]["output_at_most"], 40 * 5);
    // As with a `max_tokens` of 5: five cents are set aside for each call, of which one is spent.
    run(&mut quiz(&place, &server, &[&flags[..], &["--max-cost", "0.20"]].concat())).expect(130);
    assert_eq!(server.calls(), 16);
}

#[test]
fn a_run_that_goes_on_knows_its_prices() {
    let (place, server) = (Place::new(), answering_b());
    place.choice_data(20);
    let limited = ["--generation-config", "max_tokens=5", "--max-cost"];
    let price = ["--price", "input=0,output=10000"];
    run(&mut quiz(&place, &server, &[&price[..], &limited[..], &["0.10"]].concat())).expect(130);
    let whole = run(&mut quiz(&place, &server, &[&limited[..], &["1", "--json"]].concat())).expect(0);
    assert_eq!((server.calls(), &usage(&whole)["cost"]["spent"]), (20, &Value::from("0.2")));
}
