//! `evalscope score`: recorded replies, scored without a model.

use super::restore::restore;
use crate::arguments::{SandboxName, ScoreArguments};
use crate::commands::{eval, given, hub, judge_given};
use crate::environment;
use crate::output::{self, Failure};
use evalscope::{
    ArgumentError, EvalOptions, EvalResult, KeyColumn, Matched, ModelOptions, Place, PredictionFile, Stage,
};
use indexmap::IndexMap;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// Seed when the user names none; that of `eval`.
const DEFAULT_SEED: u64 = 42;

pub fn run(arguments: ScoreArguments) -> Result<ExitCode, Failure> {
    if evalscope::is_run(&arguments.path) { score_run(&arguments) } else { score_file(arguments) }
}

fn score_run(arguments: &ScoreArguments) -> Result<ExitCode, Failure> {
    refuse_file_options(arguments)?;
    let mut restored = restore(&arguments.path)?;
    restored.arguments.data.offline |= arguments.data.offline;
    restored.arguments.data.sandbox = arguments.data.sandbox.or(restored.arguments.data.sandbox);
    let environment = environment::read(restored.arguments.data.offline);
    let mut options = eval::options(restored.arguments)?;
    let is_transcript = restored.recorded.is_transcript;
    options.given = restored.recorded.given;
    let (signals, display) = eval::start();
    let result = evalscope::score(&restored.folder, &options, &environment, display.observer(), &signals)?;
    let code = show(&result, arguments.json)?;
    // Nobody can be asked what a file of replies does not have.
    if !is_transcript {
        eval::say_how_to_complete(&result);
    }
    Ok(code)
}

/// Both are gone on with as runs.
fn show(result: &EvalResult, json: bool) -> Result<ExitCode, Failure> {
    let go_on = format!("`evalscope score {}`", result.folder.display());
    eval::show_and_go_on(result, json, &go_on).map_err(|failure| {
        failure.with_hint(format!("once that is mended, go on with {go_on}: what was judged is kept"))
    })
}

/// Options that only a file has a use for.
fn refuse_file_options(arguments: &ScoreArguments) -> Result<(), ArgumentError> {
    let data = &arguments.data;
    let given = [
        ("--datasets", arguments.datasets.is_some()),
        ("--prediction-column", arguments.prediction_column.is_some()),
        ("--id-column", arguments.id_column.is_some()),
        ("--index-column", arguments.index_column.is_some()),
        ("--question-column", arguments.question_column.is_some()),
        ("--subset-column", arguments.subset_column.is_some()),
        ("--model-id", arguments.model_id.is_some()),
        ("--dataset-args", data.dataset_args.is_some()),
        ("--dataset-hub", data.dataset_hub.is_some()),
        ("--dataset-dir", data.dataset_dir.is_some()),
        ("--benchmark-path", !data.benchmark_path.is_empty()),
        ("--allow-missing", data.allow_missing),
        ("--limit", arguments.limit.is_some()),
        ("--repeats", arguments.repeats.is_some()),
        ("--seed", arguments.seed.is_some()),
        ("--judge", arguments.judge.is_some()),
        ("--work-dir", arguments.work_dir.is_some()),
    ];
    match given.iter().find(|(_, is_given)| *is_given) {
        None => Ok(()),
        Some((name, _)) => {
            let message = format!(
                "{} is a run, which has recorded its own options: `{name}` has no use",
                arguments.path.display()
            );
            let hint = "take it out; to score a run in another way, use `evalscope eval … --stage review --use-cache RUN_DIR`";
            Err(ArgumentError::new(message).with_hint(Some(hint.into())))
        }
    }
}

fn score_file(arguments: ScoreArguments) -> Result<ExitCode, Failure> {
    let environment = environment::read(arguments.data.offline);
    let file = prediction_file(&arguments)?;
    let json = arguments.json;
    let options = options(arguments, &file)?;
    let (signals, display) = eval::start();
    let (result, matched) =
        evalscope::score_file(&file, &options, &environment, display.observer(), &signals)?;
    let code = show(&result, json)?;
    say_matched(&matched);
    let is_doubtful = code == ExitCode::SUCCESS && matched.is_doubtful();
    Ok(if is_doubtful { ExitCode::from(eval::PARTIAL) } else { code })
}

fn prediction_file(arguments: &ScoreArguments) -> Result<PredictionFile, ArgumentError> {
    let path = arguments.path.clone();
    let missing = |what: &str, hint: &str| {
        ArgumentError::new(format!("{}: {what}", path.display())).with_hint(Some(hint.into()))
    };
    if !path.is_file() {
        return Err(missing("neither a run nor a file", "give the folder of a run, or a file of replies"));
    }
    let prediction = arguments.prediction_column.clone().ok_or_else(|| {
        missing("it is not said where the replies stand", "name their column with `--prediction-column`")
    })?;
    let key = match (&arguments.id_column, &arguments.index_column, &arguments.question_column) {
        (Some(column), ..) => KeyColumn::Id(column.clone()),
        (_, Some(column), _) => KeyColumn::Index(column.clone()),
        (.., Some(column)) => KeyColumn::Question(column.clone()),
        (None, None, None) => {
            let hint = "name a column with `--id-column`, `--index-column` or `--question-column`";
            return Err(missing("it is not said how rows find their samples", hint));
        }
    };
    Ok(PredictionFile { prediction, key, subset: arguments.subset_column.clone(), path })
}

