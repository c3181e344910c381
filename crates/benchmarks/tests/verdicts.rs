//! Verdicts on made-up replies: EvalScope 1.14.1's own, from running its adapters, and ours beside them.
#![expect(clippy::unwrap_used, reason = "a test ends where its set-up fails")]

use evalscope_benchmarks::{DatasetArgs, JudgeStrategy, JudgeWishes, Library, Protocol};
use evalscope_core::{
    Completion, Effect, Generation, Input, Message, Outcome, Role, Sample, Score, Step, Value,
};
use indexmap::IndexMap;
use std::collections::HashMap;

/// A made-up reply and what EvalScope 1.14.1 gives it: the score, or none, or those of several metrics.
#[derive(serde::Deserialize)]
struct Case {
    benchmark: String,
    subset: String,
    target: Vec<String>,
    options: usize,
    reply: String,
    score: Option<f64>,
    #[serde(default)]
    scores: HashMap<String, f64>,
    /// What we give it where that is another score, on purpose.
    ours: Option<Ours>,
    #[serde(default)]
    extra_params: IndexMap<String, serde_json::Value>,
}

/// Our score, or those of several metrics.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Ours {
    One(f64),
    Several(HashMap<String, f64>),
}

fn protocol(reference: &str) -> Protocol {
    Library::builtin().unwrap().resolve(reference, &DatasetArgs::default()).unwrap()
}

/// The protocol of EvalScope 1.14 with switches of its own.
fn switched(benchmark: &str, switches: &IndexMap<String, serde_json::Value>) -> Protocol {
    let arguments = DatasetArgs { extra_params: switches.clone(), ..DatasetArgs::default() };
    Library::builtin().unwrap().resolve(&format!("{benchmark}@evalscope-1.14"), &arguments).unwrap()
}

fn step(protocol: &Protocol, sample: &Sample, reply: &str) -> Step<Score> {
    let completion = Completion { text: reply.to_owned(), ..Completion::default() };
    let generation = Generation { completions: vec![completion], ..Generation::default() };
    protocol.step(sample, &[Outcome::Generation(generation)]).unwrap()
}

fn score(protocol: &Protocol, sample: &Sample, reply: &str) -> Score {
    match step(protocol, sample, reply) {
        Step::Done(score) => score,
        Step::Need(effects) => unreachable!("one reply is enough, but {} more are asked for", effects.len()),
    }
}

/// Replies to which we give another verdict on purpose: the answer is right, and EvalScope's comparison misreads it, or
/// takes a box that the reply corrects for a part of the answer.
const RIGHT_HERE: [&str; 15] = [
    "\\boxed{18 dollars}",
    "So she makes \\$18 per day.",
    "答案是18",
    "答案：18",
    "答案是18元",
    "\\fbox{18}",
    "\\boxed{3 dollars}",
    "\\boxed{70000 dollars}",
    "\\boxed{2125 dollars}",
    "**18**",
    "**Answer: 18**",
    "\\boxed{19} then \\boxed{18}",
    "\\boxed{4} then \\boxed{3}",
    "\\boxed{70001} then \\boxed{70000}",
    "\\boxed{2126} then \\boxed{2125}",
];

#[test]
fn verdicts_are_those_of_evalscope() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/verdicts_evalscope_1_14.jsonl");
    let mut protocols: HashMap<String, Protocol> = HashMap::new();
    for (number, line) in std::fs::read_to_string(path).unwrap().lines().enumerate() {
        let case: Case = serde_json::from_str(line).unwrap();
        let protocol = protocols
            .entry(format!("{} {:?}", case.benchmark, case.extra_params))
            .or_insert_with(|| switched(&case.benchmark, &case.extra_params));
        let sample = Sample {
            subset: case.subset.clone(),
            category: protocol.category_of(&case.subset).map(str::to_owned),
            choices: (0..case.options).map(|option| format!("option {option}")).collect(),
            targets: case.target.clone(),
            ..Sample::default()
        };
        let found = score(protocol, &sample, &case.reply);
        let is_exact = case.scores.is_empty() && case.ours.is_none();
        let single = if RIGHT_HERE.contains(&case.reply.as_str()) { Some(1.0) } else { case.score };
        let main = found.values.keys().next().cloned().unwrap_or_default();
        let expected = match case.ours {
            Some(Ours::Several(scores)) => scores,
            Some(Ours::One(score)) => HashMap::from([(main, score)]),
            None if case.scores.is_empty() => single.into_iter().map(|score| (main.clone(), score)).collect(),
            None => case.scores,
        };
        assert!(!expected.is_empty(), "line {}: no score, and none of ours", number + 1);
        for (metric, expected) in expected {
            let value = found.values[&metric];
            assert!(
                if is_exact { value == expected } else { (value - expected).abs() < 1e-6 },
                "line {}: {:?} gives {:?} and {metric} {value}, not {expected}",
                number + 1,
                case.reply,
                found.answer
            );
        }
    }
}

/// A made-up reply and the scores that the program of its protocol gives it.
#[derive(serde::Deserialize)]
struct Verdict {
    benchmark: String,
    subset: String,
    target: Vec<String>,
    options: usize,
    reply: String,
    scores: HashMap<String, f64>,
}

