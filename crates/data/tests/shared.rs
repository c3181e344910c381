//! Real upstream files, when they are at hand.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use evalscope_data::{Dataset, DatasetId, Header, Hub, ReadOptions};
use std::path::Path;
use support::{Place, dataset, rows};

fn shared(name: &str) -> Option<Dataset> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if !path.exists() {
        return None;
    }
    let store = Place::new().store(Hub::ModelScope, "http://127.0.0.1:9");
    Some(store.open(&DatasetId { local_path: Some(path), ..dataset(None) }).unwrap())
}

fn count(dataset: &Dataset, pattern: &str, options: &ReadOptions) -> usize {
    let files = dataset.matching(pattern);
    files.iter().map(|file| rows(dataset, file, options).unwrap_or_else(|e| panic!("{e}")).len()).sum()
}

// Numbers of rows are those of the manifest beside the data.

#[test]
fn arc() {
    let Some(set) = shared("arc") else { return };
    assert_eq!(count(&set, "**/ARC-Challenge/test.jsonl", &ReadOptions::default()), 1172);
    assert_eq!(count(&set, "**/ARC-Easy/test.jsonl", &ReadOptions::default()), 2376);
}

#[test]
fn bbh() {
    let Some(set) = shared("bbh") else { return };
    let options = ReadOptions { field: Some("examples".into()), ..ReadOptions::default() };
    assert_eq!(count(&set, "**/data/*.json", &options), 4761);
    assert_eq!(set.matching("cot-prompts/*.txt").len(), 27);
}

#[test]
fn ceval_and_cmmlu() {
    if let Some(set) = shared("ceval") {
        // 42 header lines are among the manifest's 1125 rows; quoted line breaks are not.
        let rows = count(&set, "**/val/*.csv", &ReadOptions::default());
        assert!((1000..=1083).contains(&rows), "{rows}");
    }
    if let Some(set) = shared("cmmlu") {
        assert_eq!(count(&set, "**/test/*.csv", &ReadOptions::default()), 11_582);
    }
}

#[test]
fn mmlu() {
    let Some(set) = shared("mmlu") else { return };
    let columns = ["question", "A", "B", "C", "D", "answer"].map(String::from).to_vec();
    let options = ReadOptions { header: Header::Columns(columns), ..ReadOptions::default() };
    let files = set.matching("**/test/abstract_algebra_test.csv");
    assert!(files.len() <= 1, "{files:?}");
    for file in files {
        assert_eq!(rows(&set, &file, &options).unwrap().len(), 100);
    }
}

#[test]
fn human_eval() {
    let Some(set) = shared("humaneval") else { return };
    assert_eq!(count(&set, "**/HumanEval.jsonl", &ReadOptions::default()), 164);
}

#[test]
fn json_lines_under_a_json_name() {
    let Some(set) = shared("bfcl_v4") else { return };
    assert_eq!(count(&set, "possible_answer/*.json", &ReadOptions::default()), 3032);
}

#[test]
fn simple_qa() {
    let Some(set) = shared("simple_qa") else { return };
    assert_eq!(count(&set, "simple_qa_test_set.csv", &ReadOptions::default()), 4326);
}
