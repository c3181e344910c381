//! Decides which folder a run goes to, and whether it goes on with a run that is there.
//!
//! A run belongs to what it asks and to the data that it was asked with. Scoring alone may go on with other data: right answers
//! are corrected that way.

use crate::argument::ArgumentError;
use crate::error::Error;
use crate::options::Place;
use evalscope_core::manifest::ChangedFile;
use evalscope_core::plan::differences;
use evalscope_core::{Diagnose, Manifest, Plan, Prices};
use evalscope_runner::Stage;
use evalscope_runs::{RunFolder, Status};
use std::path::{Path, PathBuf};

/// What decides where a run goes.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub plan: &'a Plan,
    /// What the run is made of, data files with checksums among it.
    pub manifest: &'a Manifest,
    pub stage: Stage,
}

/// Where a run goes.
pub(crate) struct Chosen {
    path: PathBuf,
    goes_on: bool,
    /// What is to be said of it first.
    pub notice: Option<String>,
}

/// A run folder, ours now.
pub(crate) struct Placed {
    pub folder: RunFolder,
    /// It had outcomes of an earlier run in it.
    pub continued: bool,
}

/// Chooses the run folder; nothing is made or changed.
pub(crate) fn choose(place: &Place, wanted: Wanted<'_>) -> Result<Chosen, Error> {
    if wanted.stage == Stage::Review {
        return recorded(place, wanted);
    }
    refuse_fresh_over_a_run(place)?;
    match (named(place), place) {
        (Some(path), _) => match changed(&path, wanted.manifest) {
            Some(file) => Err(other_data(place, &path, &file)),
            None => Ok(Chosen { path, goes_on: true, notice: None }),
        },
        (None, Place::Continue(path)) => Ok(Chosen { path: path.clone(), goes_on: true, notice: None }),
        (None, Place::Exactly(path)) => Ok(Chosen { path: path.clone(), goes_on: false, notice: None }),
        (None, Place::Under { work_dir, name, also_finished, fresh }) => {
            let found = match fresh {
                true => Vec::new(),
                false => with_same_plan(work_dir, wanted.plan, *also_finished),
            };
            let is_same = |path: &&PathBuf| changed(path, wanted.manifest).is_none();
            if let Some(path) = found.iter().find(is_same) {
                return Ok(Chosen { path: path.clone(), goes_on: true, notice: None });
            }
            let notice =
                found.first().and_then(|path| Some(passed_over(path, &changed(path, wanted.manifest)?)));
            Ok(Chosen { path: unused(work_dir, name), goes_on: false, notice })
        }
    }
}

impl Chosen {
    /// Opens or makes the run folder.
    pub fn open(
        &self,
        place: &Place,
        wanted: Wanted<'_>,
        configuration: &serde_json::Value,
    ) -> Result<Placed, Error> {
        let folder = match self.goes_on {
            true => go_on_with(&self.path, wanted, configuration).map_err(|error| {
                told_apart(error, |hint| with_way_out(place, &self.path, wanted.stage, hint))
            })?,
            false => RunFolder::create(&self.path, wanted.plan, configuration)?,
        };
        Ok(Placed { folder, continued: self.goes_on })
    }
}

/// Takes a run up. Its reviews stay only where they are known to be of the same data, and never where all is scored anew.
pub(crate) fn go_on_with(
    path: &Path,
    wanted: Wanted<'_>,
    configuration: &serde_json::Value,
) -> Result<RunFolder, evalscope_runs::Error> {
    let folder = RunFolder::resume(path, wanted.plan, configuration)?;
    let recorded = folder.manifest().unwrap_or_default();
    let is_same = recorded.is_some_and(|recorded| wanted.manifest.has_data_of(&recorded));
    if wanted.stage == Stage::Review || !is_same {
        folder.remove_reviews()?;
    }
    Ok(folder)
}

/// The error of a plan that differs with a hint that can be followed here; any other as it is.
pub(crate) fn told_apart(error: evalscope_runs::Error, hint: impl FnOnce(String) -> String) -> Error {
    match &error {
        evalscope_runs::Error::PlanDiffers { .. } => {
            let known = error.hint().unwrap_or_default();
            ArgumentError::new(error.to_string()).with_hint(Some(hint(known))).into()
        }
        _ => error.into(),
    }
}

fn with_way_out(place: &Place, path: &Path, stage: Stage, hint: String) -> String {
    match stage {
        Stage::Review => {
            format!("{hint}; `evalscope score {}` takes the recorded options by itself", path.display())
        }
        Stage::All | Stage::Infer => format!("{hint}: {}", start_anew(place)),
    }
}

