//! Scores replies that another program wrote down, one a row, without a model.

use crate::argument::ArgumentError;
use crate::environment::Environment;
use crate::error::Error;
use crate::eval::{EvalResult, Ready, Signals, carry_out, plan_options};
use crate::options::EvalOptions;
use crate::place::{self, Wanted};
use crate::prediction_matched::Matched;
use crate::prediction_rows::{KeyColumn, PredictionFile, PredictionRows};
use crate::runtime::runtime;
use crate::transcript::{PREDICTIONS, Transcript};
use crate::{choice, judges, manifest, prepare, programs};
use evalscope_benchmarks::OpenBenchmark;
use evalscope_core::{Event, Sampling};
use evalscope_model_api::Model;
use evalscope_runner::{Observer, Stage, SubsetTexts, Transcribing, check_needs, make_plan, transcribe};
use std::collections::{BTreeMap, VecDeque};
use std::path::Path;

/// Scores the replies in `file` as a run of its own. `options` name one benchmark; their model is only a name.
///
/// Must not be called from an async context.
pub fn score_file(
    file: &PredictionFile,
    options: &EvalOptions,
    environment: &Environment,
    observer: Observer,
    signals: &Signals,
) -> Result<(EvalResult, Matched), Error> {
    let rows = PredictionRows::read(file, options.repeats, environment)?;
    let options = &EvalOptions { stage: Stage::Review, ..options.clone() };
    let (options, judges) = &judges::open(options, environment)?;
    let mut prepared = prepare::prepare(options, environment)?;
    choice::read_replies(&mut prepared)?;
    let [benchmark] = prepared.benchmarks.as_slice() else {
        return Err(ArgumentError::new("a file of predictions belongs to one benchmark")
            .with_hint(Some("name it with `--datasets NAME`".into()))
            .into());
    };
    for message in &prepared.notices {
        observer(Event::Notice { message: message.clone() });
    }
    check_places(file, benchmark)?;
    let executor = programs::executor(&prepared.benchmarks, options, environment)?;
    let identity = BTreeMap::from([
        (PREDICTIONS.to_owned(), rows.sha256().to_owned()),
        ("column".to_owned(), file.prediction.clone()),
    ]);
    let transcript = Transcript::new(identity);
    let capabilities = transcript.capabilities();
    let id = options.models.iter().find_map(|model| model.id.clone()).unwrap_or_else(|| stem(&file.path));
    check_needs(&id, &capabilities, benchmark).map_err(|error| of_replies(&error, benchmark))?;
    let (texts, matched) = matched(rows, benchmark, options)?;
    let models = vec![transcript.into_run_model(id, Sampling::default(), Sampling::default())];
    let plan = make_plan(&models, &prepared.benchmarks, &plan_options(options, &prepared))?;
    let manifest = manifest::begin(&plan, &prepared.benchmarks)?;
    // Its own run, never one that is there.
    let wanted = Wanted { plan: &plan, manifest: &manifest, stage: Stage::All };
    let placed = place::choose(&options.place, wanted)?.open(&options.place, wanted, &options.given)?;
    let to =
        Transcribing { model: &models[0], folder: &placed.folder, options: plan_options(options, &prepared) };
    transcribe(&to, benchmark, texts)?;
    let ready = Ready {
        models,
        judges: judges.clone(),
        prepared,
        manifest,
        placed,
        executor,
        cache: None,
        max_cost: None,
    };
    let result = carry_out(ready, options, observer, signals, &runtime()?)?;
    Ok((result, matched))
}

/// What is said of a benchmark that recorded replies cannot answer: other than of a model, no other way of asking helps.
fn of_replies(error: &dyn std::error::Error, benchmark: &OpenBenchmark) -> ArgumentError {
    let name = benchmark.protocol().benchmark().name();
    let hint = format!(
        "use another protocol of `{name}` (`evalscope benchmarks show {name}` lists them), or ask the model with `evalscope eval`"
    );
    ArgumentError::new(error.to_string()).with_hint(Some(hint))
}

/// Refuses places where rows are shuffled: they may count those of the data, as most programs do, or the shuffled ones, as in
/// our own `predictions/`, and nothing tells which. A single sample has one order.
fn check_places(file: &PredictionFile, benchmark: &OpenBenchmark) -> Result<(), Error> {
    let KeyColumn::Index(column) = &file.key else { return Ok(()) };
    let there = benchmark.subsets().iter().filter(|subset| benchmark.is_available(subset));
    let totals = there.map(|subset| benchmark.total(subset)).collect::<Result<Vec<_>, _>>()?;
    if !benchmark.is_reordered() || totals.into_iter().all(|total| total == 1) {
        return Ok(());
    }
    let message = format!(
        "`--index-column {column}`: {} shuffles its samples, so a place may be that of the data or that of the shuffled samples",
        benchmark.protocol().name()
    );
    let hint = "take `--id-column` (our own predictions have it as `id`; where the data has no ids, it is the number of the row \
                from 0) or `--question-column`";
    Err(ArgumentError::new(message).with_hint(Some(hint.into())).into())
}

/// The texts of all subsets. Matched before there is a run: what fits nothing leaves none behind.
fn matched(
    mut rows: PredictionRows,
    benchmark: &OpenBenchmark,
    options: &EvalOptions,
) -> Result<(Vec<SubsetTexts>, Matched), Error> {
    let mut all = Vec::new();
    let mut example = None;
    for subset in benchmark.subsets().iter().filter(|subset| benchmark.is_available(subset)) {
        let mut texts = VecDeque::new();
        benchmark.look_at_samples(subset, options.seed, options.limit, |sample| {
            texts.extend((0..options.repeats).map(|repeat| rows.take(sample, repeat)));
            example.get_or_insert_with(|| sample.clone());
            Ok::<_, Error>(())
        })?;
        all.push(SubsetTexts { subset: subset.clone(), texts });
    }
    leave_others(&mut rows, benchmark, options)?;
    Ok((all, rows.into_matched(benchmark.subsets(), example.as_ref())?))
}

/// Tells the rows of samples and subsets that are not asked for from those that fit none.
fn leave_others(
    rows: &mut PredictionRows,
    benchmark: &OpenBenchmark,
    options: &EvalOptions,
) -> Result<(), Error> {
    let (all, wanted) = (benchmark.protocol().benchmark().subsets(), benchmark.subsets());
    let is_in = |names: &[String], subset: &str| names.iter().any(|name| name == subset);
    rows.leave_subsets(|subset| is_in(all, subset) && !is_in(wanted, subset));
    if options.limit.is_none() {
        return Ok(());
    }
    for subset in wanted.iter().filter(|subset| benchmark.is_available(subset)) {
        benchmark.look_at_samples(subset, options.seed, None, |sample| {
            rows.leave(sample);
            Ok::<_, Error>(())
        })?;
    }
    Ok(())
}

fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(|| "predictions".into(), |stem| stem.to_string_lossy().into_owned())
}
