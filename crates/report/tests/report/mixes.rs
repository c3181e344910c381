//! Mixes of benchmarks.

use crate::support::{ENDINGS, MODEL, plan, reviewed};
use evalscope_core::{PlannedCollection, PlannedMember, Score};
use evalscope_report::{Summary, summarize};
use evalscope_runs::{RunFolder, Verdict};
use indexmap::IndexMap;
use serde_json::{Value, json};
use std::path::Path;

/// A run, in which each question is asked three times, of one benchmark and a mix of nothing else.
fn run_with(path: &Path, aggregate: Option<&str>) -> Summary {
    let mut plan = plan();
    plan.benchmarks.remove(0);
    let planned = &mut plan.benchmarks[0];
    planned.subsets = IndexMap::from([("default".into(), 4)]);
    planned.scoring["metrics"][0]["aggregate"] = json!(aggregate);
    plan.repeats = 3;
    let member = PlannedMember {
        benchmark: ENDINGS.into(),
        weight: 1.0,
        task_type: None,
        tags: Vec::new(),
        samples: None,
    };
    plan.collections = vec![PlannedCollection { name: "mix".into(), members: vec![member] }];
    let folder = RunFolder::create(path, &plan, &json!({})).unwrap();
    let mut reviews = folder.reviews(MODEL, ENDINGS, "default").unwrap();
    // The last repeat of the last question is missing.
    for place in 0..11_u64 {
        let (index, repeat) = (place / 3, place % 3);
        let score = Score {
            values: IndexMap::from([("accuracy".to_owned(), [1.0, 0.0, 0.5][place as usize % 7 % 3])]),
            answer: Some(["a", "a", "b"][place as usize % 5 % 3].to_owned()),
            targets: vec!["t".into(); index as usize + 1],
            ..Score::default()
        };
        reviews.append(&reviewed(index, repeat as u32, "default", Verdict::Scored(score))).unwrap();
    }
    reviews.finish().unwrap();
    summarize(&folder).unwrap()
}

#[test]
fn a_benchmark_has_one_number_by_itself_and_in_a_mix() {
    let mut scores = Vec::new();
    for aggregate in [None, Some("majority_at_k"), Some("mean_at_k"), Some("mean_over_targets")] {
        let place = tempfile::tempdir().unwrap();
        let summary = run_with(place.path(), aggregate);
        let [own, in_mix] = [&summary.benchmarks[0].metrics[0], &summary.collections[0].members[0].metric]
            .map(|metric| {
                let mut shown = serde_json::to_value(metric).unwrap();
                // Of the benchmark's name for it, and of subsets, a mix says nothing.
                ["name", "macro_score"].iter().for_each(|field| shown[*field] = Value::Null);
                shown
            });
        assert_eq!(own, in_mix, "{aggregate:?}");
        let score = own["score"].as_f64().unwrap();
        assert!(
            !scores.contains(&score),
            "{aggregate:?} is to differ from the others: {score} in {scores:?}"
        );
        scores.push(score);
    }
}
