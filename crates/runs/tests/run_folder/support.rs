//! What the tests of run folders share: a plan, a run, entries and reviews.

use evalscope_core::{
    CallFailure, Completion, Effect, FailureKind, GenerateRequest, Generation, Input, Message, Outcome, Plan,
    PlannedBenchmark, PlannedModel, Sampling, Score,
};
use evalscope_runs::{CallKey, JournalEntry, Review, RunFolder, Verdict};
use indexmap::IndexMap;
use serde_json::json;
use std::path::Path;

pub const MODEL: &str = "org/m";
pub const BENCHMARK: &str = "quiz@plain";
pub const SUBSET: &str = "easy";

pub fn plan() -> Plan {
    Plan {
        version: 1,
        models: vec![PlannedModel {
            id: MODEL.into(),
            identity: IndexMap::from([("file".to_owned(), "abc".to_owned())]),
            sampling: Sampling { temperature: Some(0.1), ..Sampling::default() },
        }],
        benchmarks: vec![PlannedBenchmark {
            name: BENCHMARK.into(),
            subsets: IndexMap::from([(SUBSET.to_owned(), 100)]),
            missing: Vec::new(),
            asking: json!({"prompt": "{{ question }}", "shots": {"count": 4}}),
            scoring: json!({"extract": ["whole"]}),
            departures: IndexMap::new(),
        }],
        collections: Vec::new(),
        seed: 42,
        repeats: 1,
        limit: None,
    }
}

pub fn create(path: &Path) -> RunFolder {
    RunFolder::create(path, &plan(), &json!({"datasets": ["quiz"]})).unwrap()
}

pub fn resume(path: &Path) -> RunFolder {
    RunFolder::resume(path, &plan(), &json!({})).unwrap()
}

pub fn key(index: u64) -> CallKey {
    CallKey { index, repeat: 0, call: 0 }
}

pub fn entry(index: u64, reply: &str) -> JournalEntry {
    let completion = Completion { text: reply.into(), ..Completion::default() };
    JournalEntry {
        key: key(index),
        sample_id: format!("q{index}"),
        digest: "0123".into(),
        model: MODEL.into(),
        effect: Effect::Generate(GenerateRequest::new(
            Input::Chat(vec![Message::user("What?")]),
            Sampling::default(),
        )),
        outcome: Ok(Outcome::Generation(Generation {
            completions: vec![completion],
            ..Generation::default()
        })),
        at: 1.5,
        cached: false,
    }
}

pub fn failed(index: u64) -> JournalEntry {
    JournalEntry { outcome: Err(CallFailure::new(FailureKind::Server, "status 500")), ..entry(index, "") }
}

pub fn review(index: u64, value: f64) -> Review {
    Review {
        index,
        repeat: 0,
        sample_id: format!("q{index}"),
        subset: SUBSET.into(),
        category: None,
        cluster: None,
        targets: vec!["B".into()],
        verdict: Verdict::Scored(Score {
            values: IndexMap::from([("accuracy".to_owned(), value)]),
            answer: Some("B".into()),
            answer_span: Some((0, 1)),
            targets: vec!["B".into()],
            explanation: None,
            audit: None,
            judged: None,
        }),
    }
}
