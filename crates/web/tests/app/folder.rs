//! A folder with runs, written by the crate that writes them.

use evalscope_arena::{Battle, RateOptions, Winner, rate};
use evalscope_core::{
    CallFailure, Completion, Effect, FailureKind, FinishReason, GenerateRequest, Generation, Input, Message,
    Outcome, Plan, PlannedBenchmark, PlannedModel, Sampling, Score, Timing, Usage,
};
use evalscope_runs::{CallKey, JournalEntry, Review, RunFolder, Status, Verdict};
use indexmap::IndexMap;
use serde_json::json;
use std::path::Path;

/// Samples of a run here.
pub const SAMPLES: u64 = 12;

/// Writes a run of twelve sums: of every four one is wrong, and the last one failed. `shift` makes others wrong.
pub fn write_run(path: &Path, model: &str, shift: u64) {
    let planned = PlannedBenchmark {
        name: "sums@own-1".into(),
        subsets: IndexMap::from([("main".to_owned(), SAMPLES)]),
        missing: Vec::new(),
        asking: json!({}),
        scoring: json!({"title": "Sums", "metrics": [{"name": "accuracy", "range": [0, 1]}]}),
        departures: IndexMap::new(),
    };
    let model_planned =
        PlannedModel { id: model.into(), identity: IndexMap::new(), sampling: Sampling::default() };
    let plan = Plan {
        version: 1,
        models: vec![model_planned],
        benchmarks: vec![planned],
        collections: Vec::new(),
        seed: 42,
        repeats: 1,
        limit: None,
    };
    let folder = RunFolder::create(path, &plan, &json!({"model": model})).unwrap();
    let journal = folder.journal(model, "sums@own-1", "main").unwrap();
    let mut reviews = folder.reviews(model, "sums@own-1", "main").unwrap();
    for index in 0..SAMPLES {
        let failure = || CallFailure::new(FailureKind::Server, "the server answered 500");
        let fails = index == SAMPLES - 1;
        let is_right = !(index + shift).is_multiple_of(4);
        let outcome = if fails { Err(failure()) } else { Ok(reply(index, is_right)) };
        journal.append(&entry(model, index, outcome)).unwrap();
        let verdict =
            if fails { Verdict::Failed(failure()) } else { Verdict::Scored(score(index, is_right)) };
        let review = Review {
            index,
            repeat: 0,
            sample_id: format!("q{index}"),
            subset: "main".into(),
            category: None,
            cluster: None,
            targets: vec![(index * 2).to_string()],
            verdict,
        };
        reviews.append(&review).unwrap();
    }
    reviews.finish().unwrap();
    folder.set_status(Status::Partial).unwrap();
}

fn entry(model: &str, index: u64, outcome: Result<Outcome, CallFailure>) -> JournalEntry {
    let question = format!("What is {index} + {index}? 苹果 number{index}");
    let input = Input::Chat(vec![Message::user(question)]);
    JournalEntry {
        key: CallKey { index, repeat: 0, call: 0 },
        sample_id: format!("q{index}"),
        digest: "d".into(),
        model: model.into(),
        effect: Effect::Generate(GenerateRequest::new(input, Sampling::default())),
        outcome,
        at: 1_769_860_800.0,
        cached: false,
    }
}

fn answer(index: u64, is_right: bool) -> String {
    if is_right { (index * 2).to_string() } else { "none".to_owned() }
}

fn reply(index: u64, is_right: bool) -> Outcome {
    Outcome::Generation(Generation {
        completions: vec![Completion {
            text: format!("The answer is {}.", answer(index, is_right)),
            reasoning: None,
            tool_calls: Vec::new(),
            finish: FinishReason::Stop,
        }],
        usage: Some(Usage::new(12, 7)),
        timing: Timing { latency_ms: 300.0, ttft_ms: None, itl_ms: None },
        served_model: None,
        extra: serde_json::Map::new(),
    })
}

fn score(index: u64, is_right: bool) -> Score {
    Score {
        values: IndexMap::from([("accuracy".to_owned(), f64::from(u8::from(is_right)))]),
        answer: Some(answer(index, is_right)),
        ..Score::default()
    }
}

/// Writes an arena with one battle, with the ratings that it gives: of all, and of its category.
pub fn write_arena(path: &Path) {
    std::fs::create_dir_all(path).unwrap();
    let rated = rate(&[Battle::new("m", "n", Winner::A)], &RateOptions::default()).unwrap();
    let field = |name: &str| serde_json::to_value(&rated).unwrap()[name].clone();
    let fields = ["battles", "verdicts", "unknown", "ratings", "matrix", "notes"];
    let mut of_category: serde_json::Map<_, _> =
        fields.iter().map(|name| ((*name).to_owned(), field(name))).collect();
    of_category.insert("category".into(), "x".into());
    let board = json!({"questions": 1, "judge": null, "leaderboard": {
        "rated": rated, "against": null, "scores": null, "categories": [], "ratings_by_category": [of_category]}});
    std::fs::write(path.join("leaderboard.json"), board.to_string()).unwrap();
    let battle = json!({"model_a": "m", "model_b": "n", "win": "model_a", "category": "x", "question": "?", "output_a": "1", "output_b": "2", "review_text": "[[A]]"});
    std::fs::write(path.join("reviews.jsonl"), format!("{battle}\n")).unwrap();
}
