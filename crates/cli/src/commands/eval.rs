//! `evalscope eval`: the main job.

use crate::arguments::{EvalArguments, SandboxName, StageName, Switch};
use crate::commands::given::given;
use crate::commands::{data_collection, dry_run, hub, judge_given, models_given};
use crate::environment;
use crate::output::{self, Failure};
use crate::progress::Display;
use evalscope::core::{Limit, Prices};
use evalscope::reports::Summary;
use evalscope::{
    ArgumentError, CollectionFile, DatasetArgs, EvalOptions, EvalResult, MaxErrors, Place, Signals, Stage,
};
use indexmap::IndexMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// Folder of runs when the user names none.
pub const DEFAULT_WORK_DIR: &str = "outputs";
/// The benchmark of a run that names none.
const DEFAULT_DATASET: &str = "starter";
/// Asking the same question more often tells nothing more, and is a slip of the finger.
const MAX_REPEATS: u32 = 100_000;
/// Exit code when some planned samples were not scored.
pub const PARTIAL: u8 = 1;
/// Exit code after Ctrl-C.
const INTERRUPTED: u8 = 130;

pub fn run(arguments: EvalArguments) -> Result<ExitCode, Failure> {
    if arguments.dry_run {
        let environment = environment::read(arguments.data.offline);
        let json = arguments.json;
        return dry_run::show_dry_run(&options(arguments)?, &environment, json);
    }
    Ok(perform(arguments)?.0)
}

/// Evaluates and shows what it brought; also gives the run's folder.
pub fn perform(arguments: EvalArguments) -> Result<(ExitCode, PathBuf), Failure> {
    let environment = environment::read(arguments.data.offline);
    let json = arguments.json;
    let options = options(arguments)?;
    let (signals, display) = start();
    let result = evalscope::eval(&options, &environment, display.observer(), &signals)?;
    let code = show(&result, json)?;
    if options.ignore_errors && !result.interrupted {
        return Ok((ExitCode::SUCCESS, result.folder));
    }
    say_how_to_complete(&result);
    Ok((code, result.folder))
}

/// Gets ready to show a run and to stop it.
pub fn start() -> (Signals, Arc<Display>) {
    let signals = Signals::default();
    let display = Display::new(environment::plain_output());
    listen_to_ctrl_c(&signals, &display);
    (signals, display)
}

/// Shows what a run brought and gives the exit code, or why it could not go on.
pub fn show(result: &EvalResult, json: bool) -> Result<ExitCode, Failure> {
    let folder = result.folder.display();
    show_and_go_on(result, json, &format!("the same flags and `--use-cache {folder}`"))
}

/// The same, for a run that is gone on with by what `go_on` says.
pub fn show_and_go_on(result: &EvalResult, json: bool, go_on: &str) -> Result<ExitCode, Failure> {
    let folder = result.folder.display();
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
    if let Some(error) = &result.error {
        return Err(Failure::of(error));
    }
    if result.interrupted {
        output::note(&match &result.stopped {
            Some(reason) => format!(
                "stopped: {reason}. Go on with the same flags, a higher `--max-cost` and `--use-cache {folder}`"
            ),
            None => format!("stopped before the end. Go on with {go_on}"),
        });
        return Ok(ExitCode::from(INTERRUPTED));
    }
    let Some(summary) = &result.summary else {
        if result.failed == 0 {
            return Ok(ExitCode::SUCCESS);
        }
        output::note(&format!("{} samples failed; ask them again with {go_on}", result.failed));
        return Ok(ExitCode::from(PARTIAL));
    };
    Ok(exit_code(summary))
}

