//! The orders into which EvalScope 1.14.1 shuffles samples and examples.
//!
//! NumPy 2.4.6: `default_rng(42).permutation(10)` is 5 6 0 7 3 2 4 9 1 8. CPython: `Random(42)` makes 3 1 2 4 0 of the first five.
#![expect(clippy::unwrap_used, reason = "a test ends where its set-up fails")]

mod support;

use evalscope_benchmarks::{DatasetArgs, Library, OpenBenchmark};
use evalscope_core::Sample;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use support::local_store;

const SEED: u64 = 42;

fn open(benchmark: &str, folder: &Path, arguments: Value) -> OpenBenchmark {
    let mut given = json!({"local_path": folder});
    given.as_object_mut().unwrap().extend(arguments.as_object().unwrap().clone());
    let arguments = DatasetArgs::from_json(&given).unwrap();
    let store = local_store(&folder.join("cache"));
    Arc::new(Library::builtin().unwrap().resolve(benchmark, &arguments).unwrap()).open(&store).unwrap()
}

fn write(file: &Path, rows: impl Iterator<Item = Value>) {
    std::fs::write(file, rows.map(|row| format!("{row}\n")).collect::<String>()).unwrap();
}

fn samples(open: &OpenBenchmark, subset: &str) -> Vec<Sample> {
    open.samples(subset, SEED, None).unwrap().map(Result::unwrap).collect()
}

fn questions(open: &OpenBenchmark, subset: &str) -> String {
    samples(open, subset).iter().map(|sample| sample.question.clone()).collect::<Vec<_>>().join(" ")
}

#[test]
fn rows_of_a_hub_are_shuffled_as_numpy_does() {
    let folder = tempfile::tempdir().unwrap();
    let row = |number: u32| json!({"problem": number.to_string(), "answer": "1"});
    write(&folder.path().join("test.jsonl"), (0..10).map(row));
    let open = open("aime24", folder.path(), json!({"shuffle": true}));
    assert_eq!(questions(&open, "default"), "5 6 0 7 3 2 4 9 1 8");
}

#[test]
fn parts_of_one_table_are_shuffled_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let row = |number: u32| json!({"question": number.to_string(), "golden": "1", "grade": 1 + number % 2});
    write(&folder.path().join("test.jsonl"), (0..10).map(row));
    let open = open("cmath", folder.path(), json!({"shuffle": true, "subset_list": ["Grade 1", "Grade 2"]}));
    assert_eq!(questions(&open, "Grade 1"), "6 0 2 4 8");
    assert_eq!(questions(&open, "Grade 2"), "5 7 3 9 1");
}

#[test]
fn rows_of_ones_own_files_are_shuffled_as_cpython_does() {
    let folder = tempfile::tempdir().unwrap();
    let row = |number: u32| json!({"question": number.to_string(), "A": "yes", "B": "no", "answer": "A"});
    write(&folder.path().join("quiz_val.jsonl"), (0..5).map(row));
    let open = open("general_mcq", folder.path(), json!({"shuffle": true}));
    assert_eq!(questions(&open, "quiz"), "3 1 2 4 0");
}

#[test]
fn drawn_examples_are_the_first_of_the_shuffled_rows() {
    let folder = tempfile::tempdir().unwrap();
    let row = |number: u32| json!({"question": format!("question {number}"), "answer": "It is so. #### 1"});
    write(&folder.path().join("train.jsonl"), (0..10).map(row));
    write(&folder.path().join("test.jsonl"), std::iter::once(row(99)));
    let open = open("gsm8k", folder.path(), json!({"few_shot_num": 3, "few_shot_random": true}));
    let shots = samples(&open, "main")[0].shots.to_vec();
    let shown: Vec<&str> = shots.iter().map(|shot| shot.lines().next().unwrap()).collect();
    assert_eq!(shown, ["question 5", "question 6", "question 0"]);
}

#[test]
fn an_order_names_the_subsets_that_it_lacks() {
    let folder = tempfile::tempdir().unwrap();
    for split in ["test", "dev"] {
        for subset in ["anatomy", "astronomy"] {
            let rows: String = (0..5).map(|number| format!("{subset} {number},a,b,c,d,A\n")).collect();
            std::fs::write(folder.path().join(format!("{subset}_{split}.csv")), rows).unwrap();
        }
    }
    let lacking = |arguments: Value| {
        let mut given = json!({"subset_list": ["anatomy"]});
        given.as_object_mut().unwrap().extend(arguments.as_object().unwrap().clone());
        let without = open("mmlu", folder.path(), given).shuffled_without();
        (without.len(), without.contains(&"astronomy".to_owned()), without.contains(&"virology".to_owned()))
    };
    assert_eq!(lacking(json!({})), (0, false, false), "nothing is shuffled");
    assert_eq!(lacking(json!({"shuffle": true})), (55, false, true));
    assert_eq!(lacking(json!({"few_shot_random": true})), (55, false, true));
    assert_eq!(
        lacking(json!({"few_shot_random": true, "few_shot_num": 0})),
        (0, false, false),
        "no example is drawn"
    );
    std::fs::remove_file(folder.path().join("astronomy_dev.csv")).unwrap();
    assert_eq!(lacking(json!({"shuffle": true})), (55, false, true), "examples are not shuffled");
    assert_eq!(lacking(json!({"few_shot_random": true})), (56, true, true));
}

#[test]
fn examples_of_math_show_answers_in_the_notation_of_the_parser() {
    let folder = tempfile::tempdir().unwrap();
    let row = |number: u32| {
        let solution = format!("Thus $x = \\boxed{{\\left(\\frac1{number}, \\sqrt5\\right)}}$.");
        json!({"problem": "Where is it?", "solution": solution, "level": "Level 4"})
    };
    write(&folder.path().join("train.jsonl"), (2..6).map(row));
    write(&folder.path().join("test.jsonl"), (2..3).map(row));
    let open =
        open("competition_math", folder.path(), json!({"few_shot_random": true, "subset_list": ["Level 4"]}));
    let shots = samples(&open, "Level 4")[0].shots.to_vec();
    assert_eq!(shots.len(), 4);
    for shot in shots {
        let answer = shot.lines().last().unwrap().to_owned();
        assert!(answer.starts_with("(\\frac{1}{") && answer.ends_with(r"}, \sqrt{5})"), "{answer}");
    }
}
