//! Prints how fast the engine is on this machine: `cargo run --release --example throughput -- MODEL [THREADS]`.
#![expect(clippy::print_stdout, reason = "the output is the purpose")]

use evalscope_core::{GenerateRequest, Input, LoglikelihoodRequest, Sampling};
use evalscope_engine_candle::{EngineOptions, open};
use evalscope_model_api::{CallContext, Model};
use futures::future::try_join_all;
use std::error::Error;
use std::time::{Duration, Instant};

/// Words that are one token each in most vocabularies.
const WORDS: [&str; 8] = [" the", " of", " and", " in", " to", " is", " that", " for"];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(path) = arguments.first() else { return Err("which model file?".into()) };
    let mut options = EngineOptions::new(path);
    options.threads = arguments.get(1).map(|threads| threads.parse()).transpose()?;
    let mut plain = options.clone();
    plain.prompt_lookup = false;
    let begun = Instant::now();
    let model = open(options.clone())?;
    println!("load              {:8.2} s", begun.elapsed().as_secs_f64());
    prefill(model.as_ref()).await?;
    for replies in [1, 2, 4, 8, 16] {
        generate(model.as_ref(), replies).await?;
    }
    choices(model.as_ref()).await?;
    drop(model);
    for (name, options) in [("plain", plain), ("guessed", options)] {
        long_replies(name, open(options)?.as_ref()).await?;
    }
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
        println!("peak memory       {}", line.trim_start_matches("VmHWM:").trim());
    }
    Ok(())
}

/// A text of about so many tokens that begins with its number, so that no other text shares its prefix.
fn text(number: usize, tokens: usize) -> String {
    let words = (0..tokens).map(|index| WORDS[(index * 5 + index / 7) % WORDS.len()]);
    format!("{} x{}", char::from(b'A' + number as u8), words.collect::<String>())
}

async fn score(model: &dyn Model, prefix: String, continuations: &[&str]) -> Result<f64, Box<dyn Error>> {
    let request = LoglikelihoodRequest {
        prefix: vec![prefix],
        continuations: continuations.iter().map(|text| (*text).to_owned()).collect(),
        tokens: Default::default(),
    };
    let begun = Instant::now();
    model.loglikelihood(&request, &CallContext::with_timeout(Duration::from_secs(600))).await?;
    Ok(begun.elapsed().as_secs_f64())
}

async fn prefill(model: &dyn Model) -> Result<(), Box<dyn Error>> {
    let mut best = f64::MAX;
    for number in 0..5 {
        best = best.min(score(model, text(number, 510), &[" end"]).await?);
    }
    println!("prefill 512       {:8.1} tokens/s", 512.0 / best);
    Ok(())
}

async fn generate(model: &dyn Model, replies: usize) -> Result<(), Box<dyn Error>> {
    const TOKENS: u32 = 64;
    let sampling = Sampling { max_tokens: Some(TOKENS), temperature: Some(0.0), ..Sampling::default() };
    let mut best = 0f64;
    for _ in 0..3 {
        let request = |index: usize| GenerateRequest::new(Input::Text(text(6 + index, 30)), sampling.clone());
        let requests: Vec<GenerateRequest> = (0..replies).map(request).collect();
        let context = CallContext::with_timeout(Duration::from_secs(600));
        let begun = Instant::now();
        let done = try_join_all(requests.iter().map(|request| model.generate(request, &context))).await?;
        let tokens: u64 = done.iter().filter_map(|reply| reply.usage).map(|usage| usage.output_tokens).sum();
        best = best.max(tokens as f64 / begun.elapsed().as_secs_f64());
    }
    println!("generate ×{replies:<2}      {best:8.1} tokens/s, short prompts included");
    Ok(())
}

/// 16 replies of 400 tokens to prompts of 1,000: how fast when attention counts, without and with guesses.
async fn long_replies(name: &str, model: &dyn Model) -> Result<(), Box<dyn Error>> {
    let sampling = Sampling { max_tokens: Some(400), temperature: Some(0.0), ..Sampling::default() };
    let request = |index: usize| GenerateRequest::new(Input::Text(text(6 + index, 1000)), sampling.clone());
    let requests: Vec<GenerateRequest> = (0..16).map(request).collect();
    let context = CallContext::with_timeout(Duration::from_secs(600));
    let begun = Instant::now();
    let done = try_join_all(requests.iter().map(|request| model.generate(request, &context))).await?;
    let tokens: u64 = done.iter().filter_map(|reply| reply.usage).map(|usage| usage.output_tokens).sum();
    let rate = tokens as f64 / begun.elapsed().as_secs_f64();
    println!("long replies ×16  {rate:8.1} tokens/s, prompts of 1,000 tokens included, {name}");
    Ok(())
}

async fn choices(model: &dyn Model) -> Result<(), Box<dyn Error>> {
    let options = [" the first of them", " another one here", " a third way out", " nothing at all"];
    let cold = score(model, text(24, 472), &options).await?;
    let question = |word: &str| format!("{} {word}", text(24, 462));
    let mut warm = f64::MAX;
    for word in ["house", "tree", "river", "cloud"] {
        warm = warm.min(score(model, question(word), &options).await?);
    }
    println!("4 choices after 474 tokens: cold {cold:.3} s, prefix known {warm:.3} s");
    Ok(())
}
