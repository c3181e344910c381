//! The launcher: a process with one thread that builds sandboxes, watches what runs in them, and answers.

mod channel;
mod inner;
mod tree;
mod verdict;
mod watch;

use crate::error::Stage;
use crate::frame;
use crate::init::Refusal;
use crate::system;
use crate::wire::{Answer, Job, Ran, Work};
use channel::Channel;
use inner::Inner;
use serde::Serialize;
use std::process::ExitCode;
use std::time::Duration;
use watch::{Seen, Watch};

/// Time for building a sandbox, and for warming an interpreter, on a host that is very busy.
const BUILD_PATIENCE: Duration = Duration::from_secs(60);

/// Time in which a warm interpreter that waits takes a program, or a piece of one. One that was stopped never does.
const HAND_OVER_PATIENCE: Duration = Duration::from_secs(5);

/// What a warm interpreter is given.
#[derive(Serialize)]
struct WarmJob<'a> {
    program: &'a str,
    stdin: &'a str,
    cpu_s: f64,
}

/// Serves jobs from standard input until it is closed.
pub fn run() -> ExitCode {
    if system::close_from(3).and_then(|()| system::heed_children()).is_err() {
        return ExitCode::FAILURE;
    }
    // A signal from the terminal is for the caller, which then closes our standard input.
    let _ = rustix::process::setsid();
    let mut warm = None;
    loop {
        let job: Job = match frame::read(&mut Channel) {
            Ok(Some(job)) => job,
            Ok(None) => return ExitCode::SUCCESS,
            Err(_) => return ExitCode::FAILURE,
        };
        let answer = answer(&job, &mut warm)
            .unwrap_or_else(|refusal| Answer::Refused { stage: refusal.stage, message: refusal.message });
        if frame::write(&mut Channel, &answer).is_err() {
            return ExitCode::FAILURE;
        }
    }
}

fn answer(job: &Job, warm: &mut Option<Inner>) -> Result<Answer, Refusal> {
    match &job.work {
        Work::Probe => {
            let mut inner = Inner::build(job)?;
            inner.is_in_sight()?;
            match inner.wait_until_built(BUILD_PATIENCE)? {
                Some(protection) => Ok(Answer::Probed(protection)),
                None => Err(Refusal { stage: Stage::Start, message: "the probe found nothing".into() }),
            }
        }
        Work::Commands { .. } | Work::Python { .. } => {
            let is_used = warm.is_some();
            let seen = match attempt(job, warm) {
                Ok(seen) if !verdict::is_doubtful(&seen, &job.limits) => seen,
                Err(refusal) if !is_used => return Err(refusal),
                // It can be the host's doing, or that of the program before. What comes of a fresh sandbox counts.
                _ => attempt(job, warm)?,
            };
            if seen.end.is_none() && seen.broke.is_none() {
                return Err(Refusal { stage: Stage::Start, message: "somebody ended the sandbox".into() });
            }
            let building = seen.building.is_some();
            let execution = verdict::execution(seen, &job.limits, job.view.isolation);
            Ok(Answer::Ran(Ran { execution, building }))
        }
    }
}

/// Runs the program once. A warm sandbox is taken, and given back when it is as it was before.
fn attempt(job: &Job, warm: &mut Option<Inner>) -> Result<Seen, Refusal> {
    if let Work::Commands { commands, .. } = &job.work {
        let mut inner = Inner::build(job)?;
        inner.wait_until_built(BUILD_PATIENCE)?;
        return Watch::new(&mut inner, &job.limits, commands).until_the_end();
    }
    let mut inner = match warm.take().filter(|inner| inner.serves(job)) {
        Some(inner) => inner,
        None => warmed(job)?,
    };
    if let Work::Python { program, stdin, .. } = &job.work {
        let work = WarmJob { program, stdin, cpu_s: job.limits.cpu_s };
        inner.hand_over(&work, HAND_OVER_PATIENCE)?;
    }
    let seen = Watch::new(&mut inner, &job.limits, &[]).until_the_end()?;
    if seen.is_reusable() && !verdict::is_doubtful(&seen, &job.limits) {
        inner.note_orphans();
        *warm = Some(inner);
    }
    Ok(seen)
}

fn warmed(job: &Job) -> Result<Inner, Refusal> {
    let mut inner = Inner::build(job)?;
    inner.wait_until_built(BUILD_PATIENCE)?;
    inner.wait_until_warm(BUILD_PATIENCE)?;
    Ok(inner)
}
