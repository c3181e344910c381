//! A launcher as the caller holds it: a process, a pipe in, a pipe out.

use crate::LAUNCHER_WORD;
use crate::busy;
use crate::error::{Error, Stage};
use crate::frame;
use crate::wire::{Answer, Job};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A launcher. It ends when this is dropped, or when this process ends however it may.
pub struct Worker {
    path: PathBuf,
    process: Child,
    jobs: Option<ChildStdin>,
    answers: ChildStdout,
}

impl Worker {
    /// Starts the launcher.
    pub fn start(path: &Path) -> Result<Worker, Error> {
        let failed = |message: String| Error::Launcher { path: path.to_owned(), message };
        let mut process = Command::new(path)
            .arg(LAUNCHER_WORD)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| match busy::is_busy(&error) {
                true => {
                    Error::Refused { stage: Stage::Busy, message: format!("start the launcher: {error}") }
                }
                false => failed(error.to_string()),
            })?;
        match (process.stdin.take(), process.stdout.take()) {
            (Some(jobs), Some(answers)) => {
                Ok(Worker { path: path.to_owned(), process, jobs: Some(jobs), answers })
            }
            _ => Err(failed("it has no pipes".into())),
        }
    }

    /// Has one job done. After an error this worker is of no use.
    pub fn call(&mut self, job: &Job) -> Result<Answer, Error> {
        let path = self.path.clone();
        let failed =
            |error: std::io::Error| Error::Launcher { path: path.clone(), message: error.to_string() };
        if let Some(jobs) = &mut self.jobs {
            frame::write(jobs, job).map_err(failed)?;
        }
        let answer = frame::read(&mut self.answers).map_err(failed)?;
        answer.ok_or_else(|| Error::Launcher {
            path: self.path.clone(),
            message: "it ended without a word".into(),
        })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Closed, the pipe tells the launcher to end, and its sandbox with it.
        drop(self.jobs.take());
        let _ = self.process.wait();
    }
}
