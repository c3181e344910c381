//! The page's data: which samples it holds, and that nothing in it can run.

use crate::support::{HOSTILE, MODEL, QUIZ, made_up, plan, timeless};
use evalscope_core::Score;
use evalscope_report::write_all;
use evalscope_runs::{Review, RunFolder, Verdict};
use indexmap::IndexMap;
use serde_json::{Value, json};

fn page_of(folder: &RunFolder) -> String {
    std::fs::read_to_string(write_all(folder, &timeless(folder)).unwrap().html).unwrap()
}

fn data_of(page: &str) -> Value {
    let start = page.split_once("type=\"application/json\">").unwrap().1;
    serde_json::from_str(start.split_once("</script>").unwrap().0).unwrap()
}

#[test]
fn the_page_holds_every_sample_and_no_markup_of_others() {
    let place = tempfile::tempdir().unwrap();
    let page = page_of(&made_up(place.path()));
    let data = data_of(&page);
    let samples = data["samples"].as_array().unwrap();
    assert_eq!((samples.len(), &data["left_out"]), (22, &json!(0)));
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script").count(), 2);
    assert!(!page.contains("<img") && !page.contains("<svg") && !page.contains("onerror=\"document"));
    let first = &samples[0];
    let content = first["calls"][0]["messages"][1]["content"].as_str().unwrap();
    assert!(content.contains(HOSTILE[3]), "texts are kept as they are: {content}");
}

#[test]
fn the_answer_is_marked_in_utf16_units() {
    let place = tempfile::tempdir().unwrap();
    let data = data_of(&page_of(&made_up(place.path())));
    for sample in data["samples"].as_array().unwrap().iter().filter(|sample| !sample["span"].is_null()) {
        let reply = sample["calls"][0]["replies"][0]["text"].as_str().unwrap();
        let units: Vec<u16> = reply.encode_utf16().collect();
        let (from, to) =
            (sample["span"][0].as_u64().unwrap() as usize, sample["span"][1].as_u64().unwrap() as usize);
        assert_eq!(String::from_utf16(&units[from..to]).unwrap(), "B", "{sample}");
    }
    let verdicts: Vec<&str> = data["samples"]
        .as_array()
        .unwrap()
        .iter()
        .map(|sample| sample["verdict"].as_str().unwrap())
        .collect();
    for (verdict, count) in [("failed", 1), ("none", 1), ("right", 13), ("wrong", 7), ("partly", 0)] {
        assert_eq!(
            verdicts.iter().filter(|found| **found == verdict).count(),
            count,
            "{verdict} in {verdicts:?}"
        );
    }
}

#[test]
fn a_large_run_keeps_the_wrong_ones_and_a_stable_share_of_the_right_ones() {
    let place = tempfile::tempdir().unwrap();
    let mut plan = plan();
    plan.benchmarks.truncate(1);
    plan.benchmarks[0].subsets = IndexMap::from([("law".into(), 3_000)]);
    let folder = RunFolder::create(place.path(), &plan, &json!({})).unwrap();
    let mut reviews = folder.reviews(MODEL, QUIZ, "law").unwrap();
    for index in 0..3_000_u64 {
        let value = f64::from(!index.is_multiple_of(4));
        let score = Score {
            values: IndexMap::from([("accuracy".to_owned(), value)]),
            answer: Some("B".into()),
            ..Score::default()
        };
        let review = Review {
            index,
            repeat: 0,
            sample_id: index.to_string(),
            subset: "law".into(),
            category: None,
            cluster: None,
            targets: Vec::new(),
            verdict: Verdict::Scored(score),
        };
        reviews.append(&review).unwrap();
    }
    reviews.finish().unwrap();
    let data = data_of(&page_of(&folder));
    let samples = data["samples"].as_array().unwrap();
    let wrong = samples.iter().filter(|sample| sample["verdict"] == "wrong").count();
    assert_eq!((samples.len(), wrong, &data["left_out"]), (2_000, 750, &json!(1_000)));
    let indices: Vec<u64> = samples.iter().map(|sample| sample["index"].as_u64().unwrap()).collect();
    assert!(indices.is_sorted(), "in the order of the run");
    let late = indices.iter().filter(|index| **index >= 1_500).count();
    assert!((900..1_100).contains(&late), "spread evenly: {late} of the second half");
}
