//! The prompts of the made-up rows are those that EvalScope 1.14.1 made of them.

use evalscope_benchmarks::golden;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

#[derive(serde::Deserialize)]
struct Vector {
    benchmark: String,
    sha256: String,
}

/// What a golden file says that is asked of the model, without what is said of it and without what a judge is asked.
fn asked(page: &str) -> String {
    let lines = page.lines().skip_while(|line| !line.starts_with("── "));
    lines.take_while(|line| !line.starts_with("# judged")).flat_map(|line| [line, "\n"]).collect()
}

/// Checksums that `differential/golden.py` made of EvalScope's own prompts.
#[test]
fn prompts_are_those_of_evalscope() {
    let vectors: Vec<Vector> = include_str!("../vectors/prompts_evalscope_1_14.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let ours: HashMap<String, String> = golden(None).unwrap().into_iter().collect();
    let mut others = Vec::new();
    for Vector { benchmark, sha256 } in &vectors {
        let page = asked(&ours[&format!("{benchmark}.txt")]);
        let found: String = Sha256::digest(&page).iter().map(|byte| format!("{byte:02x}")).collect();
        if found != *sha256 {
            others.push(format!("{benchmark}:\n{page}"));
        }
    }
    assert!(others.is_empty(), "EvalScope 1.14.1 asks otherwise:\n{}", others.join("\n"));
    assert!(vectors.len() >= 50, "{} are compared", vectors.len());
}
