//! Files as other programs write them, over made-up questions.

use crate::support::{Place, form, scores, summary};
use evalscope_core::{Effect, FailureKind, Input, Outcome};
use evalscope_runs::{RunFolder, Verdict};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn lines(values: &[Value]) -> String {
    values.iter().map(|value| format!("{value}\n")).collect()
}

/// A line of lm-eval 0.4.13 for one filter.
fn lm_line(doc: u64, filter: &str, filtered: &str, right: f64) -> Value {
    json!({
        "doc_id": doc, "doc": {"question": format!("What is {doc} + 1?")}, "target": (doc + 1).to_string(),
        "arguments": {"gen_args_0": {"arg_0": format!("Q: {doc} + 1\nA:"), "arg_1": {"until": ["\n"], "max_gen_toks": 32, "do_sample": false}}},
        "resps": [[format!("It is {filtered}")]], "filtered_resps": [filtered], "filter": filter,
        "metrics": ["exact_match"], "doc_hash": "x", "prompt_hash": "y", "target_hash": "z", "exact_match": right,
    })
}

#[test]
fn the_filters_of_lm_eval_are_metrics_of_one_sample() {
    let place = Place::new();
    let strict = (0..4).map(|doc| lm_line(doc, "strict-match", "[invalid]", 0.0));
    let flexible = (0..4).map(|doc| lm_line(doc, "flexible-extract", "2", f64::from(doc == 1)));
    place.write(
        "out/org__m/samples_sums_2026-11-01T10-00-00.5.jsonl",
        &lines(&strict.chain(flexible).collect::<Vec<_>>()),
    );
    // An older evaluation in the same folder does not count.
    place.write("out/org__m/samples_sums_2026-10-01T10-00-00.5.jsonl", "not even JSON\n");
    let results = json!({"results": {"sums": {}}, "model_name": "org/m", "lm_eval_version": "0.4.13",
        "higher_is_better": {"sums": {"exact_match": true}}});
    place.write("out/org__m/results_2026-11-01T10-00-00.5.json", &results.to_string());
    assert_eq!(form(&place.path("out")), Some("lm-eval"));
    let imported = place.import(&place.path("out"), "run").unwrap();
    assert_eq!((imported.from.as_str(), imported.samples), ("lm-eval 0.4.13", 4));
    let name = || "sums@lm-eval".to_owned();
    let wanted = [
        (name(), "exact_match,strict-match".to_owned(), Some(0.0), 4),
        (name(), "exact_match,flexible-extract".to_owned(), Some(0.25), 4),
    ];
    assert_eq!(scores(&summary(&place.path("run"))), wanted);
    let run = RunFolder::open(&place.path("run")).unwrap();
    let call = run.read_journal("org/m", "sums@lm-eval", "default").unwrap().next().unwrap().unwrap();
    let Effect::Generate(request) = &call.effect else { panic!("{call:?}") };
    assert_eq!(
        (&request.input, request.sampling.max_tokens),
        (&Input::Text("Q: 0 + 1\nA:".into()), Some(32))
    );
    assert_eq!(call.outcome.unwrap().as_generation().unwrap().text(), "It is [invalid]");
}

#[test]
fn a_choice_of_lm_eval_is_one_comparison() {
    let place = Place::new();
    let line = json!({
        "doc_id": 7, "doc": {"id": "row-7"}, "target": "1",
        "arguments": {"gen_args_0": {"arg_0": "The sky is", "arg_1": " green"}, "gen_args_1": {"arg_0": "The sky is", "arg_1": " blue"}},
        "resps": [[["-8.5", "False"]], [["-0.5", "True"]]], "filtered_resps": [["-8.5", "False"], ["-0.5", "True"]],
        "filter": "none", "metrics": ["acc", "acc_norm", "perplexity"], "acc": 1.0, "acc_norm": 1.0, "perplexity": [1, 2],
    });
    let file = place.write("m/samples_sky_2026-11-01T10-00-00.jsonl", &lines(&[line]));
    place.import(&file, "run").unwrap();
    let found = summary(&place.path("run"));
    assert_eq!((found.models[0].id.as_str(), found.benchmarks[0].metrics.len()), ("m", 2));
    let run = RunFolder::open(&place.path("run")).unwrap();
    let call = run.read_journal("m", "sky@lm-eval", "default").unwrap().next().unwrap().unwrap();
    let Effect::Loglikelihood(request) = &call.effect else { panic!("{call:?}") };
    assert_eq!((request.prefix_text().as_str(), request.continuations.len()), ("The sky is", 2));
    assert_eq!((call.sample_id.as_str(), call.key.index), ("row-7", 7));
}

#[test]
fn logs_that_inspect_wrote_are_read() {
    // Made by inspect_ai 0.3.285 with its mock model: two samples, two epochs, two scorers.
    for name in ["inspect-0.3.285.eval", "inspect-0.3.285.json"] {
        let (place, file) = (Place::new(), fixture(name));
        assert_eq!(form(&file), Some("inspect"), "{name}");
        let imported = place.import(&file, "run").unwrap();
        assert_eq!((imported.from.as_str(), imported.samples), ("inspect 0.3.285", 4));
        let found = summary(&place.path("run"));
        let task = || "tiny@inspect".to_owned();
        let wanted =
            [(task(), "match".to_owned(), Some(0.5), 4), (task(), "includes".to_owned(), Some(0.5), 4)];
        assert_eq!(scores(&found), wanted, "{name}");
        assert_eq!((found.repeats, found.counts.planned), (2, 4));
        let run = RunFolder::open(&place.path("run")).unwrap();
        let reviews: Vec<_> = run
            .read_reviews("mockllm/model", "tiny@inspect", "default")
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let targets = |id: &str| -> Vec<usize> {
            reviews
                .iter()
                .filter(|review| review.sample_id == id)
                .map(|review| review.targets.len())
                .collect()
        };
        assert_eq!((targets("a/b"), targets("2")), (vec![1, 1], vec![2, 2]));
        let calls: Vec<_> = run
            .read_journal("mockllm/model", "tiny@inspect", "default")
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let call = calls.iter().find(|call| call.sample_id == "a/b" && call.key.repeat == 0).unwrap();
        let Effect::Generate(request) = &call.effect else { panic!("{call:?}") };
        let Input::Chat(messages) = &request.input else { panic!("{request:?}") };
        assert_eq!((messages.len(), messages[0].text().as_ref()), (1, "Which animal purrs?"));
        let Ok(Outcome::Generation(generation)) = &call.outcome else { panic!("{call:?}") };
        assert_eq!((generation.text(), generation.usage.unwrap().output_tokens), ("A cat", 2));
    }
}

