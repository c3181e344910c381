//! The indexes that are open or being made. One that takes longer than a moment is made in the background.

use crate::error::Error;
use crate::index::{Progress, RunIndex, build};
use crate::turn::Turn;
use evalscope_runs::RunFolder;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Runs whose facts are in memory.
const OPEN_INDEXES: usize = 6;
/// A request waits so long for an index that is being made before it says how far it is.
const PATIENCE: Duration = Duration::from_millis(600);
/// A live run's index is made anew at most after so many times what making it took.
const REST: u32 = 10;

/// The indexes that are open or being made.
pub struct Indexes(Arc<Shared>);

struct Shared {
    turn: Turn,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    open: Vec<Open>,
    making: HashMap<String, Arc<Progress>>,
    /// Why the last making failed, by run.
    failed: HashMap<String, Failed>,
}

struct Failed {
    fingerprint: String,
    message: String,
}

struct Open {
    id: String,
    fingerprint: String,
    index: Arc<RunIndex>,
    took: Duration,
    made: Instant,
}

/// An index, or how far its making is.
pub enum Lookup {
    /// It is here.
    Ready(Arc<RunIndex>),
    /// It is being made.
    Making(Arc<Progress>),
}

impl Indexes {
    /// None so far.
    pub fn new(turn: Turn) -> Indexes {
        Indexes(Arc::new(Shared { turn, state: Mutex::default(), changed: Condvar::new() }))
    }

    /// The index of a run whose files have this fingerprint; it stands in `path`.
    pub fn find(
        &self,
        id: &str,
        folder: &RunFolder,
        fingerprint: &str,
        path: &Path,
    ) -> Result<Lookup, Error> {
        let mut state = self.0.lock();
        if let Some(index) = state.opened(id, fingerprint) {
            return Ok(Lookup::Ready(index));
        }
        if let Some(failed) = state.failed.get(id).filter(|failed| failed.fingerprint == fingerprint) {
            return Err(Error::Broken { message: failed.message.clone() });
        }
        if !state.making.contains_key(id) {
            if let Ok(Some(index)) = RunIndex::open(path, fingerprint) {
                return Ok(Lookup::Ready(state.keep(id, fingerprint, index, Duration::ZERO)));
            }
            let progress = Arc::new(Progress::default());
            state.making.insert(id.to_owned(), progress.clone());
            let job = Job {
                shared: self.0.clone(),
                id: id.to_owned(),
                folder: folder.path().to_owned(),
                fingerprint: fingerprint.to_owned(),
                path: path.to_owned(),
                progress,
            };
            std::thread::spawn(move || job.run());
        }
        self.wait(state, id)
    }

    fn wait(&self, state: MutexGuard<'_, State>, id: &str) -> Result<Lookup, Error> {
        let is_made = |state: &mut State| state.making.contains_key(id);
        let waited = self.0.changed.wait_timeout_while(state, PATIENCE, is_made);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = state.open.iter().find(|open| open.id == id) {
            return Ok(Lookup::Ready(open.index.clone()));
        }
        match (state.making.get(id), state.failed.get(id)) {
            (None, Some(failed)) => Err(Error::Broken { message: failed.message.clone() }),
            (progress, _) => Ok(Lookup::Making(progress.cloned().unwrap_or_default())),
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The open index, when it is of these files, or was made so recently that it may rest.
    fn opened(&mut self, id: &str, fingerprint: &str) -> Option<Arc<RunIndex>> {
        let at = self.open.iter().position(|open| open.id == id)?;
        let open = self.open.remove(at);
        let is_fresh = open.fingerprint == fingerprint || open.made.elapsed() < open.took * REST;
        let index = open.index.clone();
        self.open.push(open);
        is_fresh.then_some(index)
    }

    fn keep(&mut self, id: &str, fingerprint: &str, index: RunIndex, took: Duration) -> Arc<RunIndex> {
        let index = Arc::new(index);
        self.open.retain(|open| open.id != id);
        if self.open.len() >= OPEN_INDEXES {
            self.open.remove(0);
        }
        let (id, fingerprint) = (id.to_owned(), fingerprint.to_owned());
        self.open.push(Open { id, fingerprint, index: index.clone(), took, made: Instant::now() });
        index
    }
}

/// The making of an index.
struct Job {
    shared: Arc<Shared>,
    id: String,
    folder: PathBuf,
    fingerprint: String,
    path: PathBuf,
    progress: Arc<Progress>,
}

impl Job {
    fn run(self) {
        let turn = self.shared.turn.take();
        let began = Instant::now();
        let made = self.make();
        drop(turn);
        let mut state = self.shared.lock();
        state.making.remove(&self.id);
        match made {
            Ok(index) => {
                state.failed.remove(&self.id);
                state.keep(&self.id, &self.fingerprint, index, began.elapsed());
            }
            Err(error) => {
                let failed = Failed { fingerprint: self.fingerprint, message: error.to_string() };
                state.failed.insert(self.id, failed);
            }
        }
        self.shared.changed.notify_all();
    }

    fn make(&self) -> Result<RunIndex, Error> {
        let folder = RunFolder::open(&self.folder)?;
        let part = self.path.with_extension(format!("{}.part", std::process::id()));
        // What a killed process left behind is of no use to anyone.
        let _ = std::fs::remove_file(&part);
        build(&folder, &self.fingerprint, &part, &self.progress)?;
        std::fs::rename(&part, &self.path).map_err(Error::file("write", &self.path))?;
        let missing = || Error::Internal { message: "a new index could not be opened".into() };
        RunIndex::open(&self.path, &self.fingerprint)?.ok_or_else(missing)
    }
}
