//! The second look at replies: as what kind of answer each protocol's replies are read.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends where its set-up fails")]

use evalscope_benchmarks::{DatasetArgs, Library, Protocol};
use evalscope_core::{Completion, Generation, Outcome, Readings, Sample, Step};
use serde_json::{Value, json};

fn example(reference: &str, arguments: Value) -> (Protocol, Sample) {
    let arguments: DatasetArgs = serde_json::from_value(arguments).unwrap();
    let protocol = Library::builtin().unwrap().resolve(reference, &arguments).unwrap();
    let sample = protocol.example().unwrap().unwrap();
    (protocol, sample)
}

/// What the second look reads in a reply to this sample.
fn read_of((protocol, sample): &(Protocol, Sample), reply: &str) -> Option<Readings> {
    let completions = vec![Completion { text: reply.into(), ..Completion::default() }];
    let outcome = Outcome::Generation(Generation { completions, ..Generation::default() });
    match protocol.step(sample, &[outcome]).unwrap() {
        Step::Done(score) => score.audit.unwrap().readings,
        other => panic!("{other:?}"),
    }
}

/// The same for the example of the benchmark's file.
fn read(reference: &str, reply: &str) -> Option<Readings> {
    read_of(&example(reference, json!({})), reply)
}

const RIGHT: Option<Readings> = Some(Readings { strict: true, lenient: true, differ: false });
const WRONG: Option<Readings> = Some(Readings { strict: false, lenient: false, differ: false });

#[test]
fn numbers_are_read_as_values_by_every_protocol() {
    let (_, sample) = example("gsm8k", json!({}));
    let gold = &sample.targets[0];
    for protocol in ["evalscope-1.14", "evalscope-0.5", "lm-eval-0.4", "opencompass-0.2"] {
        let reference = format!("gsm8k@{protocol}");
        let steps = "First 3 and 4 are added.\n";
        assert_eq!(read(&reference, &format!("{steps}#### {gold}")), RIGHT, "{reference}");
        assert_eq!(read(&reference, &format!("{steps}So the answer is {gold}.")), RIGHT, "{reference}");
        assert_eq!(read(&reference, &format!("{steps}#### {gold}{gold}")), WRONG, "{reference}");
    }
}

#[test]
fn letters_are_read_as_letters_wherever_the_options_stand() {
    for protocol in ["evalscope-1.14", "evalscope-0.5", "lm-eval-0.4", "opencompass-0.2"] {
        let reference = format!("bbh@{protocol}");
        assert_eq!(read(&reference, "Let me see.\nSo the answer is (A)."), RIGHT, "{reference}");
        assert_eq!(read(&reference, "Let me see.\nSo the answer is (B)."), WRONG, "{reference}");
    }
    for (reference, right, wrong) in [
        ("general_mcq", "答案：B", "答案：A"),
        ("truthful_qa", "ANSWER: {}", ""),
        ("super_gpqa", "ANSWER: J", "ANSWER: A"),
        ("agieval", "As 3x = 12:\nANSWER: C", "ANSWER: A"),
        ("agieval@opencompass-0.2", "C", "A"),
        ("siqa@opencompass-0.2", "A", "B"),
    ] {
        let (_, sample) = example(reference, json!({}));
        assert_eq!(read(reference, &right.replace("{}", &sample.targets[0])), RIGHT, "{reference}");
        assert_eq!(read(reference, wrong), WRONG, "{reference}");
    }
}

#[test]
fn several_right_letters_and_checked_instructions_are_not_read() {
    assert_eq!(read("ifeval", "no"), None);
    let several = example("truthful_qa", json!({"extra_params": {"multiple_correct": true}}));
    assert!(several.1.targets.len() > 1);
    assert_eq!(read_of(&several, "ANSWER: A"), None);
}
