//! The folder of a run: what stands where, who may write, and whether a new plan fits the recorded one.

use crate::atomic::{remove_unfinished, write_file, write_json};
use crate::error::Error;
use crate::journal::Journal;
use crate::lock::{self, Lock};
use crate::names::FileNames;
use crate::read::{JournalReader, PlaceReader, ReviewReader};
use crate::state::{RunState, Status};
use crate::writer::{ReviewWriter, part_of};
use evalscope_core::plan::{PLAN_VERSION, differences};
use evalscope_core::{Plan, PlannedBenchmark};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Reports and tags are written without the lock, each in far less than this.
const UNLOCKED: Duration = Duration::from_secs(60);

/// The folder of a run.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    plan: Plan,
    names: FileNames,
    state: Mutex<RunState>,
    /// Held by the one process that may write.
    lock: Option<Lock>,
}

impl RunFolder {
    /// Makes a run: its folder, its plan, and the options as they were given (which must hold no secret).
    pub fn create(path: &Path, plan: &Plan, options: &serde_json::Value) -> Result<RunFolder, Error> {
        std::fs::create_dir_all(path).map_err(Error::file("create", path))?;
        let lock = lock::take(path)?;
        if RunFolder::exists(path) {
            return Err(Error::Exists { path: path.to_owned() });
        }
        let folder = RunFolder::new(path, plan.clone(), RunState::begin(), Some(lock));
        std::fs::create_dir_all(folder.path.join("logs")).map_err(Error::file("create", path))?;
        write_json(&folder.plan_path(), plan)?;
        write_json(&folder.options_path(), options)?;
        // Last: a folder with this file is a run.
        folder.state().write(&folder.state_path())?;
        Ok(folder)
    }

    /// Goes on with the run in `path`.
    ///
    /// A plan that asks for other calls than the recorded one is refused. One that only scores otherwise
    /// replaces it, and the reviews of the old one go.
    pub fn resume(path: &Path, plan: &Plan, options: &serde_json::Value) -> Result<RunFolder, Error> {
        if !RunFolder::exists(path) {
            return Err(Error::NoRun { path: path.to_owned() });
        }
        let lock = lock::take(path)?;
        let mut folder = RunFolder::read(path, Some(lock))?;
        let differences = differences(&asking(&folder.plan), &asking(plan));
        if !differences.is_empty() {
            return Err(Error::PlanDiffers { path: path.to_owned(), differences });
        }
        folder.sweep();
        if scores_differently(&folder.plan, plan) {
            folder.remove_reviews()?;
        }
        if folder.plan != *plan {
            write_json(&folder.plan_path(), plan)?;
            folder.names = FileNames::of(plan);
            folder.plan = plan.clone();
        }
        write_json(&folder.options_path(), options)?;
        let state = folder.state().again();
        folder.set_state(state)?;
        Ok(folder)
    }

    /// Opens the run in `path` for reading.
    pub fn open(path: &Path) -> Result<RunFolder, Error> {
        if !RunFolder::exists(path) {
            return Err(Error::NoRun { path: path.to_owned() });
        }
        let folder = RunFolder::read(path, None)?;
        let state = folder.state();
        if state.status == Status::Running && !lock::is_held(path) {
            // Killed: nobody was left to write down how it ended.
            *folder.state.lock().unwrap_or_else(PoisonError::into_inner) =
                RunState { status: Status::Interrupted, ..state };
        }
        Ok(folder)
    }

