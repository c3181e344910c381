//! `evalscope eval`: the main job.

use crate::arguments::{EvalArguments, StageName, Switch};
use crate::commands::hub;
use crate::environment;
use crate::output::{self, Failure};
use crate::progress::Display;
use evalscope::core::{Limit, Secret};
use evalscope::reports::Summary;
use evalscope::{
    ArgumentError, DatasetArgs, DryRun, EndpointLimits, EvalOptions, EvalType, GenerationConfig, MaxErrors,
    ModelOptions, Place, Preview, Signals, Stage,
};
use indexmap::IndexMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// Folder of runs when the user names none.
const DEFAULT_WORK_DIR: &str = "outputs";
/// Asking the same question more often tells nothing more, and is a slip of the finger.
const MAX_REPEATS: u32 = 100_000;
/// Exit code when some planned samples were not scored.
const PARTIAL: u8 = 1;
/// Exit code after Ctrl-C.
const INTERRUPTED: u8 = 130;

pub fn run(arguments: EvalArguments) -> Result<ExitCode, Failure> {
    let environment = environment::read(arguments.offline);
    let json = arguments.json;
    let dry_run = arguments.dry_run;
    let ignore_errors = arguments.ignore_errors;
    let options = options(arguments)?;
    if dry_run {
        return show_dry_run(&options, &environment, json);
    }
    let signals = Signals::default();
    let display = Display::new(environment::plain_output());
    listen_to_ctrl_c(&signals, &display);
    let result = evalscope::eval(&options, &environment, display.observer(), &signals)?;
    let folder = result.folder.display().to_string();
    if let Some(summary) = &result.summary {
        if json {
            output::json(summary);
        } else {
            let width = output::width(environment::columns());
            output::result(&evalscope::reports::table(summary, width));
        }
    }
    match &result.written {
        Some(written) => output::note(&format!("report: {}", written.html.display())),
        None => output::note(&format!("predictions: {folder}/predictions")),
    }
    if result.interrupted {
        output::note(&format!(
            "stopped before the end. Go on with the same flags and `--use-cache {folder}`"
        ));
        return Ok(ExitCode::from(INTERRUPTED));
    }
    let Some(summary) = &result.summary else {
        return Ok(if result.failed == 0 || ignore_errors {
            ExitCode::SUCCESS
        } else {
            output::note(&format!(
                "{} samples failed; ask them again with the same flags and `--use-cache {folder}`",
                result.failed
            ));
            ExitCode::from(PARTIAL)
        });
    };
    if ignore_errors {
        return Ok(ExitCode::SUCCESS);
    }
    if exit_code(summary) != ExitCode::SUCCESS {
        output::note(&format!("ask the failed samples again with the same flags and `--use-cache {folder}`"));
    }
    Ok(exit_code(summary))
}

/// 0 only if every planned sample was scored.
pub fn exit_code(summary: &Summary) -> ExitCode {
    if summary.is_complete() { ExitCode::SUCCESS } else { ExitCode::from(PARTIAL) }
}

/// The first Ctrl-C lets the calls in flight end, the second ends them. Before the run has begun nothing is lost, and
/// after the second nothing may hold the user up: then the process ends at once.
fn listen_to_ctrl_c(signals: &Signals, display: &Arc<Display>) {
    let (signals, display) = (signals.clone(), Arc::clone(display));
    let handler = move || {
        if !display.has_started() || signals.abort.is_cancelled() {
            output::end_now(INTERRUPTED);
        } else if signals.stop.is_cancelled() {
            signals.abort.cancel();
        } else {
            signals.stop.cancel();
            display.say("stopping after the calls in flight; Ctrl-C again stops at once");
        }
    };
    // Without a handler Ctrl-C ends the process, and the journal still holds every answer.
    if let Err(error) = ctrlc::set_handler(handler) {
        output::note(&format!("note: Ctrl-C will end at once: {error}"));
    }
}

fn show_dry_run(
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
        total += benchmark.calls;
        output::result(&benchmark_text(benchmark));
    }
    output::result(&format!("{} calls in all; none was made", output::thousands(total)));
    Ok(ExitCode::SUCCESS)
}

