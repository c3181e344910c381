//! Recorded judgements, where they are there: read strictly, and compared with what was read when they were made.
#![expect(clippy::unwrap_used, reason = "a test ends where its set-up fails")]

use evalscope_judge::parse::{Format, Verdict, parse};
use serde_json::Value;
use std::path::PathBuf;

fn lines(path: &str) -> Option<Vec<Value>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/replays");
    let text = std::fs::read_to_string(root.join(path)).ok()?;
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn mt_bench_gives_its_published_means() {
    let Some(rows) = lines("mt_bench_llama3-8b/model_judgment/gpt-4_single.jsonl") else { return };
    let scores = |turn: u64| -> Vec<Option<f64>> {
        let of_turn = rows.iter().filter(|row| row["turn"] == turn);
        of_turn
            .map(|row| match parse(Format::Rating, row["judgment"].as_str().unwrap()) {
                Ok(Verdict::Score(score)) => Some(score),
                _ => None,
            })
            .collect()
    };
    // FastChat's −1 for what cannot be read is part of the published mean; what could be read has 8.384.
    let published = |scores: &[Option<f64>]| {
        scores.iter().map(|score| score.unwrap_or(-1.0)).sum::<f64>() / scores.len() as f64
    };
    let (first, second) = (scores(1), scores(2));
    assert_eq!((first.len(), second.len()), (90, 80));
    assert_eq!(first.iter().filter(|score| score.is_none()).count(), 4);
    assert!((published(&first) - 7.967).abs() < 5e-4 && (published(&second) - 7.2625).abs() < 1e-9);
    let read: Vec<f64> = first.into_iter().flatten().collect();
    assert!((read.iter().sum::<f64>() / read.len() as f64 - 8.3837).abs() < 5e-5);
    for row in &rows {
        let score = match parse(Format::Rating, row["judgment"].as_str().unwrap()) {
            Ok(Verdict::Score(score)) => score,
            _ => -1.0,
        };
        assert_eq!(score, row["score"].as_f64().unwrap(), "{}", row["question_id"]);
    }
}

#[test]
fn pair_reviews_of_vicuna_are_read_as_they_were() {
    let mut unread = Vec::new();
    let mut equal = 0;
    for other in ["alpaca-13b", "bard", "gpt35"] {
        let path = format!("vicuna80_gpt4_pairwise/review/review_{other}_vicuna-13b.jsonl");
        let Some(rows) = lines(&path) else { return };
        for row in rows {
            match parse(Format::RatingPair, row["text"].as_str().unwrap()) {
                Ok(Verdict::Scores(a, b)) => {
                    assert_eq!(row["score"], serde_json::json!([a, b]), "{}", row["question_id"]);
                    equal += 1;
                }
                _ => unread.push(row["question_id"].as_u64().unwrap()),
            }
        }
    }
    // The three mathematical questions, whose reviews begin with a solution and were read by hand.
    unread.sort_unstable();
    assert_eq!((equal, unread.as_slice()), (231, [68, 68, 68, 69, 69, 69, 70, 70, 70].as_slice()));
}