/// Names the next command when samples are missing.
pub fn say_how_to_complete(result: &EvalResult) {
    let folder = result.folder.display();
    let Some(summary) = result.summary.as_ref().filter(|_| !result.interrupted) else { return };
    if summary.unanswered > 0 {
        output::note(&format!(
            "where the data is still what was asked, the same flags and `--use-cache {folder}` ask the missing samples; else \
             `evalscope rerun {folder}` asks all anew"
        ));
    } else if !summary.is_complete() {
        output::note(&format!("ask the failed samples again with the same flags and `--use-cache {folder}`"));
    }
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

pub fn options(arguments: EvalArguments) -> Result<EvalOptions, Failure> {
    let arguments = data_collection::take(arguments)?;
    let given = given(&arguments);
    let models = models_given::models(&arguments)?;
    let n = models_given::replies_per_prompt(&models)?;
    let repeats = arguments.repeats.unwrap_or(1).checked_mul(n).filter(|repeats| *repeats <= MAX_REPEATS);
    let repeats = repeats.ok_or_else(|| {
        ArgumentError::new(format!(
            "--repeats (times `n`) can be at most {}",
            output::thousands(MAX_REPEATS.into())
        ))
    })?;
    Ok(EvalOptions {
        place: place(&arguments),
        dataset_args: match &arguments.data.dataset_args {
            Some(text) => dataset_args(text)?,
            None => IndexMap::new(),
        },
        limit: arguments.limit.as_deref().map(limit).transpose()?,
        models,
        datasets: datasets(&arguments),
        collections: arguments.collection.iter().map(|text| collection(text)).collect::<Result<_, _>>()?,
        dataset_hub: hub(arguments.data.dataset_hub, arguments.data.dataset_dir.is_some()),
        dataset_dir: arguments.data.dataset_dir,
        benchmark_paths: arguments.data.benchmark_path,
        allow_missing: arguments.data.allow_missing,
        isolation: SandboxName::isolation(arguments.data.sandbox),
        system_prompt: arguments.system_prompt,
        judge: judge_given::judge(arguments.judge.as_deref(), arguments.judge_strategy.as_deref())?,
        choice_mode: arguments.choice_mode.map(Into::into),
        probe: !arguments.no_probe,
        cache: arguments.cache == Switch::On,
        max_errors: arguments.max_errors.as_deref().map(max_errors).transpose()?,
        ignore_errors: arguments.ignore_errors,
        prices: arguments.prices.as_deref().map(prices).transpose()?.unwrap_or_default(),
        max_cost: arguments.max_cost.as_deref().map(evalscope::parse_max_cost).transpose()?,
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

/// The benchmarks that are named, or the one that a first run takes.
pub fn datasets(arguments: &EvalArguments) -> Vec<String> {
    match arguments.datasets.is_empty() && arguments.collection.is_empty() {
        true => vec![DEFAULT_DATASET.to_owned()],
        false => arguments.datasets.clone(),
    }
}

/// Reads `--collection`: a mix of benchmarks, or a file with one.
pub fn collection(text: &str) -> Result<CollectionFile, ArgumentError> {
    if text.trim_start().starts_with('{') {
        return evalscope::parse_collection("the mix", text);
    }
    let content = std::fs::read_to_string(Path::new(text)).map_err(|error| {
        ArgumentError::new(format!("--collection: cannot read the file `{text}`: {error}"))
            .with_hint(Some("give the path of a YAML or JSON file with a mix of benchmarks".into()))
    })?;
    evalscope::parse_collection(text, &content)
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
pub fn limit(text: &str) -> Result<Limit, ArgumentError> {
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

/// Reads `--dataset-args`: a JSON object by benchmark name, or a file with one.
pub fn dataset_args(text: &str) -> Result<IndexMap<String, DatasetArgs>, Failure> {
    let json = json_text(text)?;
    evalscope::parse_dataset_args(&json).map_err(|error| {
        let place = if json == text { String::new() } else { format!("{text}: ") };
        ArgumentError::new(format!("{place}{}", error.message)).with_hint(error.hint).into()
    })
}

/// Reads `--prices`: prices by model, or a file with them.
pub fn prices(text: &str) -> Result<Prices, ArgumentError> {
    if text.trim_start().starts_with('{') {
        return evalscope::parse_prices("--prices", text);
    }
    let content = std::fs::read_to_string(Path::new(text)).map_err(|error| {
        ArgumentError::new(format!("--prices: cannot read the file `{text}`: {error}"))
            .with_hint(Some("give the path of a file with prices by model, JSON or YAML".into()))
    })?;
    evalscope::parse_prices(text, &content)
}

/// The JSON of `--dataset-args`, or of the file that it names.
pub fn json_text(text: &str) -> Result<String, ArgumentError> {
    if text.trim_start().starts_with('{') {
        return Ok(text.to_owned());
    }
    std::fs::read_to_string(Path::new(text)).map_err(|error| {
        ArgumentError::new(format!("--dataset-args: cannot read the file `{text}`: {error}"))
            .with_hint(Some("give a JSON object, or the path of a file with one".into()))
    })
}
