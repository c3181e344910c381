//! `evalscope eval --dry-run`: what would be sent.

use crate::output::{self, Failure};
use evalscope::core::{Limit, PlannedCollection, PlannedMember, Sampling};
use evalscope::{CostEstimate, DryRun, DryRunModel, EvalOptions, Preview, TokenEstimate};
use std::process::ExitCode;

/// Says what a run would send, and sends nothing.
pub fn show_dry_run(
    options: &EvalOptions,
    environment: &evalscope::Environment,
    json: bool,
) -> Result<ExitCode, Failure> {
    let preview = evalscope::dry_run(options, environment)?;
    if json {
        output::json(&preview);
        return Ok(ExitCode::SUCCESS);
    }
    for notice in &preview.notices {
        output::note(&format!("note: {}", output::printable(notice)));
    }
    output::result(&plan_text(&preview));
    let mut total = 0;
    for benchmark in &preview.benchmarks {
        total += benchmark.calls + benchmark.judge_calls;
        output::result(&benchmark_text(benchmark, &preview.models));
    }
    total *= preview.models.len() as u64;
    output::result(&estimate_text(&preview, options.cache));
    output::result(&format!("{} calls in all; none was made", output::thousands(total)));
    Ok(ExitCode::SUCCESS)
}

/// Models, mixes and size of a dry run.
fn plan_text(preview: &DryRun) -> String {
    let mut lines = Vec::new();
    for model in &preview.models {
        lines.push(format!("model     {} ({})", model.name, model.reached));
    }
    lines.extend(preview.collections.iter().map(mix_text));
    let limit = match preview.limit {
        None => "none".to_owned(),
        Some(Limit::Count(count)) => format!("{} samples a subset", output::thousands(count)),
        Some(Limit::Fraction(share)) => format!("{share} of each subset"),
    };
    lines.push(format!("limit     {limit}; repeats {}; seed {}\n", preview.repeats, preview.seed));
    output::printable(&lines.join("\n"))
}

/// A mix with its benchmarks, their weights, and how many of their samples are its own.
fn mix_text(mix: &PlannedCollection) -> String {
    let member = |member: &PlannedMember| {
        let count = member.samples.as_ref().map(|samples| samples.values().map(|own| own.len() as u64).sum());
        let samples = count.map_or("all samples".to_owned(), |count| plural(count, "sample"));
        let kind = member.task_type.as_ref().map(|kind| format!(", {kind}")).unwrap_or_default();
        format!("{:.3} × {} ({samples}{kind})", member.weight, member.benchmark)
    };
    format!("mix       {}: {}", mix.name, mix.members.iter().map(member).collect::<Vec<_>>().join(" + "))
}

/// How replies are sampled: a line for all models, or for each where they differ.
fn sampling_text(benchmark: &Preview, models: &[DryRunModel]) -> String {
    let text = |sampling: &Sampling| serde_json::to_string(sampling).unwrap_or_default();
    let Some(first) = benchmark.sampling.first() else { return String::new() };
    if benchmark.sampling.iter().all(|sampling| sampling == first) {
        return format!("  sampling: {}\n", text(first));
    }
    let each = benchmark.sampling.iter().zip(models);
    each.map(|(sampling, model)| format!("  sampling of {}: {}\n", model.name, text(sampling))).collect()
}

/// Tokens and cost of all calls, as far as that can be told before: a line for each model, and one for all.
fn estimate_text(preview: &DryRun, cache: bool) -> String {
    let is_one = preview.models.len() + preview.judges.len() == 1;
    let mut text = String::new();
    let models = preview
        .models
        .iter()
        .map(|model| (model, ""))
        .chain(preview.judges.iter().map(|judge| (judge, "judge ")));
    for (model, what) in models {
        let of = if is_one { String::new() } else { format!(" of {what}{}", model.name) };
        text.push_str(&format!("tokens{of}, estimated: {}\n", tokens_text(&model.tokens)));
        if let Some(cost) = &model.cost {
            text.push_str(&format!("cost{of}, estimated: {}\n", cost_text(cost)));
        }
    }
    if let Some(cost) = preview.cost.as_ref().filter(|_| !is_one) {
        text.push_str(&format!("cost of all models, estimated: {}\n", cost_text(cost)));
    }
    if cache && preview.models.iter().any(|model| model.cost.is_some()) {
        text.push_str("what the response cache answers costs nothing, and is not taken off here\n");
    }
    output::printable(&text)
}

fn tokens_text(tokens: &TokenEstimate) -> String {
    let replies = match tokens.output_at_most {
        Some(0) => String::new(),
        Some(most) => format!("; replies at most {}", output::thousands(most)),
        None => "; replies have no limit (`--generation-config max_tokens=…` sets one)".to_owned(),
    };
    let (low, high) = (output::thousands(tokens.input.low), output::thousands(tokens.input.high));
    format!("prompts {low} to {high}{replies}")
}

fn cost_text(cost: &CostEstimate) -> String {
    match &cost.high {
        Some(high) => format!("{} to {high} with every reply at its limit", cost.low),
        None => format!("{} for the prompts alone; replies have no limit", cost.low),
    }
}

fn plural(count: u64, word: &str) -> String {
    format!("{} {word}{}", output::thousands(count), if count == 1 { "" } else { "s" })
}

/// Subsets, sampling, number of calls and an example of one benchmark.
fn benchmark_text(benchmark: &Preview, models: &[DryRunModel]) -> String {
    let subsets: Vec<String> = benchmark
        .subsets
        .iter()
        .map(|(name, count)| format!("{name} {}", output::thousands(*count)))
        .collect();
    let judges = match benchmark.judge_calls {
        0 => String::new(),
        count => format!(", {} to judges", plural(count, "call")),
    };
    let mut text = format!(
        "{}: {}, {}{}\n  subsets: {}\n",
        benchmark.benchmark,
        plural(benchmark.samples, "sample"),
        plural(benchmark.calls, "call"),
        judges,
        subsets.join(", ")
    );
    if !benchmark.missing.is_empty() {
        text.push_str(&format!("  without data: {}\n", benchmark.missing.join(", ")));
    }
    text.push_str(&sampling_text(benchmark, models));
    let mut text = output::printable(&text);
    if let Some(effect) = &benchmark.example {
        text.push_str(&format!("{}\n", output::effect(effect)));
    }
    text
}
