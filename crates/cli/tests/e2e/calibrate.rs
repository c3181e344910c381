//! Judges compared with people: asked about labels of pairs and of single answers, and with GPT-4's recorded reviews.

use crate::support::{Place, json_lines};
use evalscope_testserver::Server;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::PathBuf;

fn calibrate(place: &Place, server: &Server, more: &[&str]) -> Value {
    let judge = json!({"model": "judge", "api_url": server.url()}).to_string();
    let fixed =
        ["judge", "calibrate", "--labels", "labels.jsonl", "--judge", &judge, "--out", "out", "--json"];
    serde_json::from_str(&place.run(&[fixed.as_slice(), more].concat()).expect(0).out).unwrap()
}

/// Both answers of a prompt for pairs, as they stand between their marks.
fn answers(prompt: &str) -> [&str; 2] {
    let part = |name: &str| {
        let (begin, end) = (
            format!("[Begin of the answer of assistant {name}]"),
            format!("[End of the answer of assistant {name}]"),
        );
        let rest = prompt.split(&begin).nth(1).unwrap_or_default();
        rest.split(&end).next().unwrap_or_default()
    };
    [part("A"), part("B")]
}

/// A judge to whom more is better.
fn longer(prompt: &str) -> String {
    let [a, b] = answers(prompt).map(|text| text.split_whitespace().count());
    match a.cmp(&b) {
        std::cmp::Ordering::Greater => "[[A]]".into(),
        std::cmp::Ordering::Less => "[[B]]".into(),
        std::cmp::Ordering::Equal => "[[C]]".into(),
    }
}

#[test]
fn a_judge_is_asked_about_labelled_pairs_in_both_orders() {
    let server = Server::start(longer);
    let place = Place::new();
    // On even questions people like the long answer, on odd ones the short one; the judge wrote all long ones.
    let row = |n: u32| {
        let label = if n.is_multiple_of(2) { "B" } else { "A" };
        json!({"question": format!("Question {n}?"), "answers": ["short", format!("a much longer answer to {n}")],
            "models": ["other", "judge"], "label": label})
        .to_string()
            + "\n"
    };
    place.write("labels.jsonl", &(0..10).map(row).collect::<String>());
    let found = calibrate(&place, &server, &[]);
    assert_eq!((server.calls(), &found["pairs"], &found["agreement"]), (20, &json!(10), &json!(0.5)));
    assert_eq!((&found["kappa"], &found["judge"]["swap_consistency"]), (&json!(0.0), &json!(1.0)));
    assert_eq!((&found["judge"]["longer_wins"], &found["labels"]["longer_wins"]), (&json!(1.0), &json!(0.5)));
    assert_eq!((&found["judge"]["own_wins"], &found["labels"]["own_wins"]), (&json!(1.0), &json!(0.5)));
    // Again, nobody is asked; the file of verdicts says the same.
    calibrate(&place, &server, &[]);
    assert_eq!(server.calls(), 20);
    let ran = place.run(&["judge", "calibrate", "out/judged.jsonl", "--labels", "labels.jsonl"]).expect(0);
    assert!(ran.out.contains("10 pairs: agreement 50.0 %, kappa 0.000"), "{}", ran.out);
    assert!(ran.out.contains("longer answer wins 50 %, the judge's own answers win 50 %"), "{}", ran.out);
}

#[test]
fn a_judge_is_asked_about_labelled_answers() {
    let server =
        Server::start(|prompt| if prompt.contains("splendid") { "[[9]]" } else { "[[3]]" }.to_owned());
    let place = Place::new();
    let row = |(n, (answer, label)): (u32, (&str, &str))| {
        json!({"question": format!("Question {n}?"), "answer": answer, "label": label}).to_string() + "\n"
    };
    let rows = [("splendid", "right"), ("splendid", "right"), ("poor", "wrong"), ("splendid", "wrong")];
    place.write("labels.jsonl", &(0..).zip(rows).map(row).collect::<String>());
    let found = calibrate(&place, &server, &[]);
    assert_eq!((server.calls(), &found["answers"], &found["agreement"]), (4, &json!(4), &json!(0.75)));
    assert_eq!((&found["kappa"], &found["right_from"]), (&json!(0.5), &json!(5.5)));
    place.write("torn.jsonl", "{\"question\": \"?\", \"answers\": [\"one\"], \"label\": \"A\"}\n");
    place
        .run(&["judge", "calibrate", "out/judged.jsonl", "--labels", "torn.jsonl"])
        .clear_error(2, &["torn.jsonl: label 1", "`answers` are missing"]);
    place.run(&["judge", "calibrate", "--labels", "labels.jsonl"]).clear_error(2, &["required", "<FILE>"]);
}

#[test]
fn the_recorded_reviews_of_gpt_4_are_labels() {
    let folder =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/replays/vicuna80_gpt4_pairwise");
    if !folder.is_dir() {
        return;
    }
    let questions: HashMap<u64, String> = json_lines(&folder.join("question.jsonl"))
        .iter()
        .map(|row| (row["question_id"].as_u64().unwrap(), row["text"].as_str().unwrap().to_owned()))
        .collect();
    let answers = |model: &str| -> HashMap<String, String> {
        let rows = json_lines(&folder.join(format!("answer/answer_{model}.jsonl")));
        let text = |row: &Value, field: &str| row[field].as_str().unwrap().to_owned();
        rows.iter().map(|row| (text(row, "answer_id"), text(row, "text"))).collect()
    };
    let second = answers("vicuna-13b");
    let mut labels = String::new();
    for model in ["alpaca-13b", "bard", "gpt35"] {
        let first = answers(model);
        for row in json_lines(&folder.join(format!("review/review_{model}_vicuna-13b.jsonl"))) {
            let (a, b) = (row["answer1_id"].as_str().unwrap(), row["answer2_id"].as_str().unwrap());
            let question = &questions[&row["question_id"].as_u64().unwrap()];
            let label = json!({"question": question, "answers": [first[a], second[b]], "models": [model, "vicuna-13b"],
                "label": row["score"]});
            labels += &(label.to_string() + "\n");
        }
    }
    let server = Server::start(longer);
    let place = Place::new();
    place.write("labels.jsonl", &labels);
    let found = calibrate(&place, &server, &["--own", "vicuna-13b"]);
    assert_eq!((server.calls(), &found["pairs"]), (480, &json!(240)));
    let share = |side: &str, name: &str| found[side][name].as_f64().unwrap();
    // A judge that counts words is found out: GPT-4 likes length, but not as much.
    assert!(share("judge", "longer_wins") == 1.0 && share("labels", "longer_wins") < 0.9, "{found}");
    assert!(share("judge", "own_wins") > share("labels", "own_wins"), "{found}");
    let kappa = found["kappa"].as_f64().unwrap();
    assert!(kappa > 0.1 && kappa < 0.6, "{found}");
}