#[test]
fn repeats_of_evalscope_are_numbered_where_the_evaluation_was_cut() {
    let place = Place::new();
    let review = |index: u64| {
        json!({"index": index, "target": ["B"], "sample_score": {"score": {"value": {"acc": 1.0}, "status": "success"},
            "group_id": index / 3, "generation_index": index % 3}})
    };
    place.write("es/reviews/m/quiz_default.jsonl", &lines(&[0, 1, 2, 3].map(review)));
    place.import(&place.path("es"), "run").unwrap();
    let run = RunFolder::open(&place.path("run")).unwrap();
    let reviews = run.read_reviews("m", "quiz@evalscope", "default").unwrap().map(Result::unwrap);
    let places: Vec<_> = reviews.map(|review| (review.index, review.repeat)).collect();
    assert_eq!(places, [(0, 0), (0, 1), (0, 2), (1, 0)]);
}

/// A folder as EvalScope 1.14 writes it: two repeats, in the order of completion.
fn evalscope(place: &Place) -> PathBuf {
    let review = |index: u64, score: Value| {
        json!({"index": index, "target": ["B"], "messages": [], "agent_trace": null, "sample_score": {
            "score": score, "sample_id": index, "group_id": index / 2, "generation_index": index % 2}})
    };
    let scored = |right: f64| {
        json!({"value": {"acc": right, "extra": true}, "status": "success",
        "extracted_prediction": "B", "prediction": "ANSWER: B", "main_score_name": "acc", "metadata": {}})
    };
    let failed = json!({"value": {}, "status": "transport_error", "explanation": "the judge is away"});
    let reviews = [review(3, failed), review(1, scored(0.0)), review(0, scored(1.0)), review(2, scored(1.0))];
    let prediction = |index: u64| {
        json!({"index": index, "model": "org/m", "model_output": {"model": "served", "choices": [{"message": {
            "role": "assistant", "content": [{"type": "reasoning", "reasoning": "hm"}, {"type": "text", "text": "ANSWER: B"}],
            "perf_metrics": {"latency": 0.5, "ttft": 0.1}}, "stop_reason": "max_tokens"}],
            "usage": {"input_tokens": 9, "output_tokens": 4, "total_tokens": 13}, "time": 0.5},
            "messages": [{"role": "user", "content": "Which?", "id": "a1"}, {"role": "assistant", "content": "ANSWER: B"}]})
    };
    let predictions = [prediction(2), prediction(0), prediction(1)];
    place.write("es/reviews/org_m/my_quiz_hard_one.jsonl", &lines(&reviews));
    place.write("es/predictions/org_m/my_quiz_hard_one.jsonl", &lines(&predictions));
    let report =
        json!({"name": "m@my_quiz", "dataset_name": "my_quiz", "model_name": "org/m", "metrics": []});
    place.write("es/reports/org_m/my_quiz.json", &report.to_string());
    place.path("es")
}

#[test]
fn a_folder_of_evalscope_is_joined_by_index() {
    let place = Place::new();
    let folder = evalscope(&place);
    assert_eq!(form(&folder), Some("evalscope"));
    place.import(&folder, "run").unwrap();
    let found = summary(&place.path("run"));
    assert_eq!((found.repeats, found.counts.scored, found.counts.failed), (2, 3, 1));
    let benchmark = &found.benchmarks[0];
    assert_eq!(
        (benchmark.name().as_str(), benchmark.subsets[0].name.as_str()),
        ("my_quiz@evalscope", "hard_one")
    );
    // One question is right in one of two repeats, the other in the only one that is there.
    assert_eq!((benchmark.metric.as_str(), benchmark.score), ("acc", Some(0.75)));
    assert_eq!((benchmark.health.cut_replies, benchmark.usage.tokens.unwrap().output), (3, 12));
    assert!((benchmark.usage.latency.unwrap().p50_ms / 500.0 - 1.0).abs() < 0.005);
    let run = RunFolder::open(&place.path("run")).unwrap();
    let failed =
        run.read_reviews("org/m", "my_quiz@evalscope", "hard_one").unwrap().find(1, 1).unwrap().unwrap();
    let Verdict::Failed(failure) = failed.verdict else { panic!("{failed:?}") };
    assert_eq!((failure.kind, failure.message.as_str()), (FailureKind::Network, "the judge is away"));
    let call = run.read_journal("org/m", "my_quiz@evalscope", "hard_one").unwrap().next().unwrap().unwrap();
    let generation = call.outcome.unwrap().as_generation().unwrap().clone();
    assert_eq!(
        (generation.text(), generation.completions[0].reasoning.as_deref()),
        ("ANSWER: B", Some("hm"))
    );
}
