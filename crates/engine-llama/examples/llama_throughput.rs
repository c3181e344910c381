//! Prints how fast a worker makes this engine: `cargo run --release -p evalscope-engine-llama --example
//! llama_throughput -- WORKER MODEL [strict|fast [THREADS [WORKERS]]]`.
//! `evalscope bench-model` prints more, in a build with llama.cpp; this one takes any program that is a worker.
#![expect(clippy::print_stdout, reason = "the output is the purpose")]

use evalscope_core::{GenerateRequest, Input, LoglikelihoodRequest, Sampling};
use evalscope_engine_llama::protocol::Mode;
use evalscope_engine_llama::{LlamaOptions, open};
use evalscope_model_api::{CallContext, Model};
use futures::future::try_join_all;
use std::error::Error;
use std::time::{Duration, Instant};

/// Words that are one token each in most vocabularies.
const WORDS: [&str; 8] = [" the", " of", " and", " in", " to", " is", " that", " for"];
const TRIES: usize = 3;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [worker, path, rest @ ..] = words.as_slice() else { return Err("which worker, which model?".into()) };
    let mut options = LlamaOptions::new(path, worker);
    if rest.first().is_some_and(|mode| mode == "fast") {
        options.mode = Mode::Fast;
    }
    options.threads = rest.get(1).map(|threads| threads.parse()).transpose()?;
    options.workers = rest.get(2).map(|workers| workers.parse()).transpose()?;
    let (threads, workers) = options.threads_and_workers();
    let begun = Instant::now();
    let model = open(options)?;
    println!(
        "load          {:8.2} s, {threads} threads in {workers} processes",
        begun.elapsed().as_secs_f64()
    );
    prompts(model.as_ref(), workers).await?;
    for replies in [1, 8, 16] {
        written(model.as_ref(), replies).await?;
    }
    choices(model.as_ref()).await
}

/// A text of about so many tokens that begins with its number, so that no other text shares its prefix.
fn text(number: usize, tokens: usize) -> String {
    let words = (0..tokens).map(|index| WORDS[(index * 5 + index / 7) % WORDS.len()]);
    format!("{number} {} x{}", char::from(b'A' + number as u8), words.collect::<String>())
}

async fn score(model: &dyn Model, prefix: String, continuations: &[&str]) -> Result<f64, Box<dyn Error>> {
    let continuations = continuations.iter().map(|text| (*text).to_owned()).collect();
    let request = LoglikelihoodRequest { prefix: vec![prefix], continuations, tokens: Default::default() };
    let begun = Instant::now();
    model.loglikelihood(&request, &CallContext::with_timeout(Duration::from_secs(600))).await?;
    Ok(begun.elapsed().as_secs_f64())
}

async fn prompts(model: &dyn Model, workers: usize) -> Result<(), Box<dyn Error>> {
    let mut best = f64::MAX;
    for number in 0..TRIES {
        let begun = Instant::now();
        let one = |index: usize| score(model, text(number * workers + index, 508), &[" end"]);
        try_join_all((0..workers).map(one)).await?;
        best = best.min(begun.elapsed().as_secs_f64());
    }
    println!("prompts       {:8.1} tokens/s", (512 * workers) as f64 / best);
    Ok(())
}

async fn written(model: &dyn Model, replies: usize) -> Result<(), Box<dyn Error>> {
    let (all, tokens) = write(model, replies, 64).await?;
    // What comes before the first token is the prompts.
    let (first, first_tokens) = write(model, replies, 1).await?;
    let rest = (tokens - first_tokens) as f64 / (all - first);
    let all = tokens as f64 / all;
    println!("written ×{replies:<2}   {rest:8.1} tokens/s, {all:.1} with short prompts");
    Ok(())
}

/// Seconds for so many replies of so many tokens, and how many tokens they had.
async fn write(model: &dyn Model, replies: usize, most: u32) -> Result<(f64, u64), Box<dyn Error>> {
    let sampling = Sampling { max_tokens: Some(most), temperature: Some(0.0), ..Sampling::default() };
    let (mut best, mut tokens) = (f64::MAX, 0);
    for number in 0..TRIES {
        // Prompts that are new each time: they differ from their first tokens on.
        let request = |index: usize| {
            let text = text(20 + index, 30 - number);
            GenerateRequest::new(Input::Text(format!("{number} {index} {most} {text}")), sampling.clone())
        };
        let requests: Vec<GenerateRequest> = (0..replies).map(request).collect();
        let context = CallContext::with_timeout(Duration::from_secs(600));
        let begun = Instant::now();
        let done = try_join_all(requests.iter().map(|request| model.generate(request, &context))).await?;
        best = best.min(begun.elapsed().as_secs_f64());
        tokens = done.iter().filter_map(|reply| reply.usage).map(|usage| usage.output_tokens).sum();
    }
    Ok((best, tokens))
}

async fn choices(model: &dyn Model) -> Result<(), Box<dyn Error>> {
    let options = [" the first of them", " another one here", " a third way out", " nothing at all"];
    let cold = score(model, text(50, 470), &options).await?;
    let mut warm = f64::MAX;
    for word in ["house", "tree", "river", "cloud", "stone", "field"] {
        warm = warm.min(score(model, format!("{} {word}", text(50, 460)), &options).await?);
    }
    println!("four options  {cold:8.3} s after a new prefix, {warm:.3} s after a known one");
    Ok(())
}
