//! Breaks model files at random and opens them, for as long as it is told: `cargo run --release --example hostile -- MINUTES
//! [SEED] [FOLDER]`. FOLDER is a small model folder whose files are broken too. A panic or a crash is a fault, and the seed
//! makes it again; what opens is asked for two tokens, or for the vector of a text.
#![expect(clippy::print_stdout, reason = "the output is the purpose")]
#![expect(clippy::unwrap_used, reason = "it ends where its set-up fails")]

#[path = "../tests/engine/breaking.rs"]
mod breaking;
#[path = "../tests/engine/tiny.rs"]
mod tiny;

use breaking::{Random, break_bytes};
use evalscope_core::{CallFailure, FailureKind, GenerateRequest, Input, Sampling};
use evalscope_engine_candle::{EngineOptions, open};
use evalscope_model_api::CallContext;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tiny::Tiny;

/// Opens what lies there and asks it; whether it opened.
fn survives(path: &Path, runtime: &tokio::runtime::Runtime) -> bool {
    let options = EngineOptions { threads: Some(1), ..EngineOptions::new(path) };
    let Ok(model) = open(options) else { return false };
    let sampling = Sampling { max_tokens: Some(2), temperature: Some(0.0), ..Sampling::default() };
    let request = GenerateRequest::new(Input::Text("the end".into()), sampling);
    let context = CallContext::with_timeout(Duration::from_secs(60));
    if model.capabilities().embed {
        check(runtime.block_on(model.embed(&["the end".to_owned()], &context)).err());
        return true;
    }
    check(runtime.block_on(model.generate(&request, &context)).err());
    true
}

/// Broken weights may give no answer; that they give an error is enough, unless it is that a thread has ended.
fn check(failure: Option<CallFailure>) {
    let died = failure.filter(|failure| failure.kind == FailureKind::EngineDied);
    assert!(died.is_none(), "{died:?}");
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize| arguments.get(place).and_then(|text| text.parse::<f64>().ok());
    let end = Instant::now() + Duration::from_secs_f64(60.0 * number(0).unwrap_or(1.0));
    let seed = number(1).unwrap_or(1.0) as u64;
    let folder = arguments.get(2).map(PathBuf::from);
    std::panic::set_hook(Box::new(move |panic| {
        // Those of the crate that reads tokenizer.json are caught where it is called, and errors from there on; those that
        // are not are seen below.
        if panic.location().is_some_and(|place| place.file().contains("/tokenizers-")) {
            return;
        }
        println!("seed {seed}: {panic}");
        // In whatever thread it was.
        std::process::abort();
    }));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let place = tempfile::tempdir().unwrap();
    let plain = [Tiny::default(), Tiny { sentencepiece: true, tied: false, ..Tiny::default() }]
        .map(|tiny| std::fs::read(tiny.write(place.path())).unwrap());
    let (mut tried, mut opened) = (0u64, 0u64);
    while Instant::now() < end {
        let mut random = Random(seed.wrapping_mul(1_000_003).wrapping_add(tried));
        let path = match &folder {
            Some(folder) if random.below(2) == 0 => broken_folder(folder, place.path(), &mut random),
            _ => {
                let mut bytes = plain[random.below(plain.len())].clone();
                break_bytes(&mut bytes, &mut random);
                let path = place.path().join("broken.gguf");
                std::fs::write(&path, bytes).unwrap();
                path
            }
        };
        tried += 1;
        let survived = std::panic::catch_unwind(AssertUnwindSafe(|| survives(&path, &runtime)));
        opened += u64::from(survived.unwrap_or_else(|panic| {
            let said = panic.downcast_ref::<String>().map(String::as_str);
            println!("seed {seed}: a panic that nobody caught: {}", said.unwrap_or_default());
            std::process::abort()
        }));
    }
    println!("{tried} broken models with seed {seed}: {opened} opened and were asked, the others are errors");
}

/// A copy of the folder with one file broken.
fn broken_folder(folder: &Path, place: &Path, random: &mut Random) -> PathBuf {
    let copy = place.join("folder");
    std::fs::create_dir_all(&copy).unwrap();
    let files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let chosen = random.below(files.len());
    for (index, file) in files.iter().enumerate() {
        let mut bytes = std::fs::read(file).unwrap();
        if index == chosen {
            break_bytes(&mut bytes, random);
        }
        std::fs::write(copy.join(file.file_name().unwrap()), bytes).unwrap();
    }
    copy
}
