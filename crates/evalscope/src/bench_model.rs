//! How fast the embedded engine runs a model on this machine, and what the machine would allow.

use crate::argument::ArgumentError;
use crate::environment::{Environment, Hub};
use crate::error::Error;
use crate::local_engine::Engine;
use crate::model::{path_of, refuse_arguments};
use crate::options::ModelOptions;
use crate::runtime::runtime;
use evalscope_core::{CallFailure, GenerateRequest, Input, LoglikelihoodRequest, Sampling};
use evalscope_engine_candle::{inspect, machine_limits};
use evalscope_model_api::{CallContext, Model};
use futures::future::try_join_all;
use serde::Serialize;
use std::time::{Duration, Instant};

/// Words that are one token each in most vocabularies.
const WORDS: [&str; 8] = [" the", " of", " and", " in", " to", " is", " that", " for"];
/// Tokens of a prompt, of a reply, and of the prefix that four options share.
const PROMPT: usize = 512;
const REPLY: u32 = 64;
const PREFIX: usize = 474;
/// Sequences at once.
const TOGETHER: usize = 16;
/// Times that each is tried. The best counts: others may use the machine.
const TRIES: usize = 3;
/// No call of a benchmark takes as long.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);
/// How fast a model is.
#[derive(Debug, Clone, Serialize)]
pub struct ModelSpeed {
    /// As the user named it.
    pub model: String,
    /// Numbers in its tensors.
    pub parameters: u64,
    /// `own` or `llama`.
    pub engine: &'static str,
    /// Threads that compute.
    pub threads: usize,
    /// Processes that they are in.
    pub workers: usize,
    /// How its weights are kept: `f32`, `bf16`, `q8`; with llama.cpp the bits of one on average.
    pub precision: String,
    /// What fewer bits than 32 do to log-probabilities; absent with `f32`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision_noise: Option<String>,
    /// Seconds until it was loaded.
    pub load_s: f64,
    /// Tokens of prompts read in a second, one prompt in each process.
    pub prompt_tokens_per_s: f64,
    /// Tokens of one reply written in a second, after the first.
    pub generation_tokens_per_s: f64,
    /// The same for sixteen replies at once.
    pub generation_16_tokens_per_s: f64,
    /// Seconds for the scores of four options when their prefix is new.
    pub four_options_cold_s: f64,
    /// The same when all but the last words of the prefix were computed before.
    pub four_options_warm_s: f64,
    /// What the machine could do at most.
    pub machine: MachineSpeed,
    /// What that allows for this model, whatever computes it in 32-bit floats from weights that are kept so.
    pub limits: SpeedLimits,
}

/// What the machine could do at most, as measured with the same threads.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct MachineSpeed {
    /// Bytes of memory read in a second.
    pub read_bytes_per_s: f64,
    /// Multiplications and additions in a second.
    pub flops: f64,
}

/// What a machine allows for a model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SpeedLimits {
    /// Each token of a prompt takes two operations for each parameter.
    pub prompt_tokens_per_s: f64,
    /// Each token of one reply takes a look at every parameter.
    pub generation_tokens_per_s: f64,
    /// Sixteen replies share that look, and each takes its operations.
    pub generation_16_tokens_per_s: f64,
}

impl SpeedLimits {
    fn of(machine: MachineSpeed, parameters: f64, weight_bytes: f64) -> SpeedLimits {
        let by_operations = machine.flops / (2.0 * parameters);
        let by_reading = machine.read_bytes_per_s / (weight_bytes * parameters);
        SpeedLimits {
            prompt_tokens_per_s: by_operations,
            generation_tokens_per_s: by_reading.min(by_operations),
            generation_16_tokens_per_s: (by_reading * TOGETHER as f64).min(by_operations),
        }
    }
}

