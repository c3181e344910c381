//! Models of every family give the same bits alone and among sixteen others, on one thread and two, with weights kept in
//! fewer bits too.

use super::golden::{cases, tensors, write};
use super::made_up::{Format, tokenizer_json};
use crate::{EngineOptions, Precision, open};
use evalscope_core::{GenerateRequest, Input, LoglikelihoodRequest, Sampling};
use evalscope_model_api::{CallContext, Model};
use futures::future::join_all;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// As many as the vocabulary of the cases has.
const LETTERS: usize = 48;
const REQUESTS: usize = 16;

/// A model folder of a case, with a vocabulary of single letters.
fn folder(case: &Value) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &tensors(case), Format::F32);
    std::fs::write(folder.path().join("config.json"), case["config"].to_string()).unwrap();
    let tokens: Vec<String> = ('!'..).take(LETTERS).map(String::from).collect();
    std::fs::write(folder.path().join("tokenizer.json"), tokenizer_json(&tokens, &[], &[], false)).unwrap();
    folder
}

fn opened(folder: &Path, precision: Precision, change: impl FnOnce(&mut EngineOptions)) -> Arc<dyn Model> {
    let mut options = EngineOptions::new(folder);
    options.precision = precision;
    // The context that one case has.
    options.max_context = Some(32);
    change(&mut options);
    open(options).unwrap()
}

/// Some beginnings that requests share, and some that they do not.
fn letters(index: usize, count: usize) -> String {
    let own =
        |at: usize| if at < 9 && !index.is_multiple_of(3) { 7 * at } else { 5 * at + 11 * index + at * at };
    (0..count).map(|at| char::from(b'!' + (own(at) % LETTERS) as u8)).collect()
}

fn context() -> CallContext {
    CallContext::with_timeout(Duration::from_secs(600))
}

/// The bits of all scores of a request, or the text of a reply.
async fn answer(model: &dyn Model, index: usize) -> (Vec<u64>, String) {
    let request = LoglikelihoodRequest {
        prefix: vec![letters(index, 10 + index % 5)],
        continuations: vec![letters(index + 1, 6), letters(index + 2, 3)],
        tokens: Default::default(),
    };
    let scores = model.loglikelihood(&request, &context()).await.unwrap();
    let bits = scores.iter().flat_map(|score| score.per_token.iter().map(|value| value.to_bits())).collect();
    let temperature = if index.is_multiple_of(2) { 0.0 } else { 0.9 };
    let sampling = Sampling {
        max_tokens: Some(12),
        temperature: Some(temperature),
        seed: Some(index as u64),
        ..Sampling::default()
    };
    let request = GenerateRequest::new(Input::Text(letters(index, 9 + index)), sampling);
    let reply = model.generate(&request, &context()).await.unwrap();
    (bits, reply.text().to_owned())
}

async fn check(folder: &Path, precision: Precision, what: &str) {
    let plain = opened(folder, precision, |options| {
        options.threads = Some(1);
        options.max_batch = 1;
        options.prefix_cache = false;
        options.prompt_lookup = false;
    });
    let mut alone = Vec::new();
    for index in 0..REQUESTS {
        alone.push(answer(plain.as_ref(), index).await);
    }
    let texts: std::collections::BTreeSet<&String> = alone.iter().map(|(_, text)| text).collect();
    assert!(texts.len() > REQUESTS / 2, "{what}: replies that are all the same show little");
    for threads in [1, 2] {
        let model = opened(folder, precision, |options| options.threads = Some(threads));
        for turn in ["together", "with known prefixes"] {
            let together = join_all((0..REQUESTS).map(|index| answer(model.as_ref(), index))).await;
            assert!(together == alone, "{what}, {threads} threads, {turn}");
        }
    }
}

#[tokio::test]
async fn every_family_gives_the_same_bits_in_any_company() {
    for case in cases() {
        check(folder(&case).path(), Precision::F32, case["name"].as_str().unwrap()).await;
    }
}

#[tokio::test]
async fn weights_in_fewer_bits_give_the_same_bits_in_any_company() {
    let kinds = ["llama2", "mixtral", "qwen3_moe", "gemma2", "gemma3", "glm4", "phi3", "qwen2_window"];
    for case in cases().iter().filter(|case| kinds.contains(&case["name"].as_str().unwrap())) {
        let folder = folder(case);
        for precision in [Precision::Bf16, Precision::Q8] {
            check(folder.path(), precision, &format!("{} {}", case["name"], precision.name())).await;
        }
    }
}