/// lm-eval 0.4.13, by `differential/lm_eval_verdicts.py`, and ms-opencompass 0.1.6 and 0.0.5, by `opencompass_verdicts.py`.
#[test]
fn verdicts_are_those_of_lm_eval_and_opencompass() {
    same_verdicts(include_str!("../vectors/verdicts_lm_eval_0_4_and_opencompass_0_2.jsonl"));
}

/// EvalScope 0.5.2's adapters, by `differential/older.py`.
#[test]
fn verdicts_are_those_of_the_older_evalscope() {
    same_verdicts(include_str!("../vectors/verdicts_evalscope_0_5.jsonl"));
}

fn same_verdicts(vectors: &str) {
    let mut protocols: HashMap<String, Protocol> = HashMap::new();
    for (number, line) in vectors.lines().enumerate() {
        let case: Verdict = serde_json::from_str(line).unwrap();
        let protocol = protocols.entry(case.benchmark.clone()).or_insert_with(|| protocol(&case.benchmark));
        let sample = Sample {
            category: protocol.category_of(&case.subset).map(str::to_owned),
            subset: case.subset,
            choices: (0..case.options).map(|option| format!("option {option}")).collect(),
            targets: case.target,
            ..Sample::default()
        };
        let found = score(protocol, &sample, &case.reply);
        for (metric, expected) in case.scores {
            let value = found.values[&metric];
            assert!(
                (value - expected).abs() < 1e-6,
                "line {}: {:?} gives {:?} and {value}, not {expected}",
                number + 1,
                case.reply,
                found.answer
            );
        }
    }
}

/// A made-up reply and the program that OpenCompass makes of it, for the example of the benchmark's file.
#[derive(serde::Deserialize)]
struct Written {
    benchmark: String,
    reply: String,
    program: String,
}

/// ms-opencompass 0.1.6, by `differential/opencompass_programs.py`.
#[test]
fn programs_are_those_of_opencompass() {
    let mut protocols: HashMap<String, Protocol> = HashMap::new();
    for line in include_str!("../vectors/programs_opencompass_0_2.jsonl").lines() {
        let Written { benchmark, reply, program } = serde_json::from_str(line).unwrap();
        let protocol = protocols.entry(benchmark.clone()).or_insert_with(|| protocol(&benchmark));
        let sample = protocol.example().unwrap().unwrap();
        let Step::Need(effects) = step(protocol, &sample, &reply) else {
            unreachable!("{benchmark} runs a program")
        };
        let Effect::Execute(request) = &effects[0] else { unreachable!("{benchmark} runs a program") };
        assert_eq!(request.program, program, "{benchmark}: {reply:?}");
    }
}

#[test]
fn an_answer_that_was_only_thought_does_not_count() {
    let sample = Sample { targets: vec!["18".into()], ..Sample::default() };
    let reply = "<think>Perhaps \\boxed{19}?</think>It is \\boxed{18}.";
    let found = score(&protocol("gsm8k"), &sample, reply);
    assert_eq!(found.values[0], 1.0);
    let (start, end) = found.answer_span.unwrap();
    assert_eq!(&reply[start..end], "18");
}

#[test]
fn a_conversation_in_the_row_is_sent_as_it_is() {
    let message = |role: &str, content: &str| {
        Value::Object(
            [("role".to_owned(), role.into()), ("content".to_owned(), content.into())].into_iter().collect(),
        )
    };
    let talk = vec![
        message("system", "Be brief."),
        message("user", "Hi."),
        message("assistant", "Hello."),
        message("user", "Who?"),
    ];
    let fields = [("messages".to_owned(), Value::List(talk)), ("system".to_owned(), Value::Null)];
    let sample =
        Sample { targets: vec!["I".into()], fields: fields.into_iter().collect(), ..Sample::default() };
    let Step::Need(effects) = protocol("general_qa").step(&sample, &[]).unwrap() else {
        unreachable!("a reply is needed")
    };
    let Effect::Generate(request) = &effects[0] else { unreachable!("text is asked for") };
    let Input::Chat(messages) = &request.input else { unreachable!("it is a conversation") };
    let said =
        [(Role::System, "Be brief."), (Role::User, "Hi."), (Role::Assistant, "Hello."), (Role::User, "Who?")];
    assert_eq!(*messages, said.map(|(role, text)| Message::new(role, text)));
}

#[test]
fn a_prompt_for_one_reply_is_refused_where_turns_are_rated() {
    let wishes = JudgeWishes {
        judges: vec![indexmap::IndexMap::new()],
        prompt_template: Some("{pred}".into()),
        ..JudgeWishes::default()
    };
    let refused = protocol("mt_bench").judged(Some(&wishes)).err().unwrap().to_string();
    assert!(refused.contains("`prompt_template`"), "{refused}");
}

#[test]
fn repeats_are_only_averaged_where_judges_score() {
    let wishes = JudgeWishes {
        strategy: JudgeStrategy::Llm,
        judges: vec![indexmap::IndexMap::new()],
        ..JudgeWishes::default()
    };
    let judged = |aggregation: &str| {
        let arguments = DatasetArgs { aggregation: Some(aggregation.into()), ..DatasetArgs::default() };
        let protocol = Library::builtin().unwrap().resolve("gsm8k", &arguments).unwrap();
        protocol.judged(Some(&wishes)).map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(judged("mean"), Ok(()));
    let refused = judged("mean_and_pass_at_k").unwrap_err();
    assert!(refused.contains("aggregation") && refused.contains("only averaged"), "{refused}");
}