/// Measures. Takes up to a minute for a small model; `say` is told what is measured.
///
/// Must not be called from an async context.
pub fn bench_model(
    given: &ModelOptions,
    hub: Option<Hub>,
    environment: &Environment,
    say: &dyn Fn(&str),
) -> Result<ModelSpeed, Error> {
    refuse_arguments(given, &["context", "template_date"])?;
    let (name, path) = path_of(given, hub, environment)?;
    let seen = inspect(&path)?;
    let parameters = seen.parameters.unwrap_or_default();
    let threads = given.args.get("threads").and_then(serde_json::Value::as_u64);
    let threads = threads.map_or_else(all_cores, |threads| threads as usize);
    let mut engine = Engine::named(given, path, environment)?;
    let used = Used::of(&mut engine, threads, seen.bytes as f64 / parameters as f64);
    // First: what cannot be measured is refused before anything takes time.
    say("loading the model");
    let begun = Instant::now();
    let model = engine.open()?;
    let load_s = begun.elapsed().as_secs_f64();
    refuse_encoder(&name, model.as_ref())?;
    say("measuring the machine");
    let (machine, _) = machine_limits(Some(threads))?;
    let machine = MachineSpeed { read_bytes_per_s: machine.read_bytes_per_s, flops: machine.flops };
    let failed = |failure| evalscope_runner::Error::Model { model: name.clone(), failure, key: None };
    let measured = runtime()?.block_on(measure(model.as_ref(), used.workers, say)).map_err(failed)?;
    Ok(ModelSpeed {
        parameters,
        engine: used.engine,
        threads: used.threads,
        workers: used.workers,
        precision: used.precision,
        precision_noise: model.identity().remove("precision_noise"),
        load_s,
        prompt_tokens_per_s: measured.prompt,
        generation_tokens_per_s: measured.one,
        generation_16_tokens_per_s: measured.together,
        four_options_cold_s: measured.cold,
        four_options_warm_s: measured.warm,
        machine,
        limits: SpeedLimits::of(machine, parameters as f64, used.weight_bytes),
        model: name,
    })
}

fn all_cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// What is measured is text that is read and written.
fn refuse_encoder(name: &str, model: &dyn Model) -> Result<(), ArgumentError> {
    match model.capabilities().embed {
        true => {
            Err(ArgumentError::new(format!("bench-model: {name} gives vectors of texts and writes none"))
                .with_hint(Some(
                    "serve it, and put load on it: `evalscope perf --api openai_embedding`".into(),
                )))
        }
        false => Ok(()),
    }
}

/// What computes.
struct Used {
    engine: &'static str,
    threads: usize,
    workers: usize,
    precision: String,
    weight_bytes: f64,
}

impl Used {
    /// Prepares the engine to be measured. Weights of the file take so many bytes each.
    fn of(engine: &mut Engine, threads: usize, file_bytes: f64) -> Used {
        match engine {
            Engine::Own(options) => {
                // Guesses would make replies that repeat themselves look fast, and these prompts are made up.
                options.prompt_lookup = false;
                options.threads = Some(threads);
                let precision = options.precision;
                Used {
                    engine: "own",
                    threads,
                    workers: 1,
                    precision: precision.name().to_owned(),
                    weight_bytes: precision.bytes(),
                }
            }
            Engine::Llama(options) => {
                options.threads = Some(threads);
                let (threads, workers) = options.threads_and_workers();
                let precision = format!("{:.1} bits", 8.0 * file_bytes);
                Used { engine: "llama", threads, workers, precision, weight_bytes: file_bytes }
            }
        }
    }
}

struct Measured {
    prompt: f64,
    one: f64,
    together: f64,
    cold: f64,
    warm: f64,
}

async fn measure(model: &dyn Model, prompts: usize, say: &dyn Fn(&str)) -> Result<Measured, CallFailure> {
    say("measuring prompts");
    let mut best = f64::MAX;
    for number in 0..TRIES {
        let begun = Instant::now();
        let text = |index: usize| format!("{index} {}", text(number, PROMPT));
        try_join_all((0..prompts).map(|index| score(model, text(index), &[" end"]))).await?;
        best = best.min(begun.elapsed().as_secs_f64());
    }
    say("measuring replies");
    let one = replies(model, 1).await?;
    let together = replies(model, TOGETHER).await?;
    say("measuring four options");
    let options = [" the first of them", " another one here", " a third way out", " nothing at all"];
    let cold = score(model, text(24, PREFIX), &options).await?;
    let question = |word: &str| format!("{} {word}", text(24, PREFIX - 10));
    let mut warm = f64::MAX;
    for word in ["house", "tree", "river", "cloud"] {
        warm = warm.min(score(model, question(word), &options).await?);
    }
    Ok(Measured { prompt: (prompts * PROMPT) as f64 / best, one, together, cold, warm })
}

