//! Decides which folder a run goes to, and whether it goes on with a run that is there.

use crate::argument::ArgumentError;
use crate::error::Error;
use crate::options::Place;
use evalscope_core::plan::differences;
use evalscope_core::{Plan, Prices};
use evalscope_runs::{RunFolder, Status};
use std::path::{Path, PathBuf};

/// A run folder, ours now.
pub(crate) struct Placed {
    pub folder: RunFolder,
    /// It had outcomes of an earlier run in it.
    pub continued: bool,
}

/// Opens or makes the run folder.
pub(crate) fn place(place: &Place, plan: &Plan, configuration: &serde_json::Value) -> Result<Placed, Error> {
    let resume = |path: &Path| -> Result<Placed, Error> {
        Ok(Placed { folder: RunFolder::resume(path, plan, configuration)?, continued: true })
    };
    let create = |path: &Path| -> Result<Placed, Error> {
        Ok(Placed { folder: RunFolder::create(path, plan, configuration)?, continued: false })
    };
    if let Place::Under { work_dir, fresh: true, .. } = place
        && RunFolder::exists(work_dir)
    {
        let message = format!("--fresh: {} is a run itself, and nothing is written over", work_dir.display());
        let hint = "give a folder of runs as `--work-dir`, or take `--fresh` out";
        return Err(ArgumentError::new(message).with_hint(Some(hint.into())).into());
    }
    match (going_on_with(place, plan), place) {
        (Some(path), _) => resume(&path),
        (None, Place::Continue(path)) => resume(path),
        (None, Place::Exactly(path)) => create(path),
        (None, Place::Under { work_dir, name, .. }) => create(&unused(work_dir, name)),
    }
}

/// The folder of a run that is there and goes on.
fn going_on_with(place: &Place, plan: &Plan) -> Option<PathBuf> {
    match place {
        Place::Continue(path) | Place::Exactly(path) => RunFolder::exists(path).then(|| path.clone()),
        Place::Under { fresh: true, .. } => None,
        Place::Under { work_dir, .. } if RunFolder::exists(work_dir) => Some(work_dir.clone()),
        Place::Under { work_dir, also_finished, .. } => last_with_same_plan(work_dir, plan, *also_finished),
    }
}

/// The prices that the run has which goes on; none for a new one.
pub(crate) fn recorded_prices(place: &Place, plan: &Plan) -> Result<Prices, Error> {
    let Some(path) = going_on_with(place, plan) else { return Ok(Prices::default()) };
    Ok(RunFolder::open(&path)?.prices()?)
}

/// Opens the run that is already there; for scoring alone.
pub(crate) fn recorded(
    place: &Place,
    plan: &Plan,
    configuration: &serde_json::Value,
) -> Result<Placed, Error> {
    let path = match place {
        Place::Continue(path) => Some(path.clone()),
        Place::Exactly(path) => RunFolder::exists(path).then(|| path.clone()),
        Place::Under { work_dir, .. } if RunFolder::exists(work_dir) => Some(work_dir.clone()),
        Place::Under { work_dir, .. } => last_with_same_plan(work_dir, plan, true),
    };
    let Some(path) = path else {
        return Err(ArgumentError::new(
            "`--stage review` scores a recorded run, and there is none with this plan",
        )
        .with_hint(Some(
            "name its folder with `--use-cache RUN_DIR`, or ask first with `--stage infer`".into(),
        ))
        .into());
    };
    Ok(Placed { folder: RunFolder::resume(&path, plan, configuration)?, continued: true })
}

/// The newest run under `work_dir` that asks for the same calls.
fn last_with_same_plan(work_dir: &Path, plan: &Plan, also_finished: bool) -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(work_dir)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| RunFolder::exists(path))
        .collect();
    folders.sort();
    folders.into_iter().rev().find(|path| {
        // A run that cannot be read is nobody's to go on with; it is not an error of this one.
        let Ok(folder) = RunFolder::open(path) else { return false };
        (also_finished || folder.status().status != Status::Finished) && asks_the_same(folder.plan(), plan)
    })
}

fn asks_the_same(recorded: &Plan, wanted: &Plan) -> bool {
    let asking = |plan: &Plan| {
        let mut plan = plan.clone();
        plan.benchmarks.iter_mut().for_each(|benchmark| {
            benchmark.scoring = serde_json::Value::Null;
            benchmark.leave_out_told();
        });
        serde_json::to_value(plan).unwrap_or_default()
    };
    differences(&asking(recorded), &asking(wanted)).is_empty()
}

/// `name` under `work_dir`, with a number behind it when it is taken.
pub(crate) fn unused(work_dir: &Path, name: &str) -> PathBuf {
    let first = work_dir.join(name);
    if !first.exists() {
        return first;
    }
    (2..).map(|number| work_dir.join(format!("{name}_{number}"))).find(|path| !path.exists()).unwrap_or(first)
}
