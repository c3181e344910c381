//! `evalscope bench-model`: how fast the embedded engine is here.

use crate::arguments::BenchModelArguments;
use crate::commands::fetched::with_fetched;
use crate::commands::one_model::options;
use crate::commands::precision::with_precision;
use crate::environment;
use crate::output::{self, Failure, printable};
use evalscope::ModelSpeed;
use std::process::ExitCode;

/// Measures and prints.
pub fn run(BenchModelArguments { model, precision }: &BenchModelArguments) -> Result<ExitCode, Failure> {
    let (mut options, hub) = options(model, None)?;
    with_precision(&mut options, precision.as_deref())?;
    let say = |text: &str| output::note(text);
    let environment = environment::read(model.offline);
    let speed = with_fetched(&options, hub, &environment, |environment| {
        evalscope::bench_model(&options, hub, environment, &say)
    })?;
    if model.json {
        output::json(&speed);
    } else {
        output::result(&printable(&text(&speed)));
    }
    Ok(ExitCode::SUCCESS)
}

fn computing(speed: &ModelSpeed) -> String {
    match speed.engine {
        "llama" => format!("llama.cpp with {} threads in {} processes", speed.threads, speed.workers),
        _ => format!("{} threads", speed.threads),
    }
}

fn text(speed: &ModelSpeed) -> String {
    let rate = |name: &str, rate: f64, limit: f64| {
        let share = 100.0 * rate / limit;
        format!("{name:<13}{rate:>8.1} tok/s, {share:.0} % of {limit:.0} that the machine allows")
    };
    let (limits, machine) = (&speed.limits, &speed.machine);
    let noise =
        speed.precision_noise.as_ref().map(|noise| format!("{:<13}differs from f32 by {noise}", "precision"));
    [
        format!(
            "{:<13}{}, {} parameters in {}, {}, loaded in {:.1} s",
            "model",
            speed.model,
            output::thousands(speed.parameters),
            speed.precision,
            computing(speed),
            speed.load_s
        ),
        rate("prompt", speed.prompt_tokens_per_s, limits.prompt_tokens_per_s),
        rate("generation", speed.generation_tokens_per_s, limits.generation_tokens_per_s),
        rate("  16 at once", speed.generation_16_tokens_per_s, limits.generation_16_tokens_per_s),
        format!(
            "{:<13}{:>8.3} s after a new prefix of 474 tokens, {:.3} s after a known one",
            "four options", speed.four_options_cold_s, speed.four_options_warm_s
        ),
        format!(
            "{:<13}{:>8.1} GB/s read, {:.1} GFLOP/s",
            "machine",
            machine.read_bytes_per_s / 1e9,
            machine.flops / 1e9
        ),
    ]
    .into_iter()
    .chain(noise)
    .collect::<Vec<_>>()
    .join("\n")
}