/// A text of about so many tokens that begins with its number, so that no other text shares its prefix.
fn text(number: usize, tokens: usize) -> String {
    let words = (0..tokens).map(|index| WORDS[(index * 5 + index / 7) % WORDS.len()]);
    format!("{} x{}", char::from(b'A' + number as u8), words.collect::<String>())
}

async fn score(model: &dyn Model, prefix: String, continuations: &[&str]) -> Result<f64, CallFailure> {
    let continuations = continuations.iter().map(|text| (*text).to_owned()).collect();
    let request = LoglikelihoodRequest { prefix: vec![prefix], continuations, tokens: Default::default() };
    let begun = Instant::now();
    model.loglikelihood(&request, &CallContext::with_timeout(PATIENCE)).await?;
    Ok(begun.elapsed().as_secs_f64())
}

/// Tokens in a second of so many replies at once, their prompts and first tokens left out.
async fn replies(model: &dyn Model, count: usize) -> Result<f64, CallFailure> {
    let (whole, tokens) = write(model, count, REPLY).await?;
    let (first, first_tokens) = write(model, count, 1).await?;
    Ok(tokens.saturating_sub(first_tokens) as f64 / (whole - first).max(f64::EPSILON))
}

/// Seconds until so many replies of so many tokens at most are written, and the tokens that they have.
async fn write(model: &dyn Model, count: usize, most: u32) -> Result<(f64, u64), CallFailure> {
    let sampling = Sampling { max_tokens: Some(most), temperature: Some(0.0), ..Sampling::default() };
    let context = CallContext::with_timeout(PATIENCE);
    let (mut best, mut tokens) = (f64::MAX, 0);
    for number in 0..TRIES {
        // Prompts that are new each time: they differ from their first tokens on.
        let request = |index: usize| {
            let prompt = format!("{number} {most} {}", text(6 + index, 30));
            GenerateRequest::new(Input::Text(prompt), sampling.clone())
        };
        let requests: Vec<GenerateRequest> = (0..count).map(request).collect();
        let begun = Instant::now();
        let done = try_join_all(requests.iter().map(|request| model.generate(request, &context))).await?;
        best = best.min(begun.elapsed().as_secs_f64());
        tokens = done.iter().filter_map(|reply| reply.usage).map(|usage| usage.output_tokens).sum();
    }
    Ok((best, tokens))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_those_of_arithmetic_and_of_memory() {
        let machine = MachineSpeed { read_bytes_per_s: 8e9, flops: 100e9 };
        let limits = SpeedLimits::of(machine, 1e8, 4.0);
        assert_eq!(limits.prompt_tokens_per_s, 500.0);
        assert_eq!(limits.generation_tokens_per_s, 20.0);
        assert_eq!(limits.generation_16_tokens_per_s, 320.0);
        let starved = MachineSpeed { flops: 1e9, ..machine };
        assert_eq!(SpeedLimits::of(starved, 1e8, 4.0).generation_16_tokens_per_s, 5.0);
    }

    #[test]
    fn what_cannot_be_measured_is_refused_before_the_machine_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = crate::local_engine::unknown_file(folder.path());
        let given = ModelOptions { model: Some(path.display().to_string()), ..ModelOptions::default() };
        let said = std::cell::RefCell::new(Vec::new());
        let say = |text: &str| said.borrow_mut().push(text.to_owned());
        assert!(bench_model(&given, Some(Hub::Local), &Environment::nowhere(), &say).is_err());
        assert!(!said.borrow().contains(&"measuring the machine".to_owned()), "{said:?}");
    }
}