/// How a new run is started in place of one in a folder that was named.
fn start_anew(place: &Place) -> &'static str {
    match place {
        Place::Continue(_) => "leave `--use-cache` out",
        Place::Exactly(_) | Place::Under { .. } => "give another `--work-dir`",
    }
}

fn refuse_fresh_over_a_run(place: &Place) -> Result<(), ArgumentError> {
    match place {
        Place::Under { work_dir, fresh: true, .. } if RunFolder::exists(work_dir) => {
            let message =
                format!("{} is a run itself, and a new one is not written over it", work_dir.display());
            let hint = "give a folder of runs as `--work-dir`";
            Err(ArgumentError::new(message).with_hint(Some(hint.into())))
        }
        _ => Ok(()),
    }
}

/// The run whose folder was named, where there is one.
fn named(place: &Place) -> Option<PathBuf> {
    let (Place::Continue(path) | Place::Exactly(path) | Place::Under { work_dir: path, .. }) = place;
    RunFolder::exists(path).then(|| path.clone())
}

/// The data file that has changed since the models of a run were asked. A run that does not say what it was made of, or
/// cannot be read, has none.
fn changed(path: &Path, manifest: &Manifest) -> Option<ChangedFile> {
    let recorded = RunFolder::open(path).ok()?.manifest().ok()??;
    manifest.changed_since_asked(&recorded)
}

fn other_data(place: &Place, path: &Path, changed: &ChangedFile) -> Error {
    let ChangedFile { benchmark, file } = changed;
    let shown = path.display();
    let message =
        format!("the run in {shown} was asked with other data: {benchmark}: {file} has changed since");
    let hint = format!(
        "bring the file back, or start a new run: {}; where only right answers were corrected, `evalscope score {shown}` scores \
         the recorded replies by them",
        start_anew(place)
    );
    ArgumentError::new(message).with_hint(Some(hint)).into()
}

fn passed_over(path: &Path, changed: &ChangedFile) -> String {
    let ChangedFile { benchmark, file } = changed;
    format!(
        "a new run begins: {} has the same plan, but was asked with other data ({benchmark}: {file} has changed since)",
        path.display()
    )
}

/// What is said before recorded replies are scored by data that has changed.
pub(crate) fn scored_by_other_data(path: &Path, manifest: &Manifest) -> Option<String> {
    let ChangedFile { benchmark, file } = changed(path, manifest)?;
    Some(format!(
        "{benchmark}: {file} has changed since the models were asked; replies to what it asks otherwise now are in no score"
    ))
}

/// The prices that the run has which goes on; none for a new one.
pub(crate) fn recorded_prices(place: &Place, wanted: Wanted<'_>) -> Result<Prices, Error> {
    let chosen = choose(place, wanted)?;
    match chosen.goes_on && RunFolder::exists(&chosen.path) {
        true => Ok(RunFolder::open(&chosen.path)?.prices()?),
        false => Ok(Prices::default()),
    }
}

/// The run that is already there; for scoring alone. Of several with the plan, one that was asked with the data of now.
fn recorded(place: &Place, wanted: Wanted<'_>) -> Result<Chosen, Error> {
    let path = match (named(place), place) {
        (Some(path), _) => Some(path),
        (None, Place::Continue(path)) => Some(path.clone()),
        (None, Place::Exactly(_)) => None,
        (None, Place::Under { work_dir, .. }) => {
            let found = with_same_plan(work_dir, wanted.plan, true);
            let same = found.iter().find(|path| changed(path, wanted.manifest).is_none());
            same.or(found.first()).cloned()
        }
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
    Ok(Chosen { notice: scored_by_other_data(&path, wanted.manifest), path, goes_on: true })
}

/// The runs under `work_dir` that ask for the same calls, the newest first.
fn with_same_plan(work_dir: &Path, plan: &Plan, also_finished: bool) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(work_dir).into_iter().flatten();
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut folders: Vec<PathBuf> = paths
        .filter(|path| RunFolder::exists(path))
        .filter(|path| {
            // A run that cannot be read is nobody's to go on with; it is not an error of this one.
            let Ok(folder) = RunFolder::open(path) else { return false };
            (also_finished || folder.status().status != Status::Finished)
                && asks_the_same(folder.plan(), plan)
        })
        .collect();
    folders.sort();
    folders.reverse();
    folders
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
