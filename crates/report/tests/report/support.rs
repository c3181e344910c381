//! A made-up run: two benchmarks, three subsets, repeats, failures, and texts that mean harm.

use evalscope_core::{
    Addressee, CallFailure, Completion, ContinuationScore, Effect, FailureKind, FinishReason,
    GenerateRequest, Generation, Input, LoglikelihoodRequest, Message, Outcome, Plan, PlannedBenchmark,
    PlannedModel, Sampling, Score, Timing, Usage,
};
use evalscope_report::Summary;
use evalscope_runs::{CallKey, JournalEntry, Review, RunFolder, Status, Verdict};
use indexmap::IndexMap;
use serde_json::{Value, json};
use std::path::Path;

pub const MODEL: &str = "made-up/model-7b";
pub const QUIZ: &str = "quiz@plain-1.0";
pub const ENDINGS: &str = "endings@choice-1.0";

/// Texts that would show up in a page that trusts its data.
pub const HOSTILE: [&str; 8] = [
    "<script>document.title = 'owned'</script>",
    "</script><script>document.title = 'owned'</script>",
    "<img src=x onerror=\"document.title = 'owned'\">",
    "\"><svg onload=\"document.title='owned'\">{{script}}{{data}}",
    "<!--<script>",
    "\u{202e}txet desrever\u{202c} שלום عليكم \u{2028}\u{2029} line separators",
    "javascript:alert(1) &lt;b&gt; &amp; \\u003c ${alert(1)} `x` \u{0000}\u{0007}\u{001b}[31m",
    "Z̷̢̛a̶l̵g̴o̷ 🧑‍🔬 𝕏 中文：请选择正确答案。",
];

pub fn plan() -> Plan {
    let metric = |name: &str, high: Option<f64>| json!({"name": name, "function": name, "higher_is_better": true, "range": [0.0, high]});
    Plan {
        version: 1,
        models: vec![PlannedModel {
            id: MODEL.into(),
            identity: IndexMap::from([
                ("provider".into(), "openai_chat".into()),
                ("chat_template".into(), "<|im_start|>{{ x }}`|".repeat(20)),
            ]),
            sampling: Sampling { temperature: Some(0.0), ..Sampling::default() },
        }],
        benchmarks: vec![
            PlannedBenchmark {
                name: QUIZ.into(),
                subsets: IndexMap::from([
                    ("物理 physics".into(), 8),
                    ("history".into(), 6),
                    ("law".into(), 4),
                ]),
                missing: ["art", "<b>music</b>", "sports", "dance"].map(str::to_owned).to_vec(),
                asking: json!({"modelscope": "made-up/quiz", "huggingface": null, "dataset_revision": "v1"}),
                scoring: json!({"title": "Quiz of <b>everything</b>", "metrics": [metric("accuracy", Some(1.0)), metric("length", None)],
                    "groups": {"Sciences": ["物理 physics"], "Humanities": ["history", "law"]}}),
                departures: IndexMap::from([(
                    MODEL.into(),
                    IndexMap::from([
                        ("few_shot_num".into(), json!(0)),
                        ("prompt_template".into(), Value::Null),
                        ("eval_split".into(), json!("dev")),
                        ("max_tokens".into(), json!(5)),
                    ]),
                )]),
            },
            PlannedBenchmark {
                name: ENDINGS.into(),
                subsets: IndexMap::from([("default".into(), 5)]),
                missing: Vec::new(),
                asking: json!({}),
                scoring: json!({"title": "Endings", "metrics": [metric("accuracy", Some(1.0))]}),
                departures: IndexMap::new(),
            },
        ],
        collections: Vec::new(),
        seed: 42,
        repeats: 1,
        limit: None,
    }
}

/// Makes the run in `path`, ended with one failed sample and one missing.
pub fn made_up(path: &Path) -> RunFolder {
    made_up_by(&plan(), path)
}

/// The same by a plan that asks otherwise.
pub fn made_up_by(plan: &Plan, path: &Path) -> RunFolder {
    let folder = RunFolder::create(path, plan, &json!({})).unwrap();
    for (subset, count) in [("物理 physics", 8), ("history", 6), ("law", 3)] {
        let journal = folder.journal(MODEL, QUIZ, subset).unwrap();
        let mut reviews = folder.reviews(MODEL, QUIZ, subset).unwrap();
        for index in 0..count {
            let entry = asked(index, subset == "law" && index == 1);
            reviews.append(&review(&entry, subset)).unwrap();
            journal.append(&entry).unwrap();
        }
        reviews.finish().unwrap();
    }
    let journal = folder.journal(MODEL, ENDINGS, "default").unwrap();
    let mut reviews = folder.reviews(MODEL, ENDINGS, "default").unwrap();
    for index in 0..5 {
        journal.append(&compared(index)).unwrap();
        reviews.append(&scored(index, "default", f64::from(index.is_multiple_of(2)), "c")).unwrap();
    }
    reviews.finish().unwrap();
    folder.set_status(Status::Interrupted).unwrap();
    folder
}

