//! Which samples count as one, because they share a passage, a sentence or a problem: made-up rows, and the groups they fall into.
#![expect(clippy::unwrap_used, reason = "a test ends where its set-up fails")]

mod support;

use evalscope_benchmarks::{DatasetArgs, Library};
use serde_json::{Value, json};
use std::sync::Arc;
use support::local_store;

/// The groups of the samples of all subsets, in their order: a letter each.
fn groups(benchmark: &str, subsets: Value, files: &[(&str, Value)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    for (path, rows) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let lines = rows.as_array().unwrap().iter().map(|row| format!("{row}\n"));
        std::fs::write(path, lines.collect::<String>()).unwrap();
    }
    let arguments = json!({"local_path": folder.path(), "subset_list": subsets, "few_shot_num": 0});
    let arguments = DatasetArgs::from_json(&arguments).unwrap();
    let store = local_store(&folder.path().join("cache"));
    let open =
        Arc::new(Library::builtin().unwrap().resolve(benchmark, &arguments).unwrap()).open(&store).unwrap();
    let mut known: Vec<Option<String>> = Vec::new();
    let mut found = String::new();
    for subset in open.subsets() {
        for sample in open.samples(subset, 42, None).unwrap() {
            let cluster = sample.unwrap().cluster;
            let place = known.iter().position(|one| *one == cluster).unwrap_or(known.len());
            known.resize(known.len().max(place + 1), cluster);
            found.push(char::from(b'a' + u8::try_from(place).unwrap()));
        }
    }
    found
}

#[test]
fn summaries_of_a_document_are_one() {
    let row = |doc: &str, summary: &str| json!({"doc": doc, "summary": summary, "label": 1});
    let rows = json!([
        row("The bridge is old.", "An old bridge."),
        row("A cat sleeps.", "It sleeps."),
        row("The bridge is old.", "A new bridge.")
    ]);
    assert_eq!(groups("summedits", json!(["default"]), &[("summedits.jsonl", rows)]), "aba");
}

#[test]
fn a_problem_in_several_languages_is_one() {
    let row = |question: &str| json!({"question": question, "answer": null, "answer_number": 1});
    let files = [
        ("mgsm_en_test.jsonl", json!([row("one"), row("two")])),
        ("mgsm_de_test.jsonl", json!([row("eins"), row("zwei")])),
    ];
    assert_eq!(groups("mgsm", json!(["en", "de"]), &files), "abab");
    let row = |name: &str| json!({"name": name, "prompt": "p", "tests": "t", "stop_tokens": []});
    let files = [
        ("mbpp-js.jsonl", json!([row("mbpp_3_is_not_prime"), row("mbpp_4_heap")])),
        ("mbpp-rs.jsonl", json!([row("mbpp_4_heap"), row("mbpp_5_sum")])),
    ];
    assert_eq!(groups("multiple_mbpp", json!(["mbpp-js", "mbpp-rs"]), &files), "abbc");
}

#[test]
fn twin_sentences_are_one() {
    let row = |sentence: &str, one: &str, two: &str| json!({"sentence": sentence, "option1": one, "option2": two, "answer": "1"});
    let rows = json!([
        row("The ladder did not fit behind the shelf because the _ was too long.", "ladder", "shelf"),
        row("The ladder did not fit behind the shelf because the _ was too low.", "shelf", "ladder"),
        row("A shelf held the ladder up, so the _ was strong.", "ladder", "shelf"),
    ]);
    assert_eq!(groups("winogrande", json!(["default"]), &[("validation.jsonl", rows)]), "aab");
    let row = |text: &str, at: usize| json!({"text": text, "pronoun": "it", "pronoun_loc": at, "options": ["The jug", "The box"], "label": 0});
    let rows = json!([
        row("The jug does not fit into the box because it is too big.", 42),
        row("The jug does not fit into the box because it is too small.", 42),
        row("The jug stands on the box because it is big.", 34),
    ]);
    assert_eq!(groups("wsc", json!(["wsc273"]), &[("wsc273/test.jsonl", rows)]), "aab");
    let row =
        |contexts: [&str; 2], end: &str| json!({"context_options": contexts, "continuation": end, "gold": 0});
    let rows = json!([row(["a", "b"], "is big."), row(["a", "b"], "is small."), row(["c", "d"], "is big.")]);
    assert_eq!(groups("wsc", json!(["wsc273"]), &[("winograd_wsc.jsonl", rows)]), "aab");
}

#[test]
fn pairs_of_sentences_are_one() {
    let row = |one: &str, two: &str| json!({"sentence1": one, "sentence2": two, "label": "entailment"});
    let rows = json!([
        row("A cat sleeps.", "A cat rests."),
        row("A cat rests.", "A cat sleeps."),
        row("A cat sleeps.", "A dog rests.")
    ]);
    assert_eq!(groups("ax_b", json!(["axb"]), &[("AX-b/AX-b.jsonl", rows)]), "aab");
    let row = |premise: &str| json!({"premise": premise, "hypothesis": "The baker was late.", "label": "entailment"});
    let rows = json!([
        row("The baker greeted the guest because she was late."),
        row("The baker greeted the guest because he was late."),
        row("The baker greeted the guest although he was late."),
        row("The baker greeted the guest and thanked her."),
        row("The baker greeted the guest and thanked him."),
    ]);
    assert_eq!(groups("ax_g", json!(["axg"]), &[("AX-g/AX-g.jsonl", rows)]), "aabcc");
}

#[test]
fn a_question_in_two_sets_is_one() {
    let row = |stem: &str| json!({"question_stem": stem, "choices": {"text": ["a", "b"], "label": ["A", "B"]}, "answerKey": "A", "fact1": "f"});
    let files = [
        ("main/test.jsonl", json!([row("one"), row("two")])),
        ("additional/test.jsonl", json!([row("one"), row("two")])),
    ];
    assert_eq!(groups("openbookqa@opencompass-0.2", json!(["main", "additional"]), &files), "abab");
}
