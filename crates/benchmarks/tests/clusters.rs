//! Which samples count as one, because they share a passage, a sentence or a problem: made-up rows, and the groups they fall into.
#![expect(clippy::unwrap_used, reason = "a test ends where its set-up fails")]

mod support;

use evalscope_benchmarks::{DatasetArgs, Library};
use serde_json::{Value, json};
use std::sync::Arc;
use support::local_store;

/// The groups of the samples of all subsets, in their order: a letter each. A file is rows of JSON, or its whole text.
fn groups(benchmark: &str, subsets: Value, files: &[(&str, Value)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    for (path, rows) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text = match rows {
            Value::String(text) => text.clone(),
            rows => rows.as_array().unwrap().iter().map(|row| format!("{row}\n")).collect(),
        };
        std::fs::write(path, text).unwrap();
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

/// A passage long enough to be known by how it begins.
fn passage(about: &str) -> String {
    format!(
        "This question refers to the following information.\nIn the year of the {about} {}",
        "much was written. ".repeat(12)
    )
}

#[test]
fn questions_of_mmlu_about_one_passage_are_one() {
    let (flood, fire) = (passage("flood"), passage("fire"));
    let questions = [
        format!("{flood}\nWhat was written?"),
        format!("{fire}\nWhat was written?"),
        format!("{flood}\nWho wrote?"),
        "Which of these is true?".into(),
        "Which of these is true?".into(),
    ];
    let lines =
        questions.iter().map(|question| format!("\"{}\",1,2,3,4,A\n", question.replace('\n', "\r\n")));
    let table = lines.collect::<String>();
    let subset = "high_school_us_history";
    for file in [format!("{subset}_test.csv"), format!("data/test/{subset}_test.csv")] {
        for protocol in ["evalscope-1.14", "lm-eval-0.4", "opencompass-0.2"] {
            let files = [(file.as_str(), json!(table))];
            let groups = groups(&format!("mmlu@{protocol}"), json!([subset]), &files);
            assert_eq!(groups, "abacd", "{file} {protocol}");
        }
    }
    let redux = |question| json!({"question": question, "choices": ["1", "2", "3", "4"], "answer": 0, "error_type": "ok", "correct_answer": null});
    let file = format!("data/{subset}/test.jsonl");
    let files = [(file.as_str(), questions.iter().map(redux).collect())];
    assert_eq!(groups("mmlu_redux", json!([subset]), &files), "abacd");
    let pro = |question| json!({"question_id": 1, "question": question, "options": ["1", "2"], "answer": "A", "cot_content": "", "category": "history"});
    let files = [("test.jsonl", questions.iter().map(pro).collect())];
    assert_eq!(groups("mmlu_pro", json!(["history"]), &files), "abacd");
}

#[test]
fn chinese_questions_about_one_case_or_text_are_one() {
    let case = "女性，四十岁。三天前在院子里摔了一跤，右手腕疼痛，活动受限，夜里不能入睡，来院就诊。查体：手腕肿胀，压痛明显，皮肤完整。";
    let spaced = case.replace('，', "， ");
    let formula = "设$\\bigtriangleup ABC$的内角A，B，C所对边的长分别是a，b，c，三个边长都是正整数，并且a不小于b，b不小于c，";
    let table = format!(
        ",Question,A,B,C,D,Answer\n0,{case}最可能的诊断是,1,2,3,4,A\n1,{spaced}首选的检查是,1,2,3,4,A\n\
         2,{formula}求a,1,2,3,4,A\n3,{formula}求b,1,2,3,4,A\n4,下列正确的是,1,2,3,4,A\n5,下列正确的是,1,2,3,4,A\n"
    );
    let subset = "clinical_knowledge";
    for protocol in ["evalscope-1.14", "lm-eval-0.4"] {
        let files = [("test/clinical_knowledge.csv", json!(table))];
        assert_eq!(groups(&format!("cmmlu@{protocol}"), json!([subset]), &files), "aabcde", "{protocol}");
    }
    let text = "河水从山上流下，两岸的人们靠它灌溉田地。";
    let row = |passage: Value, question: String| json!({"passage": passage, "question": question, "options": ["(A)1", "(B)2"], "label": "A", "answer": null});
    let files = |subset: &str| {
        let rows = json!([
            row(Value::Null, format!("{case}原因是")),
            row(Value::Null, format!("{case}结果是")),
            row(json!(text), "一".into()),
            row(json!(text), "二".into()),
            row(json!(""), "三".into()),
            row(json!("<br>"), "四".into()),
            row(json!("<br>"), "五".into()),
        ]);
        (format!("{subset}.jsonl"), rows)
    };
    for (subset, expected) in [("gaokao-geography", "aabbcde"), ("gaokao-history", "abccdef")] {
        let (name, rows) = files(subset);
        assert_eq!(groups("agieval", json!([subset]), &[(name.as_str(), rows)]), expected, "{subset}");
    }
}

#[test]
fn parts_of_a_problem_are_one() {
    let row =
        |problem: &str| json!({"problem": problem, "solution": "It is $\\boxed{1}$.", "type": "t", "idx": 1});
    let rows = json!([
        row("Preamble: A stone falls.\n\nSubproblem 0: How fast?"),
        row("Preamble: A stone falls.\n\nHow far?"),
        row("Preamble: A stone lies.\n\nHow far?"),
        row("How far?\n\nOne."),
        row("How far?\n\nTwo."),
    ]);
    assert_eq!(groups("minerva_math", json!(["default"]), &[("train.jsonl", rows)]), "aabcd");
}

#[test]
fn tasks_of_bbh_that_ask_twice_about_one_thing() {
    let groups = |subset: &str, inputs: &[&str]| {
        let rows = inputs.iter().map(|input| json!({"input": input, "target": "(A)"})).collect();
        let file = format!("{subset}.jsonl");
        groups("bbh", json!([subset]), &[(file.as_str(), rows)])
    };
    let ordered = [
        "Three cups: one is left.\nOptions:\n(A) a",
        "Three cups: one is right.\nOptions:\n(A) a",
        "Three cups: one is left.\nOptions:\n(A) b",
    ];
    assert_eq!(groups("logical_deduction_three_objects", &ordered), "aba");
    assert_eq!(
        groups("hyperbaton", &["Which is right?\nOptions:\n(A) a", "Which is right?\nOptions:\n(A) b"]),
        "ab"
    );
    let days = [
        "It is May 1. What is the date tomorrow?",
        "It is May 1. What is the date today?",
        "It is May 2. What is the date today?",
    ];
    assert_eq!(groups("date_understanding", &days), "aab");
    let twins = [
        "Say it.\nSentence: Ann met the cook at her desk\nOptions:\n(A) a",
        "Say it.\nSentence: Ann met the cook at his desk\nOptions:\n(A) b",
        "Say it.\nSentence: Ann met the cook\nOptions:\n(A) a",
    ];
    assert_eq!(groups("disambiguation_qa", &twins), "aab");
    let stories = [
        "What causes what?\nA cup fell. It broke. Why?",
        "What causes what?\nA cup fell. It was full. Why?",
        "What causes what?\nA cup stood. Why?",
    ];
    assert_eq!(groups("causal_judgement", &stories), "aab");
}
