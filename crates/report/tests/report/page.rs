//! The page with a run inside: which samples it holds, and that nothing in it can run.

use crate::support::{HOSTILE, MODEL, QUIZ, made_up, plan, scored, timeless};
use evalscope_report::write_all;
use evalscope_runs::RunFolder;
use indexmap::IndexMap;
use serde_json::{Value, json};

fn page_of(folder: &RunFolder) -> String {
    std::fs::read_to_string(write_all(folder, &timeless(folder)).unwrap().html).unwrap()
}

fn data_of(page: &str) -> Value {
    let start = page.split_once("id=\"evalscope-data\">").unwrap().1;
    serde_json::from_str(start.split_once("</script>").unwrap().0).unwrap()
}

/// The samples that are inside, in their order.
fn samples_of(data: &Value) -> Vec<&Value> {
    let (path, numbers) = (&data["samples"]["path"], data["samples"]["numbers"].as_array().unwrap());
    let reply = |number| &data["replies"][format!("{}/{number}", path.as_str().unwrap())];
    numbers.iter().map(reply).collect()
}

fn verdict(sample: &Value) -> &str {
    sample["row"]["verdict"].as_str().unwrap()
}

#[test]
fn the_page_holds_every_sample_and_no_markup_of_others() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("run of <b>");
    let page = page_of(&made_up(&folder));
    let data = data_of(&page);
    let samples = samples_of(&data);
    assert_eq!((samples.len(), &data["samples"]["of"]), (22, &json!(22)));
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script").count(), 2);
    let ours = page.split("<script type=\"module\">").next().unwrap();
    assert!(!ours.contains("<img") && !ours.contains("onerror=\"document") && !ours.contains("<b>"));
    let content = samples[0]["calls"][0]["messages"][1]["content"].as_str().unwrap();
    assert!(content.contains(HOSTILE[3]), "texts are kept as they are: {content}");
    assert_eq!(data["start"], "#/run/run%20of%20%3Cb%3E");
    let shown = page.split("<noscript>").nth(1).unwrap().split("</noscript>").next().unwrap();
    assert!(shown.contains("1 of 23 samples failed"), "without scripts there is the table: {shown}");
}

#[test]
fn what_went_wrong_is_counted_and_its_example_is_inside() {
    let place = tempfile::tempdir().unwrap();
    let folder = made_up(&place.path().join("run"));
    let data = data_of(&page_of(&folder));
    let samples = samples_of(&data);
    for (word, count) in [("failed", 1), ("none", 1), ("right", 13), ("wrong", 7), ("partly", 0)] {
        assert_eq!(samples.iter().filter(|sample| verdict(sample) == word).count(), count, "{word}");
    }
    let failures = &data["replies"]["runs/run/failures"];
    assert_eq!((&failures["total"], &failures["groups"][0]["count"]), (&json!(1), &json!(1)));
    let example = failures["groups"][0]["example"].as_u64().unwrap();
    assert_eq!(verdict(&data["replies"][format!("runs/run/samples/{example}")]), "failed");
    let facets = &data["replies"]["runs/run/facets"];
    assert_eq!((&facets["samples"], &facets["errors"][0]["count"]), (&json!(22), &json!(1)));
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
        reviews.append(&scored(index, "law", value, "B")).unwrap();
    }
    reviews.finish().unwrap();
    let data = data_of(&page_of(&folder));
    let samples = samples_of(&data);
    let wrong = samples.iter().filter(|sample| verdict(sample) == "wrong").count();
    assert_eq!((samples.len(), wrong, &data["samples"]["of"]), (2_000, 750, &json!(3_000)));
    let indices: Vec<u64> = samples.iter().map(|sample| sample["row"]["index"].as_u64().unwrap()).collect();
    assert!(indices.is_sorted(), "in the order of the run");
    let late = indices.iter().filter(|index| **index >= 1_500).count();
    assert!((900..1_100).contains(&late), "spread evenly: {late} of the second half");
}
