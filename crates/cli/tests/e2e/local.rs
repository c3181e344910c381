//! Whole runs with the embedded engine and the real small model. Skipped where `EVALSCOPE_TEST_MODEL` is not set.

use crate::support::{Place, files_below, json_lines, only_run};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

#[expect(clippy::disallowed_methods, reason = "tests are told where the model lies")]
pub fn model() -> Option<String> {
    std::env::var("EVALSCOPE_TEST_MODEL").ok()
}

/// Four scenes of our own in HellaSwag's form; the first ending is right.
pub fn scenes(place: &Place) {
    let scene = |n: u32, ctx: &str, right: &str| {
        serde_json::json!({
            "ind": n, "activity_label": "Cooking", "ctx_a": ctx, "ctx_b": "", "ctx": ctx, "label": "0",
            "endings": [right, "The moon is a spoon of yesterday.", "purple seven of of the", "He drives to to to"]
        })
        .to_string()
            + "\n"
    };
    let text = [
        scene(0, "A man puts a pan on the stove. He turns on the heat and", "cooks an egg in the pan."),
        scene(1, "A woman washes the dishes in the sink. She then", "dries them with a towel."),
        scene(2, "A boy cuts an apple into slices. He", "puts the slices on a plate."),
        scene(3, "A girl opens the fridge. She takes out the milk and", "pours it into a glass."),
    ];
    place.write("data/hellaswag/hellaswag_val.jsonl", &text.concat());
}

fn reviews(folder: &Path) -> Vec<(PathBuf, Vec<Value>)> {
    let files = files_below(&folder.join("reviews"));
    files.into_iter().map(|file| (file.strip_prefix(folder).unwrap().to_owned(), json_lines(&file))).collect()
}

#[test]
fn the_starter_benchmark_runs_on_the_small_model() {
    let Some(model) = model() else { return };
    let place = Place::new();
    let ran = place.run(&["eval", "--model", &model, "--limit", "2"]).expect(0);
    assert!(ran.out.contains("starter"), "{}", ran.out);
    assert!(ran.err.contains("report.html"), "{}", ran.err);
    let folder = only_run(&place);
    let lines: usize = reviews(&folder).iter().map(|(_, lines)| lines.len()).sum();
    assert_eq!(lines, 12);
}

#[test]
fn a_wrong_name_for_the_chat_template_ends_the_command_before_anything_runs() {
    let Some(model) = model() else { return };
    let place = Place::new();
    let config = r#"{"extra_body": {"chat_template_kwargs": {"enable_thinkin": false}}}"#;
    let ran =
        place.run(&["eval", "--model", &model, "--limit", "2", "--generation-config", config]).expect(2);
    assert!(ran.err.contains("does not read `enable_thinkin`"), "{}", ran.err);
    assert!(!place.path("outputs").exists());
}

#[test]
fn likely_endings_are_found_by_their_log_likelihood() {
    let Some(model) = model() else { return };
    let place = Place::new();
    scenes(&place);
    let arguments = [
        "eval",
        "--model",
        &model,
        "--model-id",
        "small",
        "--datasets",
        "hellaswag@evalscope-0.5",
        "--dataset-hub",
        "local",
        "--dataset-dir",
        "data",
        "--json",
    ];
    let ran = place.run(&arguments).expect(0);
    let folder = only_run(&place);
    let scores: Vec<f64> = reviews(&folder)[0]
        .1
        .iter()
        .map(|review| review["sample_score"]["score"]["value"]["accuracy"].as_f64().unwrap())
        .collect();
    assert_eq!(scores, [1.0, 1.0, 1.0, 1.0], "{}", ran.out);
}

#[test]
fn a_run_killed_half_way_ends_with_the_scores_of_an_undisturbed_one() {
    let Some(model) = model() else { return };
    let arguments = |work_dir: &'static str| {
        vec![
            "eval".to_owned(),
            "--model".into(),
            model.clone(),
            "--limit".into(),
            "3".into(),
            "--work-dir".into(),
            work_dir.into(),
            "--no-timestamp".into(),
        ]
    };
    let place = Place::new();
    let whole = arguments("whole");
    place.run(&whole.iter().map(String::as_str).collect::<Vec<_>>()).expect(0);
    let killed = arguments("killed");
    let killed: Vec<&str> = killed.iter().map(String::as_str).collect();
    let mut child = place
        .evalscope(&killed)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    let predictions = place.path("killed/predictions");
    let journaled = || -> usize {
        if !predictions.exists() {
            return 0;
        }
        // Half a character may be there when it is read.
        let texts = files_below(&predictions).into_iter().map(|file| std::fs::read(file).unwrap());
        texts.map(|text| text.iter().filter(|byte| **byte == b'\n').count()).sum()
    };
    let end = Instant::now() + Duration::from_secs(120);
    while journaled() < 6 {
        assert!(
            Instant::now() < end && child.try_wait().unwrap().is_none(),
            "the run ended too soon or never began"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let before = journaled();
    // As a kill in the middle of a file leaves it, which not every kill does.
    place.write("killed/reviews/.writing-x1", "{");
    place.run(&killed).expect(0);
    assert!(before < 18, "the run was killed before its end");
    assert_eq!(journaled(), 18, "no call was made twice");
    assert_eq!(reviews(&place.path("whole")), reviews(&place.path("killed")));
}