    /// Whether there is a run in `path`.
    pub fn exists(path: &Path) -> bool {
        path.join("run.json").is_file()
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the run does.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// How the run stands. A run whose process was killed is interrupted.
    pub fn status(&self) -> RunState {
        self.state()
    }

    /// Writes down how the run stands.
    pub fn set_status(&self, status: Status) -> Result<(), Error> {
        self.check_writable()?;
        self.set_state(self.state().with(status))
    }

    /// Writes down that scoring has ended, and how many samples had no recorded reply that fits the data.
    pub fn set_scored(&self, status: Status, unanswered: u64) -> Result<(), Error> {
        self.check_writable()?;
        self.set_state(RunState { unanswered, ..self.state().with(status) })
    }

    /// The log of the run.
    pub fn log_path(&self) -> PathBuf {
        self.path.join("logs/eval_log.log")
    }

    /// What was found out about the endpoint before the run.
    pub fn probe_path(&self) -> PathBuf {
        self.path.join("probe.json")
    }

    /// The folder of the reports.
    pub fn reports_path(&self) -> PathBuf {
        self.path.join("reports")
    }

    /// The report on one benchmark.
    pub fn report_path(&self, model: &str, benchmark: &str) -> Result<PathBuf, Error> {
        let folder = self.names.model(model).ok_or_else(|| self.not_planned("model", model))?;
        let name = self.names.benchmark(benchmark).ok_or_else(|| self.not_planned("benchmark", benchmark))?;
        Ok(self.path.join("reports").join(folder).join(format!("{name}.json")))
    }

    /// The file with the calls of a subset.
    pub fn predictions_path(&self, model: &str, benchmark: &str, subset: &str) -> Result<PathBuf, Error> {
        self.lines_path("predictions", model, benchmark, subset)
    }

    /// The file with the verdicts on a subset.
    pub fn reviews_path(&self, model: &str, benchmark: &str, subset: &str) -> Result<PathBuf, Error> {
        self.lines_path("reviews", model, benchmark, subset)
    }

    /// Writes `progress.json`; readers see the old content or the new.
    pub fn write_progress(&self, progress: &serde_json::Value) -> Result<(), Error> {
        let mut bytes = progress.to_string().into_bytes();
        bytes.push(b'\n');
        write_file(&self.path.join("progress.json"), &bytes)
    }

    /// Opens the journal of a subset for writing.
    pub fn journal(&self, model: &str, benchmark: &str, subset: &str) -> Result<Journal, Error> {
        self.check_writable()?;
        let path = self.predictions_path(model, benchmark, subset)?;
        make_folder_of(&path)?;
        Journal::open(&path)
    }

    /// Starts writing the reviews of a subset.
    pub fn reviews(&self, model: &str, benchmark: &str, subset: &str) -> Result<ReviewWriter, Error> {
        self.check_writable()?;
        let path = self.reviews_path(model, benchmark, subset)?;
        make_folder_of(&path)?;
        ReviewWriter::create(&path)
    }

    /// Reads the journal of a subset; one that was not begun is empty.
    pub fn read_journal(&self, model: &str, benchmark: &str, subset: &str) -> Result<JournalReader, Error> {
        JournalReader::open(&self.predictions_path(model, benchmark, subset)?)
    }

    /// Reads the reviews of a subset; one that was not begun has none.
    pub fn read_reviews(&self, model: &str, benchmark: &str, subset: &str) -> Result<ReviewReader, Error> {
        ReviewReader::open(&self.review_files(model, benchmark, subset)?)
    }

    /// Finds the reviews of a subset by sample.
    pub fn find_reviews(&self, model: &str, benchmark: &str, subset: &str) -> Result<PlaceReader, Error> {
        PlaceReader::open(&self.review_files(model, benchmark, subset)?)
    }

    /// Finds the calls of a subset by sample.
    pub fn find_calls(&self, model: &str, benchmark: &str, subset: &str) -> Result<PlaceReader, Error> {
        PlaceReader::open(&[self.predictions_path(model, benchmark, subset)?])
    }

    /// The files that may hold reviews of a subset: the whole one, and the one being written.
    pub fn review_files(&self, model: &str, benchmark: &str, subset: &str) -> Result<[PathBuf; 2], Error> {
        let path = self.reviews_path(model, benchmark, subset)?;
        let part = part_of(&path);
        Ok([path, part])
    }

    fn new(path: &Path, plan: Plan, state: RunState, lock: Option<Lock>) -> RunFolder {
        RunFolder { path: path.to_owned(), names: FileNames::of(&plan), plan, state: Mutex::new(state), lock }
    }

    fn read(path: &Path, lock: Option<Lock>) -> Result<RunFolder, Error> {
        let state = RunState::read(&path.join("run.json"))?;
        let plan = read_plan(&path.join("configs/plan.json"))?;
        Ok(RunFolder::new(path, plan, state, lock))
    }

    fn lines_path(&self, kind: &str, model: &str, benchmark: &str, subset: &str) -> Result<PathBuf, Error> {
        let folder = self.names.model(model).ok_or_else(|| self.not_planned("model", model))?;
        let name = self
            .names
            .subset(benchmark, subset)
            .ok_or_else(|| self.not_planned("subset", &format!("{benchmark}, {subset}")))?;
        Ok(self.path.join(kind).join(folder).join(format!("{name}.jsonl")))
    }

    fn not_planned(&self, what: &str, name: &str) -> Error {
        Error::NotPlanned { path: self.path.clone(), what: format!("{what} `{name}`") }
    }

    pub(crate) fn check_writable(&self) -> Result<(), Error> {
        match self.lock {
            Some(_) => Ok(()),
            None => Err(Error::ReadOnly { path: self.path.clone() }),
        }
    }

    /// Removes all reviews, which are made again of the recorded replies: no verdict of before stands beside new ones.
    pub fn remove_reviews(&self) -> Result<(), Error> {
        self.check_writable()?;
        let reviews = self.path.join("reviews");
        match std::fs::remove_dir_all(&reviews) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Error::file("remove", &reviews)(error))
            }
            _ => Ok(()),
        }
    }

    /// Removes what a killed process had not finished writing. Below the folders of a run only: another run may lie
    /// beside them.
    fn sweep(&self) {
        remove_unfinished(&self.path, 0, UNLOCKED);
        remove_unfinished(&self.path.join("configs"), 0, Duration::ZERO);
        remove_unfinished(&self.path.join("reviews"), 1, Duration::ZERO);
        remove_unfinished(&self.path.join("reports"), 1, UNLOCKED);
    }

    fn state(&self) -> RunState {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_state(&self, state: RunState) -> Result<(), Error> {
        state.write(&self.state_path())?;
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
        Ok(())
    }

    fn state_path(&self) -> PathBuf {
        self.path.join("run.json")
    }

    fn plan_path(&self) -> PathBuf {
        self.path.join("configs/plan.json")
    }

    /// JSON, which is YAML too; the name is the one that EvalScope's users know.
    pub(crate) fn options_path(&self) -> PathBuf {
        self.path.join("configs/task_config.yaml")
    }
}

