//! Runs that are started from the page: as child processes, with the command line that a person would type.

use crate::error::Error;
use crate::hash::short_hash;
use crate::outputs::Outputs;
use evalscope_runs::write_file;
use serde::{Deserialize, Serialize};
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
    runs: Mutex<HashMap<String, Child>>,
}

/// What a new run should do.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// The model.
    pub model: String,
    /// The endpoint; a local model without.
    #[serde(default)]
    pub api_url: Option<String>,
    /// The benchmarks.
    pub datasets: Vec<String>,
    /// Samples at most of each subset.
    #[serde(default)]
    pub limit: Option<u64>,
    /// Calls at a time.
    #[serde(default)]
    pub eval_batch_size: Option<u32>,
}

/// Whether a run begins or is gone on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// It begins.
    New,
    /// It is gone on with.
    Again,
}

impl Wish {
    /// The words behind `evalscope`, for a new folder or one to go on with.
    pub fn words(&self, folder: &str, how: Start) -> Result<Vec<String>, Error> {
        if self.datasets.is_empty() || self.model.trim().is_empty() {
            return Err(Error::invalid("a run needs a model and at least one benchmark"));
        }
        let mut words = vec!["eval".to_owned(), format!("--model={}", self.model)];
        words.extend(self.api_url.iter().filter(|url| !url.is_empty()).map(|url| format!("--api-url={url}")));
        words.extend(self.datasets.iter().map(|name| format!("--datasets={name}")));
        words.extend(self.limit.map(|limit| format!("--limit={limit}")));
        words.extend(self.eval_batch_size.map(|size| format!("--eval-batch-size={size}")));
        match how {
            Start::Again => words.push(format!("--use-cache={folder}")),
            Start::New => words.extend([format!("--work-dir={folder}"), "--no-timestamp".to_owned()]),
        }
        Ok(words)
    }
}

/// The command line, as a shell reads it.
pub fn command_line(words: &[String]) -> String {
    let is_plain =
        |word: &str| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_=./:@%+,".contains(&byte));
    let quoted = words.iter().map(|word| match is_plain(word) && !word.is_empty() {
        true => word.clone(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    });
    std::iter::once("evalscope".to_owned()).chain(quoted).collect::<Vec<_>>().join(" ")
}

impl Launched {
    /// Starts runs with this program, or none.
    pub fn new(launcher: Option<PathBuf>) -> Launched {
        Launched { launcher, runs: Mutex::default() }
    }

    /// Whether runs may be started.
    pub fn is_allowed(&self) -> bool {
        self.launcher.is_some()
    }

    /// Starts a run, or goes on with it. What it was asked to do is kept beside the indexes, for a server that is started later.
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
        command.args(&words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log_file(&folder, id, how)?);
        let kept =
            serde_json::to_vec(wish).map_err(|error| Error::Internal { message: error.to_string() })?;
        write_file(&wish_path(outputs, id)?, &kept)?;
        runs.insert(id.to_owned(), command.spawn().map_err(Error::file("start", launcher))?);
        Ok(())
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

/// What a run was asked to do that was started from here, by this server or one before it.
pub fn wish(outputs: &Outputs, id: &str) -> Option<Wish> {
    let text = std::fs::read_to_string(wish_path(outputs, id).ok()?).ok()?;
    serde_json::from_str(&text).ok()
}

fn wish_path(outputs: &Outputs, id: &str) -> Result<PathBuf, Error> {
    outputs.derived(&format!("launched-{}.json", short_hash(id)))
}

/// What the run says goes beside its folder: a run that cannot begin makes none. One that goes on says more.
fn log_file(folder: &Path, id: &str, how: Start) -> Result<Stdio, Error> {
    let path = log_path(folder, id);
    let is_resumed = how == Start::Again;
    let opened =
        OpenOptions::new().create(true).write(true).append(is_resumed).truncate(!is_resumed).open(&path);
    opened.map(Stdio::from).map_err(Error::file("create", &path))
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
        let datasets = vec!["gsm8k".to_owned(), "a b".to_owned()];
        Wish { model: model.into(), api_url: None, datasets, limit: Some(5), eval_batch_size: None }
    }

    #[test]
    fn the_command_line_is_what_a_shell_takes() {
        let words = asked("--x'; rm -rf /").words("out/1", Start::New).unwrap();
        let line = command_line(&words);
        assert_eq!(
            line,
            "evalscope eval '--model=--x'\\''; rm -rf /' --datasets=gsm8k '--datasets=a b' --limit=5 \
             --work-dir=out/1 --no-timestamp"
        );
        assert!(asked("m").words("out/1", Start::Again).unwrap().contains(&"--use-cache=out/1".to_owned()));
        assert!(asked(" ").words("out/1", Start::Again).is_err());
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
        let outputs = Outputs::open(home.path()).unwrap();
        assert_eq!(wish(&outputs, "x"), None);
        let launched = Launched::new(Some("true".into()));
        launched.start(&outputs, "x", &asked("m"), Start::New).unwrap();
        assert_eq!(wish(&outputs, "x"), Some(asked("m")));
    }

    #[test]
    fn nothing_is_started_without_permission() {
        let home = tempfile::tempdir().unwrap();
        let outputs = Outputs::open(home.path()).unwrap();
        let launched = Launched::new(None);
        let started = launched.start(&outputs, "x", &asked("m"), Start::New);
        assert!(matches!(started, Err(Error::Refused { .. })), "{started:?}");
        assert!(launched.stop("x").is_err() && !launched.is_running("x"));
    }
}