fn options(arguments: ScoreArguments, file: &PredictionFile) -> Result<EvalOptions, Failure> {
    let dataset = arguments.datasets.clone().ok_or_else(|| {
        ArgumentError::new(format!("{}: it is not said which benchmark was answered", file.path.display()))
            .with_hint(Some("name it with `--datasets NAME`; `evalscope benchmarks list` lists them".into()))
    })?;
    let work_dir = arguments.work_dir.clone().unwrap_or_else(|| PathBuf::from(eval::DEFAULT_WORK_DIR));
    let given = given(&arguments, &dataset);
    let data = arguments.data;
    Ok(EvalOptions {
        models: vec![ModelOptions { id: arguments.model_id, ..ModelOptions::default() }],
        datasets: vec![dataset],
        collections: Vec::new(),
        dataset_args: match &data.dataset_args {
            Some(text) => eval::dataset_args(text)?,
            None => IndexMap::new(),
        },
        dataset_hub: hub(data.dataset_hub, data.dataset_dir.is_some()),
        dataset_dir: data.dataset_dir,
        benchmark_paths: data.benchmark_path,
        allow_missing: data.allow_missing,
        isolation: SandboxName::isolation(data.sandbox),
        system_prompt: None,
        choice_mode: None,
        judge: judge_given::judge(arguments.judge.as_deref(), None)?,
        probe: false,
        cache: false,
        max_errors: None,
        prices: Default::default(),
        max_cost: None,
        ignore_errors: false,
        limit: arguments.limit.as_deref().map(eval::limit).transpose()?,
        repeats: arguments.repeats.unwrap_or(1),
        seed: arguments.seed.unwrap_or(DEFAULT_SEED),
        stage: Stage::Review,
        place: Place::Under {
            work_dir,
            name: evalscope::timestamp_name(),
            also_finished: false,
            fresh: true,
        },
        debug: false,
        given,
    })
}

/// The flags as they were given; those that a run shares have their names from there.
fn given(arguments: &ScoreArguments, dataset: &str) -> serde_json::Value {
    let mut given = given::given_data(&arguments.data);
    let more = json!({
        "predictions": arguments.path,
        "prediction_column": arguments.prediction_column,
        "id_column": arguments.id_column,
        "index_column": arguments.index_column,
        "question_column": arguments.question_column,
        "subset_column": arguments.subset_column,
        "model_id": arguments.model_id,
        "datasets": [dataset],
        "limit": arguments.limit,
        "repeats": arguments.repeats,
        "seed": arguments.seed.unwrap_or(DEFAULT_SEED),
        "judge": arguments.judge.as_deref().map(judge_given::judge_without_secrets),
        "work_dir": arguments.work_dir,
    });
    if let serde_json::Value::Object(more) = more {
        given.extend(more);
    }
    given.into()
}

fn say_matched(matched: &Matched) {
    let replies = counted(matched.replies, "reply", "replies");
    output::note(&format!("{} of {replies} scored", output::thousands(matched.matched)));
    let left_out = [
        (
            "line is a later call, such as a judge's, and no reply",
            "lines are later calls, such as a judge's, and no replies",
            matched.later_calls,
        ),
        (
            "reply is to a sample that is not asked for",
            "replies are to samples that are not asked for",
            matched.not_asked,
        ),
    ];
    for (one, many, total) in left_out.iter().filter(|(.., total)| *total > 0) {
        output::note(&counted(*total, one, many));
    }
    if matched.is_doubtful() {
        output::note(
            "half of the rows or more fit no sample: check that file, benchmark and data belong together",
        );
    }
    say_named(matched);
}

/// Says what did not fit, with the first of each.
fn say_named(matched: &Matched) {
    let named = [
        (
            "row fits no sample",
            "rows fit no sample",
            matched.unmatched_rows,
            matched.unmatched_rows,
            &matched.first_unmatched_rows,
        ),
        (
            "reply is one too many for its sample (`--repeats` takes several)",
            "replies are too many for their samples (`--repeats` takes several)",
            matched.further,
            matched.further_rows,
            &matched.first_further,
        ),
        (
            "sample has no prediction",
            "samples have no prediction",
            matched.without_prediction,
            matched.without_prediction,
            &matched.first_without_prediction,
        ),
        (
            "row has another `id` than the sample at its place (if it is the data set's, take `--id-column id`)",
            "rows have another `id` than the sample at their place (if it is the data set's, take `--id-column id`)",
            matched.other_ids,
            matched.other_ids,
            &matched.first_other_ids,
        ),
    ];
    for (one, many, total, rows, first) in named.iter().filter(|(_, _, total, ..)| *total > 0) {
        let more = if *rows > first.len() as u64 { ", …" } else { "" };
        let what = counted(*total, one, many);
        output::note(&format!("{what}: {}{more}", output::printable(&first.join(", "))));
    }
}

fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", output::thousands(number), if number == 1 { one } else { many })
}