fn key(index: u64) -> CallKey {
    CallKey { index, repeat: 0, call: 0 }
}

fn reply_text(index: u64) -> String {
    let hostile = HOSTILE[index as usize % HOSTILE.len()];
    let long = if index == 7 { "very long 长 ".repeat(5_000) } else { String::new() };
    format!("{hostile}\n{long}The answer is 😀 B.")
}

/// A call of the quiz.
pub fn asked(index: u64, fails: bool) -> JournalEntry {
    let hostile = HOSTILE[(index as usize + 3) % HOSTILE.len()];
    let completion = Completion {
        text: reply_text(index),
        reasoning: (index == 2).then(|| format!("Let me think. {hostile}")),
        finish: if index == 3 { FinishReason::Length } else { FinishReason::Stop },
        ..Completion::default()
    };
    let generation = Generation {
        completions: vec![completion],
        usage: Some(Usage::new(120 + index, 30)),
        timing: Timing { latency_ms: 100.0 * (index + 1) as f64, ttft_ms: Some(20.0), ..Timing::default() },
        ..Generation::default()
    };
    let failure = CallFailure {
        status: Some(500),
        attempts: 5,
        ..CallFailure::new(FailureKind::Server, format!("the server said: {}", HOSTILE[1]))
    };
    JournalEntry {
        key: key(index),
        sample_id: format!("q{index}"),
        digest: "0123456789abcdef".into(),
        model: MODEL.into(),
        effect: Effect::Generate(GenerateRequest {
            input: Input::Chat(vec![
                Message::system("Answer with one letter."),
                Message::user(format!(
                    "Question {index}: which of these is right?\n{hostile}\nA. one\nB. two\nC. three\nD. four"
                )),
            ]),
            sampling: Sampling::default(),
            tools: Vec::new(),
            to: Addressee::Evaluated,
        }),
        outcome: if fails { Err(failure) } else { Ok(Outcome::Generation(generation)) },
        at: 1_700_000_000.0,
        cached: false,
    }
}

fn compared(index: u64) -> JournalEntry {
    let score = |n: u32| ContinuationScore {
        sum: if n == 3 { f64::NEG_INFINITY } else { -f64::from(n) - 0.25 },
        is_greedy: n == 0,
        tokens: 3 + n,
        bytes: 12,
        per_token: Vec::new(),
    };
    JournalEntry {
        effect: Effect::Loglikelihood(LoglikelihoodRequest {
            prefix: vec!["A story begins".into(), format!(" number {index}")],
            continuations: HOSTILE[..4].iter().map(|text| format!(" {text}")).collect(),
            tokens: Default::default(),
        }),
        outcome: Ok(Outcome::Loglikelihoods((0..4).map(score).collect())),
        ..asked(index, false)
    }
}

fn review(entry: &JournalEntry, subset: &str) -> Review {
    let index = entry.key.index;
    match &entry.outcome {
        Err(failure) => {
            Review { verdict: Verdict::Failed(failure.clone()), ..scored(index, subset, 0.0, "B") }
        }
        Ok(_) => {
            let mut review = scored(index, subset, f64::from(!index.is_multiple_of(3)), "B");
            let at = reply_text(index).rfind('B').unwrap();
            if let Verdict::Scored(score) = &mut review.verdict {
                score.answer_span = Some((at, at + 1));
                score.values.insert("length".into(), reply_text(index).len() as f64);
                if index == 6 {
                    (score.answer, score.answer_span) = (None, None);
                    score.values[0] = 0.0;
                }
            }
            review
        }
    }
}

/// A scored sample.
pub fn scored(index: u64, subset: &str, value: f64, answer: &str) -> Review {
    let score = Score {
        values: IndexMap::from([("accuracy".to_owned(), value)]),
        answer: Some(answer.into()),
        answer_span: None,
        targets: vec!["B".into()],
        explanation: (index == 4).then(|| format!("because {}", HOSTILE[2])),
        audit: None,
        judged: None,
    };
    reviewed(index, 0, subset, Verdict::Scored(score))
}

/// What a sample came to when it was asked once more.
pub fn reviewed(index: u64, repeat: u32, subset: &str, verdict: Verdict) -> Review {
    Review {
        index,
        repeat,
        sample_id: format!("q{index}"),
        subset: subset.into(),
        category: None,
        cluster: None,
        targets: vec!["B".into()],
        verdict,
    }
}

/// The summary with the times of day taken out.
pub fn timeless(folder: &RunFolder) -> Summary {
    let summary = evalscope_report::summarize(folder).unwrap();
    Summary {
        started_at: "2026-01-31T12:00:00Z".into(),
        ended_at: Some("2026-01-31T12:34:56Z".into()),
        folder: "outputs/run".into(),
        program: "evalscope-rs 0.0.0".into(),
        ..summary
    }
}