fn make_folder_of(path: &Path) -> Result<(), Error> {
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder).map_err(Error::file("create", folder))
}

fn read_plan(path: &Path) -> Result<Plan, Error> {
    let broken = |message: String| Error::BrokenFile {
        path: path.to_owned(),
        message: format!("not a plan: {message}"),
    };
    let text = std::fs::read_to_string(path).map_err(Error::file("read", path))?;
    let json: serde_json::Value = serde_json::from_str(&text).map_err(|error| broken(error.to_string()))?;
    match json.get("version").and_then(serde_json::Value::as_u64) {
        Some(found) if found != u64::from(PLAN_VERSION) => {
            Err(Error::Version { path: path.to_owned(), found, known: PLAN_VERSION })
        }
        _ => serde_json::from_value(json).map_err(|error| broken(error.to_string())),
    }
}

/// The part of a plan that decides the calls.
fn asking(plan: &Plan) -> serde_json::Value {
    let mut plan = plan.clone();
    plan.benchmarks.iter_mut().for_each(|benchmark| benchmark.scoring = serde_json::Value::Null);
    of_what_is_there(plan)
}

fn scores_differently(recorded: &Plan, wanted: &Plan) -> bool {
    of_what_is_there(recorded.clone()) != of_what_is_there(wanted.clone())
}

/// The plan without what is only told.
fn of_what_is_there(mut plan: Plan) -> serde_json::Value {
    plan.benchmarks.iter_mut().for_each(PlannedBenchmark::leave_out_told);
    as_read(&plan)
}

/// A plan as it is after it was written and read, so that a recorded and a new one can be compared.
fn as_read(plan: &Plan) -> serde_json::Value {
    serde_json::to_string(plan).and_then(|text| serde_json::from_str(&text)).unwrap_or_default()
}
