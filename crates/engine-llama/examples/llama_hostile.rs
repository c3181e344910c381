//! Breaks model files at random and opens them with llama.cpp, for as long as it is told:
//! `cargo run --release -p evalscope-engine-llama --example llama_hostile -- WORKER MINUTES [SEED]`, where WORKER is an `evalscope` built with llama.cpp.
//! A panic here, or a file that takes longer than three minutes, is a fault, and the seed makes it again. What opens is asked
//! for two tokens and a score.
#![expect(clippy::print_stdout, reason = "the output is the purpose")]
#![expect(clippy::unwrap_used, reason = "it ends where its set-up fails")]

#[path = "../../engine-candle/tests/engine/breaking.rs"]
mod breaking;
#[path = "../../engine-candle/tests/engine/tiny.rs"]
mod tiny;

use breaking::{Random, break_bytes};
use evalscope_core::{CallFailure, GenerateRequest, Input, LoglikelihoodRequest, Sampling};
use evalscope_engine_llama::{LlamaOptions, open};
use evalscope_model_api::CallContext;
use rustix::process::{Pid, Signal, kill_process_group};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tiny::Tiny;

/// Nothing takes as long, also on a busy machine.
const ENDLESS: Duration = Duration::from_secs(180);

/// What became of the files.
#[derive(Default)]
struct Counts {
    refused: u64,
    /// Of these, those in which llama.cpp fell.
    refused_by_a_fall: u64,
    answered: u64,
    failed: u64,
    restarted: u64,
}

fn is_fall(message: &str) -> bool {
    message.contains("ended by signal") || message.contains("ended with exit code")
}

/// Opens what lies there and asks it.
fn try_file(path: &Path, worker: &str, runtime: &tokio::runtime::Runtime, counts: &mut Counts) {
    let mut options = LlamaOptions::new(path, worker);
    options.workers = Some(1);
    options.threads = Some(1);
    let model = match open(options) {
        Ok(model) => model,
        Err(error) => {
            counts.refused += 1;
            counts.refused_by_a_fall += u64::from(is_fall(&error.to_string()));
            return;
        }
    };
    let context = CallContext::with_timeout(ENDLESS);
    let sampling = Sampling { max_tokens: Some(2), temperature: Some(0.0), ..Sampling::default() };
    let request = GenerateRequest::new(Input::Text("the end".into()), sampling);
    let asked = LoglikelihoodRequest {
        prefix: vec!["the".into()],
        continuations: vec![" end".into(), " other".into()],
        tokens: Default::default(),
    };
    let written = runtime.block_on(model.generate(&request, &context)).map(|_| ());
    let scored = runtime.block_on(model.loglikelihood(&asked, &context)).map(|_| ());
    let failures: Vec<CallFailure> = [written, scored].into_iter().filter_map(Result::err).collect();
    match failures.is_empty() {
        true => counts.answered += 1,
        false => counts.failed += 1,
    }
    counts.restarted +=
        failures.iter().filter(|failure| failure.message.contains("it was started anew")).count() as u64;
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize| arguments.get(place).and_then(|text| text.parse::<f64>().ok());
    let worker = arguments.first().unwrap();
    let end = Instant::now() + Duration::from_secs_f64(60.0 * number(1).unwrap_or(1.0));
    let seed = number(2).unwrap_or(1.0) as u64;
    std::panic::set_hook(Box::new(move |panic| {
        println!("seed {seed}: {panic}");
        // In whatever thread it was.
        std::process::abort();
    }));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let place = tempfile::tempdir().unwrap();
    let family = |architecture, experts| Tiny { architecture, experts, ..Tiny::default() };
    let plain = [
        Tiny::default(),
        Tiny { sentencepiece: true, tied: false, ..Tiny::default() },
        family("qwen2", 0),
        family("qwen3moe", 4),
        family("phi3", 0),
    ]
    .map(|tiny| std::fs::read(tiny.write(place.path())).unwrap());
    let tried: &'static AtomicU64 = Box::leak(Box::default());
    std::thread::spawn(move || watch(seed, tried));
    let (mut counts, mut slowest) = (Counts::default(), Duration::ZERO);
    while Instant::now() < end {
        let number = tried.load(Ordering::Relaxed);
        let mut random = Random(seed.wrapping_mul(1_000_003).wrapping_add(number));
        let mut bytes = plain[random.below(plain.len())].clone();
        break_bytes(&mut bytes, &mut random);
        let path = place.path().join("broken.gguf");
        std::fs::write(&path, bytes).unwrap();
        let begun = Instant::now();
        try_file(&path, worker, &runtime, &mut counts);
        slowest = slowest.max(begun.elapsed());
        tried.fetch_add(1, Ordering::Relaxed);
    }
    let Counts { refused, refused_by_a_fall, answered, failed, restarted } = counts;
    println!(
        "{} broken models with seed {seed}: {refused} refused ({refused_by_a_fall} of them because llama.cpp fell), {answered} \
         opened and answered, {failed} opened and failed a request, {restarted} workers started anew; the slowest took {:.1} s",
        tried.load(Ordering::Relaxed),
        slowest.as_secs_f64()
    );
}

/// Ends the workers, as Linux knows them: one that hangs does not see that nobody listens any more.
fn end_workers() {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    for thread in threads {
        let children = std::fs::read_to_string(thread.path().join("children")).unwrap_or_default();
        let numbers = children.split_whitespace().filter_map(|number| number.parse().ok());
        for worker in numbers.filter_map(Pid::from_raw) {
            println!("worker {worker} is ended: {:?}", kill_process_group(worker, Signal::KILL));
        }
    }
}

/// Ends everything when one file takes too long.
fn watch(seed: u64, tried: &AtomicU64) {
    let (mut last, mut since) = (u64::MAX, Instant::now());
    loop {
        let now = tried.load(Ordering::Relaxed);
        if now != last {
            (last, since) = (now, Instant::now());
        }
        if since.elapsed() > ENDLESS {
            println!("seed {seed}: file {now} takes longer than {} s", ENDLESS.as_secs());
            end_workers();
            std::process::abort();
        }
        std::thread::sleep(Duration::from_secs(1));
    }
}
