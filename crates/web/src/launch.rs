//! Runs that are started from the page: as child processes, with the command line that a person would type.

use crate::error::Error;
use crate::outputs::Outputs;
use crate::wish::{Start, Wish, Wishes};
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Bytes of a log's end that are shown.
const MAX_LOG: u64 = 64 << 10;

/// Runs that were started here.
pub struct Launched {
    launcher: Option<PathBuf>,
    wishes: Wishes,
    runs: Mutex<HashMap<String, Child>>,
}

impl Launched {
    /// Starts runs with this program, or none; what they were asked to do is kept in `state`, a folder of this user.
    pub fn new(launcher: Option<PathBuf>, state: &Path) -> Launched {
        Launched { launcher, wishes: Wishes::new(state), runs: Mutex::default() }
    }

    /// Whether runs may be started.
    pub fn is_allowed(&self) -> bool {
        self.launcher.is_some()
    }

    /// Starts a run, or goes on with it. What it was asked to do is kept for a server that is started later.
    pub fn start(&self, outputs: &Outputs, id: &str, wish: &Wish, how: Start) -> Result<(), Error> {
        let Some(launcher) = &self.launcher else {
            let message = "runs cannot be started from here".to_owned();
            let hint = Some("start `evalscope app` with --allow-run".to_owned());
            return Err(Error::Refused { message, hint });
        };
        let folder = outputs.root().join(id);
        let words = wish.words(&folder.to_string_lossy(), how)?;
        let mut runs = self.lock();
        if runs.get_mut(id).is_some_and(is_alive) {
            return Err(Error::invalid(format!("`{id}` runs already")));
        }
        let mut command = Command::new(launcher);
        let log = log_file(outputs, &folder, id, how)?;
        command.args(&words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.wishes.keep(outputs, id, wish)?;
        runs.insert(id.to_owned(), command.spawn().map_err(Error::file("start", launcher))?);
        Ok(())
    }

    /// What a run was asked to do that this user started from here, by this server or one before it.
    pub fn wish(&self, outputs: &Outputs, id: &str) -> Option<Wish> {
        self.wishes.of(outputs, id)
    }

    /// How a run that was started here ended: nothing while it runs, and its exit code after, when it has one.
    pub fn ended(&self, id: &str) -> Option<Option<i32>> {
        let mut runs = self.lock();
        let status = runs.get_mut(id)?.try_wait().ok().flatten();
        status.map(|status| status.code())
    }

    /// Whether a run that was started here is still alive.
    pub fn is_running(&self, id: &str) -> bool {
        self.lock().get_mut(id).is_some_and(is_alive)
    }

    /// Interrupts a run that was started here, as Ctrl-C does: it writes down how it stands.
    pub fn stop(&self, id: &str) -> Result<(), Error> {
        let mut runs = self.lock();
        let alive = runs.get_mut(id).and_then(|child| is_alive(child).then_some(&*child));
        alive.map_or_else(
            || Err(Error::missing(format!("run `{id}` that was started here and is alive"))),
            interrupt,
        )
    }

    /// Interrupts all runs that were started here.
    pub fn stop_all(&self) {
        for child in self.lock().values_mut() {
            if is_alive(child) {
                // It may have ended meanwhile; there is nobody left to tell.
                let _ = interrupt(child);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Child>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_alive(child: &mut Child) -> bool {
    matches!(child.try_wait(), Ok(None))
}

/// What the run says goes beside its folder: a run that cannot begin makes none. One that goes on says more. A folder from somebody
/// else may hold a link in this place, which must not lead the text elsewhere.
fn log_file(outputs: &Outputs, folder: &Path, id: &str, how: Start) -> Result<Stdio, Error> {
    let path = log_path(folder, id);
    let is_inside = path.parent().is_some_and(|beside| outputs.inside(beside).is_some());
    let is_file = path.symlink_metadata().map_or(true, |about| about.is_file());
    if !is_inside || !is_file {
        let message = format!("{} is not a file in the folder of results", path.display());
        return Err(Error::Refused { message, hint: Some("delete it".into()) });
    }
    let is_resumed = how == Start::Again;
    let mut options = OpenOptions::new();
    options.create(true).write(true).append(is_resumed).truncate(!is_resumed);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // What became a link meanwhile is not followed either.
        options.mode(0o600).custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
    }
    options.open(&path).map(Stdio::from).map_err(Error::file("create", &path))
}

fn log_path(folder: &Path, id: &str) -> PathBuf {
    folder.with_file_name(format!(".{}.log", id.replace('/', "_")))
}

/// The end of what a run said, and whether that is not all; nothing when it was not started from here.
pub fn log(outputs: &Outputs, id: &str) -> Result<Option<(String, bool)>, Error> {
    let Some(path) = outputs.inside(&log_path(&outputs.root().join(id), id)) else { return Ok(None) };
    let failed = || Error::file("read", &path);
    let mut file = File::open(&path).map_err(failed())?;
    let bytes = file.metadata().map_err(failed())?.len();
    let start = bytes.saturating_sub(MAX_LOG);
    file.seek(SeekFrom::Start(start)).map_err(failed())?;
    let mut end = Vec::new();
    file.take(MAX_LOG).read_to_end(&mut end).map_err(failed())?;
    Ok(Some((String::from_utf8_lossy(&end).into_owned(), start > 0)))
}

#[cfg(unix)]
fn interrupt(child: &Child) -> Result<(), Error> {
    let failed = |error: rustix::io::Errno| Error::Internal {
        message: format!("the run could not be stopped: {error}"),
    };
    let pid = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    let missing = || Error::missing("process of the run");
    rustix::process::kill_process(pid.ok_or_else(missing)?, rustix::process::Signal::INT).map_err(failed)
}

#[cfg(not(unix))]
fn interrupt(_: &Child) -> Result<(), Error> {
    Err(Error::invalid("runs can be stopped on Unix only; end the process"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(model: &str) -> Wish {
        let datasets = vec!["gsm8k".to_owned()];
        Wish { model: model.into(), api_url: None, datasets, limit: Some(5), eval_batch_size: None }
    }

    #[test]
    fn a_log_is_read_by_its_end_and_within_the_folder() {
        let home = tempfile::tempdir().unwrap();
        let outputs = Outputs::open(&home.path().join("outputs")).unwrap();
        let long = "x".repeat(MAX_LOG as usize) + "\u{1b}[31mend";
        std::fs::write(outputs.root().join(".a.log"), &long).unwrap();
        std::fs::write(home.path().join(".b.log"), "secret").unwrap();
        let (text, is_cut) = log(&outputs, "a").unwrap().unwrap();
        assert!(text.len() as u64 == MAX_LOG && text.ends_with("end") && is_cut);
        for id in ["b", "../b", "", "nothing"] {
            assert_eq!(log(&outputs, id).unwrap(), None, "{id}");
        }
    }

    #[test]
    fn what_a_run_was_asked_to_do_outlives_the_server() {
        let home = tempfile::tempdir().unwrap();
        let outputs = Outputs::open(&home.path().join("outputs")).unwrap();
        let server = || Launched::new(Some("true".into()), &home.path().join("state"));
        assert_eq!(server().wish(&outputs, "x"), None);
        server().start(&outputs, "x", &asked("m"), Start::New).unwrap();
        assert_eq!(server().wish(&outputs, "x"), Some(asked("m")));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_the_place_of_the_log_leads_nowhere() {
        let home = tempfile::tempdir().unwrap();
        let outputs = Outputs::open(&home.path().join("outputs")).unwrap();
        let other = home.path().join("other");
        std::fs::write(&other, "mine").unwrap();
        std::os::unix::fs::symlink(&other, outputs.root().join(".x.log")).unwrap();
        let launched = Launched::new(Some("true".into()), &home.path().join("state"));
        for how in [Start::New, Start::Again] {
            let started = launched.start(&outputs, "x", &asked("m"), how);
            assert!(matches!(started, Err(Error::Refused { .. })), "{started:?}");
        }
        assert_eq!(std::fs::read_to_string(other).unwrap(), "mine");
    }

    #[test]
    fn nothing_is_started_without_permission() {
        let home = tempfile::tempdir().unwrap();
        let outputs = Outputs::open(home.path()).unwrap();
        let launched = Launched::new(None, &home.path().join("state"));
        let started = launched.start(&outputs, "x", &asked("m"), Start::New);
        assert!(matches!(started, Err(Error::Refused { .. })), "{started:?}");
        assert!(launched.stop("x").is_err() && !launched.is_running("x"));
    }
}
