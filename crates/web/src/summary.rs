//! The summary of a run: the one that the run wrote, or one made now and kept. One that takes longer than a moment is made in the
//! background.

use crate::error::Error;
use crate::hash::short_hash;
use crate::index::{Progress, fingerprint};
use crate::outputs::Outputs;
use crate::turn::Turn;
use evalscope_report::page::written;
use evalscope_report::summarize_watched;
use evalscope_runs::{RunFolder, Status, write_file};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Bytes of a live run's files at most for a summary to be made while it runs; beyond, progress.json says enough.
const MAX_LIVE_BYTES: u64 = 64 << 20;
/// Live runs whose summaries are held in memory.
const MAX_LIVE: usize = 16;
/// A request waits so long for a summary before it says how far it is.
const PATIENCE: Duration = Duration::from_millis(400);
/// Lines that are read of a sample, by which the progress is told: its review and, mostly, one call.
const LINES: u64 = 2;

/// A summary, or how far its making is.
pub enum Summed {
    /// It is here; none of a run that is live and large.
    Ready(Option<Value>),
    /// It is being made.
    Counting(Arc<Progress>),
}

/// The summaries that are being made.
pub struct Summaries(Arc<Shared>);

struct Shared {
    turn: Turn,
    jobs: Mutex<HashMap<String, Job>>,
    /// The last one of each live run, and what it was made of: whoever looks again meanwhile need not wait.
    live: Mutex<HashMap<String, (String, Value)>>,
    changed: Condvar,
}

enum Job {
    Counting(Arc<Progress>),
    /// Why it failed, for files with this fingerprint.
    Failed(String, String),
}

impl Summaries {
    /// None so far.
    pub fn new(turn: Turn) -> Summaries {
        let (jobs, live, changed) = (Mutex::default(), Mutex::default(), Condvar::new());
        Summaries(Arc::new(Shared { turn, jobs, live, changed }))
    }

    /// The summary of a run, or how far it is.
    pub fn find(&self, outputs: &Outputs, id: &str, folder: &RunFolder) -> Result<Summed, Error> {
        if let Some(summary) = written(folder) {
            return Ok(Summed::Ready(Some(summary)));
        }
        let (made_of, bytes) = fingerprint(folder)?;
        let path = outputs.derived(&format!("summary-{}.json", short_hash(id)))?;
        let is_live = folder.status().status == Status::Running;
        if is_live {
            // It changes all the time, so that nothing is gained by making it beside.
            let fits = bytes <= MAX_LIVE_BYTES;
            return Ok(Summed::Ready(fits.then(|| self.0.of_live(id, &made_of, folder)).transpose()?));
        }
        if let Some(kept) = kept(&path, &made_of) {
            return Ok(Summed::Ready(Some(kept)));
        }
        let progress = match self.0.begin(id, &made_of)? {
            Begun::Before(progress) => progress,
            Begun::Now(progress) => {
                let job = Making {
                    id: id.to_owned(),
                    folder: folder.path().to_owned(),
                    made_of: made_of.clone(),
                    path: path.clone(),
                };
                let (shared, watched) = (self.0.clone(), progress.clone());
                std::thread::spawn(move || {
                    let turn = shared.turn.take();
                    let made = job.run(&watched);
                    drop(turn);
                    shared.end(&job, made);
                });
                progress
            }
        };
        self.0.wait(id);
        Ok(kept(&path, &made_of).map_or(Summed::Counting(progress), |summary| Summed::Ready(Some(summary))))
    }

    /// The summary of a run, however long it takes.
    pub fn wait(&self, outputs: &Outputs, id: &str, folder: &RunFolder) -> Result<Option<Value>, Error> {
        loop {
            if let Summed::Ready(summary) = self.find(outputs, id, folder)? {
                return Ok(summary);
            }
        }
    }
}

enum Begun {
    Now(Arc<Progress>),
    Before(Arc<Progress>),
}

impl Shared {
    fn of_live(&self, id: &str, made_of: &str, folder: &RunFolder) -> Result<Value, Error> {
        let live = || self.live.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, summary)) = live().get(id)
            && of == made_of
        {
            return Ok(summary.clone());
        }
        let summary = make(folder, &|| ())?;
        let mut kept = live();
        if kept.len() >= MAX_LIVE {
            kept.clear();
        }
        kept.insert(id.to_owned(), (made_of.to_owned(), summary.clone()));
        Ok(summary)
    }

    fn begin(&self, id: &str, made_of: &str) -> Result<Begun, Error> {
        let mut jobs = self.lock();
        match jobs.get(id) {
            Some(Job::Counting(progress)) => return Ok(Begun::Before(progress.clone())),
            Some(Job::Failed(of, message)) if of == made_of => {
                return Err(Error::Broken { message: message.clone() });
            }
            _ => {}
        }
        let progress = Arc::new(Progress::default());
        jobs.insert(id.to_owned(), Job::Counting(progress.clone()));
        Ok(Begun::Now(progress))
    }

    fn end(&self, job: &Making, made: Result<(), Error>) {
        let mut jobs = self.lock();
        match made {
            Ok(()) => jobs.remove(&job.id),
            Err(error) => jobs.insert(job.id.clone(), Job::Failed(job.made_of.clone(), error.to_string())),
        };
        self.changed.notify_all();
    }

    fn wait(&self, id: &str) {
        let is_made = |jobs: &mut HashMap<String, Job>| matches!(jobs.get(id), Some(Job::Counting(_)));
        drop(self.changed.wait_timeout_while(self.lock(), PATIENCE, is_made));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Job>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The making of a summary that is kept.
struct Making {
    id: String,
    folder: PathBuf,
    made_of: String,
    path: PathBuf,
}

impl Making {
    fn run(&self, progress: &Progress) -> Result<(), Error> {
        let folder = RunFolder::open(&self.folder)?;
        progress.total.store(folder.plan().samples() * LINES, Ordering::Relaxed);
        let seen = || {
            progress.done.fetch_add(1, Ordering::Relaxed);
        };
        let summary = make(&folder, &seen)?;
        let text = json!({"made_of": self.made_of, "summary": summary}).to_string();
        Ok(write_file(&self.path, text.as_bytes())?)
    }
}

fn make(folder: &RunFolder, seen: &dyn Fn()) -> Result<Value, Error> {
    let failed = |error: serde_json::Error| Error::Internal { message: error.to_string() };
    serde_json::to_value(summarize_watched(folder, seen)?).map_err(failed)
}

fn kept(path: &Path, made_of: &str) -> Option<Value> {
    let text = std::fs::read_to_string(path).ok()?;
    let mut kept: Value = serde_json::from_str(&text).ok()?;
    (kept["made_of"] == json!(made_of)).then(|| kept["summary"].take())
}

/// How far it is, for the page: lines may be more than were planned.
pub fn counting(progress: &Progress) -> Value {
    let total = progress.total.load(Ordering::Relaxed);
    json!({"done": progress.done.load(Ordering::Relaxed).min(total) / LINES, "total": total / LINES})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_counted_than_there_is() {
        let progress = Progress::default();
        assert_eq!(counting(&progress), json!({"done": 0, "total": 0}));
        progress.total.store(10 * LINES, Ordering::Relaxed);
        progress.done.store(7, Ordering::Relaxed);
        assert_eq!(counting(&progress), json!({"done": 3, "total": 10}));
        progress.done.store(99, Ordering::Relaxed);
        assert_eq!(counting(&progress), json!({"done": 10, "total": 10}));
    }
}