/// Model, sampling and size of a dry run.
fn plan_text(preview: &DryRun) -> String {
    let mut lines = vec![format!("model     {} ({})", preview.model.name, preview.model.reached)];
    let sampling = serde_json::to_string(&preview.model.sampling).unwrap_or_default();
    if sampling != "{}" {
        lines.push(format!("sampling  {sampling}, over that of each protocol"));
    }
    let limit = match preview.limit {
        None => "none".to_owned(),
        Some(Limit::Count(count)) => format!("{} samples a subset", output::thousands(count)),
        Some(Limit::Fraction(share)) => format!("{share} of each subset"),
    };
    lines.push(format!("limit     {limit}; repeats {}; seed {}\n", preview.repeats, preview.seed));
    output::printable(&lines.join("\n"))
}

/// Subsets, number of calls and an example of one benchmark.
fn benchmark_text(benchmark: &Preview) -> String {
    let plural = |count: u64, word: &str| {
        format!("{} {word}{}", output::thousands(count), if count == 1 { "" } else { "s" })
    };
    let subsets: Vec<String> = benchmark
        .subsets
        .iter()
        .map(|(name, count)| format!("{name} {}", output::thousands(*count)))
        .collect();
    let mut text = format!(
        "{}: {}, {}\n  subsets: {}\n",
        benchmark.benchmark,
        plural(benchmark.samples, "sample"),
        plural(benchmark.calls, "call"),
        subsets.join(", ")
    );
    if !benchmark.missing.is_empty() {
        text.push_str(&format!("  without data: {}\n", benchmark.missing.join(", ")));
    }
    let mut text = output::printable(&text);
    if let Some(effect) = &benchmark.example {
        text.push_str(&format!("{}\n", output::effect(effect)));
    }
    text
}

fn options(arguments: EvalArguments) -> Result<EvalOptions, Failure> {
    let given = given(&arguments);
    let generation = match &arguments.generation_config {
        Some(text) => GenerationConfig::parse(text)?,
        None => GenerationConfig::default(),
    };
    let n = generation.sampling.n.unwrap_or(1).max(1);
    let repeats = arguments.repeats.unwrap_or(1).checked_mul(n).filter(|repeats| *repeats <= MAX_REPEATS);
    let repeats = repeats.ok_or_else(|| {
        ArgumentError::new(format!(
            "--repeats (times `n`) can be at most {}",
            output::thousands(MAX_REPEATS.into())
        ))
    })?;
    Ok(EvalOptions {
        place: place(&arguments),
        dataset_args: match &arguments.dataset_args {
            Some(text) => dataset_args(text)?,
            None => IndexMap::new(),
        },
        limit: arguments.limit.as_deref().map(limit).transpose()?,
        model: ModelOptions {
            eval_type: arguments.eval_type.as_deref().map(eval_type).transpose()?,
            args: match &arguments.model_args {
                Some(text) => evalscope::key_values::parse("--model-args", text)?,
                None => IndexMap::new(),
            },
            model: arguments.model,
            api_url: arguments.api_url,
            api_key: arguments.api_key.map(Secret::new),
            chat_template: arguments.chat_template,
            id: arguments.model_id,
        },
        datasets: arguments.datasets,
        dataset_hub: hub(arguments.dataset_hub, arguments.dataset_dir.is_some()),
        dataset_dir: arguments.dataset_dir,
        benchmark_paths: arguments.benchmark_path,
        allow_missing: arguments.allow_missing,
        generation,
        system_prompt: arguments.system_prompt,
        probe: !arguments.no_probe,
        batch_size: arguments.eval_batch_size.map(|size| size as usize),
        limits: EndpointLimits { calls_per_minute: arguments.rpm, tokens_per_minute: arguments.tpm },
        cache: arguments.cache == Switch::On,
        max_errors: arguments.max_errors.as_deref().map(max_errors).transpose()?,
        ignore_errors: arguments.ignore_errors,
        repeats,
        seed: arguments.seed,
        stage: match arguments.stage {
            StageName::All => Stage::All,
            StageName::Infer => Stage::Infer,
            StageName::Review => Stage::Review,
        },
        debug: arguments.debug,
        given,
    })
}

