//! The prompts of the made-up rows are those that the programs of their protocols made of them.
#![expect(clippy::unwrap_used, reason = "a test ends where its set-up fails")]

use evalscope_benchmarks::golden;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// The checksum of a program's prompt, and what it asks of the reply where that is known.
#[derive(serde::Deserialize)]
struct Vector {
    benchmark: String,
    sha256: String,
    sampling: Option<serde_json::Value>,
}

/// What a golden file says that is asked of the model, without what is said of it and without what a judge is asked.
fn asked(page: &str) -> String {
    let lines = page.lines().skip_while(|line| !line.starts_with("── "));
    lines.take_while(|line| !line.starts_with("# judged")).flat_map(|line| [line, "\n"]).collect()
}

/// What a golden file says that is asked of the reply.
fn sampling(page: &str) -> serde_json::Value {
    let line = page.lines().find_map(|line| line.strip_prefix("# sampling: ")).unwrap();
    serde_json::from_str(line).unwrap()
}

/// Checksums that `differential/golden.py` made of EvalScope's own prompts.
#[test]
fn prompts_are_those_of_evalscope() {
    same_prompts("EvalScope 1.14.1", include_str!("../vectors/prompts_evalscope_1_14.jsonl"), 50);
}

/// Checksums that `differential/opencompass_prompts.py` made of what OpenCompass sends.
#[test]
fn prompts_are_those_of_opencompass() {
    same_prompts("OpenCompass", include_str!("../vectors/prompts_opencompass_0_2.jsonl"), 48);
}

fn same_prompts(program: &str, vectors: &str, least: usize) {
    let vectors: Vec<Vector> = vectors.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ours: HashMap<String, String> = golden(None).unwrap().into_iter().collect();
    let mut others = Vec::new();
    for vector in &vectors {
        let page = &ours[&format!("{}.txt", vector.benchmark)];
        let found: String = Sha256::digest(asked(page)).iter().map(|byte| format!("{byte:02x}")).collect();
        if found != vector.sha256 || vector.sampling.as_ref().is_some_and(|known| *known != sampling(page)) {
            others.push(page.as_str());
        }
    }
    assert!(others.is_empty(), "{program} asks otherwise:\n{}", others.join("\n"));
    assert!(vectors.len() >= least, "{} are compared", vectors.len());
}
