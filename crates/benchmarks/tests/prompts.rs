//! The prompts of the made-up rows are those that the programs made of them which our protocols are named after.
#![expect(clippy::unwrap_used, reason = "a test ends where its set-up fails")]

use evalscope_benchmarks::{DatasetArgs, Library, golden_page};
use serde_json::json;
use sha2::{Digest, Sha256};

/// What `differential/golden.py` wrote of a program's own prompt.
#[derive(serde::Deserialize)]
struct Vector {
    benchmark: String,
    /// Which lines above the prompt are compared.
    #[serde(default)]
    heading: Vec<String>,
    /// So many examples are shown, where there are none by default.
    shots: Option<u64>,
    sha256: String,
    /// What is asked of the reply, where that is compared as data.
    sampling: Option<serde_json::Value>,
}

/// What a golden file says that is asked of the model, below the lines of `heading`.
///
/// Prefixes that follow each other are one text: where we cut it is no part of what is asked.
fn asked(page: &str, heading: &[String]) -> String {
    let mut text = String::new();
    for name in heading {
        let start = format!("# {name}: ");
        let (_, line) = page.split_once(&start).unwrap();
        let (said, _) = line.split_once(if name == "targets" { "; metrics: " } else { "\n" }).unwrap();
        text += &format!("{start}{said}\n");
    }
    let mut title = "";
    for line in page.lines().skip_while(|line| !line.starts_with("── ")) {
        if line == title && line == "── prefix" {
            text.pop();
            continue;
        }
        if line.starts_with("── ") {
            title = line;
        }
        text += line;
        text.push('\n');
    }
    text
}

/// What a golden file says that is asked of the reply.
fn said_of_replies(page: &str) -> serde_json::Value {
    let line = page.lines().find_map(|line| line.strip_prefix("# sampling: ")).unwrap();
    serde_json::from_str(line).unwrap()
}

/// Compares our golden prompts with the checksums of a program's own, of which there are so many at least.
#[track_caller]
fn compare(program: &str, vectors: &str, least: usize) {
    let vectors: Vec<Vector> = vectors.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let library = Library::builtin().unwrap();
    let mut others = Vec::new();
    for Vector { benchmark, heading, shots, sha256, sampling } in &vectors {
        let arguments = shots.map_or(json!({}), |count| json!({ "few_shot_num": count }));
        let protocol = library.resolve(benchmark, &DatasetArgs::from_json(&arguments).unwrap()).unwrap();
        let whole = golden_page(&protocol).unwrap();
        let page = asked(&whole, heading);
        let found: String = Sha256::digest(&page).iter().map(|byte| format!("{byte:02x}")).collect();
        if found != *sha256 || sampling.as_ref().is_some_and(|known| *known != said_of_replies(&whole)) {
            others.push(format!("{benchmark}, {} more examples:\n{page}", shots.unwrap_or(0)));
        }
    }
    assert!(others.is_empty(), "{program} asks otherwise:\n{}", others.join("\n"));
    assert!(vectors.len() >= least, "{} of {program} are compared", vectors.len());
}

#[test]
fn prompts_are_those_of_evalscope() {
    compare("EvalScope 1.14.1", include_str!("../vectors/prompts_evalscope_1_14.jsonl"), 62);
}

#[test]
fn prompts_are_those_of_the_older_evalscope() {
    compare("EvalScope 0.5.2", include_str!("../vectors/prompts_evalscope_0_5.jsonl"), 16);
}

#[test]
fn prompts_are_those_of_lm_eval() {
    compare("lm-eval 0.4.13", include_str!("../vectors/prompts_lm_eval_0_4.jsonl"), 38);
}

/// Checksums that `differential/opencompass_prompts.py` made of what OpenCompass sends.
#[test]
fn prompts_are_those_of_opencompass() {
    compare("OpenCompass", include_str!("../vectors/prompts_opencompass_0_2.jsonl"), 48);
}
