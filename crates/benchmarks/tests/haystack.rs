//! Long texts with sentences put in, as EvalScope 1.14.1 makes them.
#![expect(clippy::unwrap_used, reason = "a test ends where its set-up fails")]

mod support;

use evalscope_benchmarks::{DatasetArgs, Library, OpenBenchmark};
use evalscope_core::{Completion, Effect, Generation, Input, Outcome, Step};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use support::local_store;

/// Contexts of `needle_haystack` of EvalScope 1.14.1 (transformers 5.24.0) with texts, tokenizer and arguments of this file.
const VECTORS: &str = include_str!("vectors/haystack.jsonl");

/// A tokenizer whose tokens are the bytes of ASCII and of the Chinese full stop.
fn tokenizer() -> Value {
    let letters = (33..127).map(char::from).chain("ĠĊãĢĤ".chars());
    let vocabulary: serde_json::Map<String, Value> =
        letters.enumerate().map(|(id, letter)| (letter.to_string(), json!(id))).collect();
    let bytes =
        json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true});
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
        "pre_tokenizer": bytes, "post_processor": null, "decoder": bytes,
        "model": {"type": "BPE", "vocab": vocabulary, "merges": []},
    })
}

fn open(folder: &Path) -> Result<OpenBenchmark, String> {
    std::fs::write(
        folder.join("PaulGraham_Essays.txt"),
        "The harbour is old. Ships come in May. Nobody counts them",
    )
    .unwrap();
    std::fs::write(folder.join("Journey_to_the_West.txt"), "One。Two。\r\nThree。").unwrap();
    std::fs::write(folder.join("tokenizer.json"), tokenizer().to_string()).unwrap();
    open_with(folder, json!({}))
}

fn open_with(folder: &Path, more: Value) -> Result<OpenBenchmark, String> {
    let mut options = json!({
        "needles": ["\nFish is fresh.\n", "Bread is not."],
        "retrieval_question": "What is fresh?",
        "context_lengths_min": 175, "context_lengths_max": 260, "context_lengths_num_intervals": 3,
        "document_depth_percent_intervals": 3,
        "tokenizer_path": folder,
    });
    options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let arguments = DatasetArgs::from_json(&json!({"local_path": folder, "extra_params": options})).unwrap();
    let store = local_store(&folder.join("cache"));
    let protocol = Library::builtin().unwrap().resolve("needle_haystack", &arguments).unwrap();
    Arc::new(protocol).open(&store).map_err(|error| error.to_string())
}

#[test]
fn texts_are_those_of_evalscope() {
    let folder = tempfile::tempdir().unwrap();
    let open = open(folder.path()).unwrap();
    let vectors: Vec<Value> = VECTORS.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut compared = 0;
    for subset in ["english", "chinese"] {
        for sample in open.samples(subset, 42, None).unwrap() {
            let sample = sample.unwrap();
            let is_this = |row: &&Value| row["subset"] == subset && row["index"] == sample.index;
            let expected = vectors.iter().find(is_this).unwrap()["context"].as_str().unwrap();
            let Step::Need(effects) = open.protocol().step(&sample, &[]).unwrap() else { unreachable!() };
            let Effect::Generate(request) = &effects[0] else { unreachable!() };
            let Input::Chat(messages) = &request.input else { unreachable!() };
            let text = messages[1].text().into_owned();
            let context = text.split_once("<text>\n").unwrap().1.split_once("\n</text>").unwrap().0;
            assert_eq!(context, expected, "{subset} {}", sample.index);
            assert_eq!(sample.targets, ["\nFish is fresh.\n\nBread is not."]);
            compared += 1;
        }
    }
    assert_eq!(compared, vectors.len());
}

#[test]
fn a_reply_is_right_when_it_is_the_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let open = open(folder.path()).unwrap();
    let sample = open.samples("english", 42, None).unwrap().next().unwrap().unwrap();
    let score = |reply: &str| {
        let completions = vec![Completion { text: reply.to_owned(), ..Completion::default() }];
        let said = Outcome::Generation(Generation { completions, ..Generation::default() });
        match open.protocol().step(&sample, &[said]).unwrap() {
            Step::Done(score) => score.main().unwrap().1,
            Step::Need(_) => unreachable!("one reply is enough"),
        }
    };
    // `match_score` of EvalScope 1.14.1: equal but for case, punctuation, articles and spaces.
    assert_eq!(score("fish is FRESH bread is not"), 1.0);
    assert_eq!(score("The fish is fresh, and bread is not."), 0.0);
}

#[test]
fn slips_are_named() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).unwrap();
    for (more, says) in [
        (json!({"needles": []}), "`needles` is empty"),
        (json!({"context_lengths_min": 0}), "the context lengths are not"),
        (json!({"document_depth_percent_max": 101}), "the depths are not"),
        (json!({"context_lengths_num_intervals": 0}), "no samples"),
        (json!({"tokenizer_path": "no/such"}), "no/such"),
    ] {
        let error = open_with(folder.path(), more).err().unwrap();
        assert!(error.contains(says), "{error}");
    }
}