fn place(arguments: &EvalArguments) -> Place {
    if let Some(folder) = &arguments.use_cache {
        return Place::Continue(folder.clone());
    }
    let work_dir = arguments.work_dir.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_WORK_DIR));
    if arguments.no_timestamp {
        return Place::Exactly(work_dir);
    }
    Place::Under {
        work_dir,
        name: evalscope::timestamp_name(),
        also_finished: arguments.work_dir.is_some(),
        fresh: arguments.fresh,
    }
}

/// `50`, or `0.1` for a tenth.
fn limit(text: &str) -> Result<Limit, ArgumentError> {
    match (text.parse::<u64>(), text.parse::<f64>()) {
        (Ok(count), _) if count > 0 => Ok(Limit::Count(count)),
        (_, Ok(share)) if share > 0.0 && share < 1.0 => Ok(Limit::Fraction(share)),
        _ => Err(ArgumentError::new(format!(
            "--limit: `{text}` is neither a count above 0 nor a share between 0 and 1"
        ))),
    }
}

/// `10`, or `5%` for a twentieth.
fn max_errors(text: &str) -> Result<MaxErrors, ArgumentError> {
    let share = text.strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
    match (text.parse::<u64>(), share) {
        (Ok(count), _) => Ok(MaxErrors::Count(count)),
        (_, Some(percent)) if (0.0..=100.0).contains(&percent) => Ok(MaxErrors::Share(percent / 100.0)),
        _ => Err(ArgumentError::new(format!(
            "--max-errors: `{text}` is neither a count nor a share such as 5%"
        ))),
    }
}

pub fn eval_type(name: &str) -> Result<EvalType, ArgumentError> {
    EvalType::parse(name).ok_or_else(|| {
        let names = EvalType::NAMES.map(|(name, _)| name);
        ArgumentError::new(format!("--eval-type: there is no `{name}`"))
            .with_hint(Some(format!("one of: {}", names.join(", "))))
    })
}

/// Reads `--dataset-args`: a JSON object by benchmark name, or a file with one.
pub fn dataset_args(text: &str) -> Result<IndexMap<String, DatasetArgs>, Failure> {
    let json = if text.trim_start().starts_with('{') {
        text.to_owned()
    } else {
        std::fs::read_to_string(Path::new(text)).map_err(|error| {
            ArgumentError::new(format!("--dataset-args: cannot read the file `{text}`: {error}"))
                .with_hint(Some("give a JSON object, or the path of a file with one".into()))
        })?
    };
    evalscope::parse_dataset_args(&json).map_err(|error| {
        let place = if json == text { String::new() } else { format!("{text}: ") };
        ArgumentError::new(format!("{place}{}", error.message)).with_hint(error.hint).into()
    })
}

/// The flags as they were given, without the key.
fn given(arguments: &EvalArguments) -> serde_json::Value {
    serde_json::json!({
        "model": arguments.model,
        "model_id": arguments.model_id,
        "api_url": arguments.api_url.as_deref().map(evalscope::without_credentials),
        "eval_type": arguments.eval_type,
        "model_args": arguments.model_args,
        "generation_config": arguments.generation_config.as_deref().map(GenerationConfig::masked),
        "chat_template": arguments.chat_template,
        "system_prompt": arguments.system_prompt,
        "datasets": arguments.datasets,
        "dataset_args": arguments.dataset_args,
        "dataset_hub": arguments.dataset_hub.and_then(|hub| Some(clap::ValueEnum::to_possible_value(&hub)?.get_name().to_owned())),
        "dataset_dir": arguments.dataset_dir,
        "benchmark_path": arguments.benchmark_path,
        "allow_missing": arguments.allow_missing,
        "offline": arguments.offline,
        "limit": arguments.limit,
        "repeats": arguments.repeats,
        "seed": arguments.seed,
        "eval_batch_size": arguments.eval_batch_size,
        "cache": arguments.cache == Switch::On,
        "no_probe": arguments.no_probe,
        "rpm": arguments.rpm,
        "tpm": arguments.tpm,
        "max_errors": arguments.max_errors,
        "ignore_errors": arguments.ignore_errors,
        "stage": clap::ValueEnum::to_possible_value(&arguments.stage).map(|v| v.get_name().to_owned()),
        "work_dir": arguments.work_dir,
        "use_cache": arguments.use_cache,
    })
}
