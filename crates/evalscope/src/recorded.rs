//! Runs that are there already: what was given for them, how they are scored again, and how two of them differ.

use crate::argument::ArgumentError;
use crate::environment::Environment;
use crate::error::Error;
use crate::eval::{EvalResult, Ready, Signals, carry_out, plan_options};
use crate::open_model::{defaults, user_sampling};
use crate::options::{EvalOptions, ModelOptions};
use crate::place::{self, Placed, Wanted};
use crate::runtime::runtime;
use crate::transcript::{PREDICTIONS, Transcript};
use crate::{choice, judges, manifest, prepare, programs};
use evalscope_core::{Event, Plan, PlannedModel, Sampling};
use evalscope_exchange::IMPORTED;
use evalscope_report::diff::RunDiff;
use evalscope_runner::{Observer, RunModel, Stage, make_plan};
use evalscope_runs::RunFolder;
use std::path::Path;

/// What a run recorded of how it was started.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The options as they were given, without secrets.
    pub given: serde_json::Value,
    /// Its benchmarks, with protocol.
    pub datasets: Vec<String>,
    /// Its replies came from a file, and no model was asked.
    pub is_transcript: bool,
}

/// Reads what the run in `path` recorded of how it was started.
pub fn recorded(path: &Path) -> Result<Recorded, Error> {
    let folder = RunFolder::open(path)?;
    let plan = folder.plan();
    let given = folder.given()?;
    Ok(Recorded { datasets: named(plan, &given), given, is_transcript: is_transcript(plan) })
}

/// The benchmarks that were asked for by name, with protocol. Those that only a mix brought come with it again.
fn named(plan: &Plan, given: &serde_json::Value) -> Vec<String> {
    let bare = |name: &str| name.split('@').next().unwrap_or(name).to_owned();
    let asked: Vec<&str> =
        given["datasets"].as_array().into_iter().flatten().filter_map(|name| name.as_str()).collect();
    let is_named = |name: &String| asked.iter().any(|asked| asked == name || *asked == bare(name));
    let members = || plan.collections.iter().flat_map(|collection| &collection.members);
    let names = plan.benchmarks.iter().map(|benchmark| benchmark.name.clone());
    names.filter(|name| is_named(name) || members().all(|member| member.benchmark != *name)).collect()
}

/// Whether there is a run in `path`.
pub fn is_run(path: &Path) -> bool {
    RunFolder::exists(path)
}

/// Says what differs between the runs in `a` and `b`, or between the protocols of `a` alone, with at most `limit` examples of
/// each kind for each benchmark.
pub fn diff(a: &Path, b: Option<&Path>, limit: usize) -> Result<RunDiff, Error> {
    let a = RunFolder::open(a)?;
    Ok(match b {
        Some(b) => evalscope_report::diff::diff(&a, &RunFolder::open(b)?, limit)?,
        None => evalscope_report::diff::protocols(&a, limit)?,
    })
}

/// Scores the recorded replies of the run in `path` again. Asks no evaluated model, and judges only what they were not
/// asked before: what decided the answers is in the plan. `options` are those that the run was started with.
///
/// Must not be called from an async context.
pub fn score(
    path: &Path,
    options: &EvalOptions,
    environment: &Environment,
    observer: Observer,
    signals: &Signals,
) -> Result<EvalResult, Error> {
    let recorded = RunFolder::open(path)?;
    if recorded.plan().models.iter().any(|model| model.identity.contains_key(IMPORTED)) {
        return Err(scored_elsewhere(path).into());
    }
    let options = &EvalOptions { stage: Stage::Review, ..options.clone() };
    let (options, judges) = &judges::open(options, environment)?;
    let mut prepared = prepare::prepare(options, environment)?;
    choice::as_recorded(&mut prepared, recorded.plan())?;
    for message in &prepared.notices {
        observer(Event::Notice { message: message.clone() });
    }
    let executor = programs::executor(&prepared.benchmarks, options, environment)?;
    let models: Vec<RunModel> = recorded
        .plan()
        .models
        .iter()
        .enumerate()
        .map(|(place, model)| silent(model, options.models.get(place)))
        .collect();
    let plan = make_plan(&models, &prepared.benchmarks, &plan_options(options, &prepared))?;
    let manifest = manifest::begin(&plan, &prepared.benchmarks)?;
    if let Some(message) = place::scored_by_other_data(path, &manifest) {
        observer(Event::Notice { message: message.clone() });
        prepared.notices.push(message);
    }
    let wanted = Wanted { plan: &plan, manifest: &manifest, stage: Stage::Review };
    let folder = place::go_on_with(path, wanted, &options.given)
        .map_err(|error| place::told_apart(error, |_| what_else_differs(path, &recorded)))?;
    let ready = Ready {
        models,
        judges: judges.clone(),
        prepared,
        manifest,
        placed: Placed { folder, continued: true },
        executor,
        cache: None,
        max_cost: None,
    };
    carry_out(ready, options, observer, signals, &runtime()?)
}

/// What to do about a plan that differs although the options are the recorded ones.
fn what_else_differs(path: &Path, recorded: &RunFolder) -> String {
    let again = match is_transcript(recorded.plan()) {
        true => "score the file of replies again".to_owned(),
        false => format!("ask anew with `evalscope rerun {}`", path.display()),
    };
    format!(
        "the options are the recorded ones, so data, benchmark files or this program differ: bring back those of the run, or {again}"
    )
}

fn is_transcript(plan: &Plan) -> bool {
    plan.models.iter().any(|model| model.identity.contains_key(PREDICTIONS))
}

/// The model of a recorded run: it has the same identity and sampling, and cannot be asked.
fn silent(planned: &PlannedModel, given: Option<&ModelOptions>) -> RunModel {
    let identity = planned.identity.clone().into_iter().collect();
    let model = Transcript::new(identity);
    let (defaults, sampling) = match given {
        Some(given) if !planned.identity.contains_key(PREDICTIONS) => {
            (defaults(given.eval_type()), user_sampling(given))
        }
        _ => (Sampling::default(), Sampling::default()),
    };
    model.into_run_model(planned.id.clone(), defaults, sampling)
}

/// Says that an imported run keeps the scores that it came with.
fn scored_elsewhere(path: &Path) -> ArgumentError {
    let message = format!("the run in {} was imported: another program asked and scored it", path.display());
    let hint = "to score its replies by a benchmark of ours, give the other program's file to `evalscope score FILE`";
    ArgumentError::new(message).with_hint(Some(hint.into()))
}

/// Refuses to ask again where nothing was asked.
pub fn check_can_rerun(path: &Path, recorded: &Recorded) -> Result<(), ArgumentError> {
    if recorded.given.get(IMPORTED).is_some() {
        return Err(scored_elsewhere(path));
    }
    if !recorded.is_transcript {
        return Ok(());
    }
    let message = format!("the replies in {} came from a file, and no model was asked", path.display());
    let hint = format!("score them again with `evalscope score {}`", path.display());
    Err(ArgumentError::new(message).with_hint(Some(hint)))
}
