//! One sandbox as the launcher holds it: its init, and the pipes into it.

use super::{channel, tree};
use crate::error::Stage;
use crate::frame::{self, Inbox};
use crate::init::{self, Refusal};
use crate::system::{self, Half};
use crate::wire::{Inside, Job, Protection, Work};
use evalscope_core::Limits;
use rustix::event::PollFlags;
use rustix::fs::OFlags;
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, Signal, WaitOptions};
use serde::Serialize;
use std::fs;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The user of the host that a sandbox of the super-user becomes: limits do not bind user 0. The kernel's own number for
/// users that have none.
const NOBODY: u32 = 65534;
/// Bytes taken from a pipe at once.
const PIECE: usize = 64 << 10;
/// The kernel ends these first when memory runs out.
const OOM_FIRST: &str = "1000";

/// One sandbox. Dropping it ends every process in it.
pub struct Inner {
    /// Its init, by the number that the host knows.
    pub init: u32,
    /// The warm interpreter, by the same.
    pub interpreter: Option<u32>,
    /// CPU time of orphans that init has waited for during earlier programs, in seconds.
    pub orphans_cpu_s: f64,
    jobs: OwnedFd,
    pub reports: OwnedFd,
    pub output: OwnedFd,
    pub errors: OwnedFd,
    pub inbox: Inbox,
    made_for: Job,
}

/// A pipe: the end to read, the end to write.
type Pipe = (OwnedFd, OwnedFd);

impl Inner {
    /// Makes the namespaces and starts init in them.
    pub fn build(job: &Job) -> Result<Inner, Refusal> {
        let pipe = || pipe_with(PipeFlags::CLOEXEC).map_err(Refusal::at(Stage::Start, "make a pipe"));
        let (jobs, reports, output, errors, go) = (pipe()?, pipe()?, pipe()?, pipe()?, pipe()?);
        match system::divide().map_err(Refusal::of(Stage::Namespaces, "make namespaces"))? {
            Half::Child => be_init(job, [jobs, output, errors], reports, go),
            Half::Parent(init) => {
                let inner = Inner {
                    init,
                    interpreter: None,
                    orphans_cpu_s: 0.0,
                    jobs: jobs.1,
                    reports: reports.0,
                    output: output.0,
                    errors: errors.0,
                    inbox: Inbox::default(),
                    made_for: shape(job),
                };
                inner.let_go(go.1)?;
                Ok(inner)
            }
        }
    }

    /// Gives the namespace its user and lets init begin.
    fn let_go(&self, go: OwnedFd) -> Result<(), Refusal> {
        for file in [&self.jobs, &self.reports, &self.output, &self.errors] {
            rustix::fs::fcntl_setfl(file, OFlags::NONBLOCK)
                .map_err(Refusal::at(Stage::Start, "set up a pipe"))?;
        }
        let folder = PathBuf::from(format!("/proc/{}", self.init));
        let _ = fs::write(folder.join("oom_score_adj"), OOM_FIRST);
        map_users(&folder).map_err(Refusal::at(Stage::Users, "map users"))?;
        rustix::io::write(&go, b"g").map_err(Refusal::at(Stage::Start, "start init"))?;
        Ok(())
    }

    /// Whether the watch can work: limits hold only for processes that the host's `/proc` shows.
    pub fn is_in_sight(&self) -> Result<(), Refusal> {
        match tree::blindness(std::process::id(), self.init) {
            None => Ok(()),
            Some(message) => Err(Refusal { stage: Stage::Watch, message: message.into() }),
        }
    }

    /// Waits until the root stands.
    pub fn wait_until_built(&mut self, patience: Duration) -> Result<Option<Protection>, Refusal> {
        match self.wait_for_message(patience)? {
            Inside::Built(protection) => Ok(protection),
            other => Err(unexpected(&other)),
        }
    }

    /// Waits until the interpreter has its modules.
    pub fn wait_until_warm(&mut self, patience: Duration) -> Result<(), Refusal> {
        match self.wait_for_message(patience)? {
            Inside::Warm => {
                self.interpreter = tree::children(self.init).first().copied();
                Ok(())
            }
            Inside::Ended { .. } => {
                let mut said = Vec::new();
                drain(&self.errors, &mut said, PIECE);
                let said = String::from_utf8_lossy(&said);
                let last = said.trim().lines().last().unwrap_or("it said nothing").to_owned();
                Err(Refusal {
                    stage: Stage::Start,
                    message: format!("the interpreter does not start: {last}"),
                })
            }
            other => Err(unexpected(&other)),
        }
    }

    fn wait_for_message(&mut self, patience: Duration) -> Result<Inside, Refusal> {
        let end = Instant::now() + patience;
        let mut piece = vec![0; PIECE];
        loop {
            if let Some(message) = self.next_message()? {
                return match message {
                    Inside::Refused { stage, message } => Err(Refusal { stage, message }),
                    message => Ok(message),
                };
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Refusal {
                    stage: Stage::Start,
                    message: format!("nothing stood after {patience:?}"),
                });
            }
            channel::wait(&[(&self.reports, PollFlags::IN)], left);
            match rustix::io::read(&self.reports, &mut piece) {
                Ok(0) => {
                    return Err(Refusal { stage: Stage::Start, message: "init ended without a word".into() });
                }
                Ok(count) => self.inbox.push(&piece[..count]),
                Err(_) => {}
            }
        }
    }

    /// The next message from inside that has come whole.
    pub fn next_message(&mut self) -> Result<Option<Inside>, Refusal> {
        self.inbox.next().map_err(Refusal::at(Stage::Start, "understand the sandbox"))
    }

    /// Whether this warm sandbox is what `job` needs.
    pub fn serves(&self, job: &Job) -> bool {
        let (mine, wanted) = (&self.made_for, shape(job));
        let interpreter = |job: &Job| match &job.work {
            Work::Python { interpreter, .. } => Some(interpreter.clone()),
            _ => None,
        };
        mine.view == wanted.view
            && fixed(&mine.limits) == fixed(&wanted.limits)
            && interpreter(mine) == interpreter(&wanted)
    }

    /// Gives the warm interpreter something to do and waits until it begins. It may have ended, or been stopped.
    pub fn hand_over(&mut self, job: &impl Serialize, patience: Duration) -> Result<(), Refusal> {
        self.send(job, patience).map_err(Refusal::at(Stage::Start, "hand over the program"))?;
        match self.wait_for_message(patience)? {
            Inside::Begun { .. } => Ok(()),
            other => Err(unexpected(&other)),
        }
    }

    /// Writes into a pipe that nobody may be reading.
    fn send(&self, job: &impl Serialize, patience: Duration) -> io::Result<()> {
        let bytes = frame::to_bytes(job)?;
        let mut rest = bytes.as_slice();
        let mut end = Instant::now() + patience;
        while !rest.is_empty() {
            match rustix::io::write(&self.jobs, rest) {
                Ok(count) => {
                    rest = &rest[count..];
                    end = Instant::now() + patience;
                }
                Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) if Instant::now() < end => {
                    let left = end.saturating_duration_since(Instant::now());
                    channel::wait(&[(&self.jobs, PollFlags::OUT)], left);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// What orphans have cost so far is not the next program's.
    pub fn note_orphans(&mut self) {
        self.orphans_cpu_s = tree::waited_cpu_s(self.init);
    }

    /// Ends every process in it and waits until they are gone.
    fn end(&self) {
        let Some(init) = Pid::from_raw(self.init as i32) else { return };
        let _ = rustix::process::kill_process(init, Signal::KILL);
        while let Err(rustix::io::Errno::INTR) = rustix::process::waitpid(Some(init), WaitOptions::empty()) {}
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.end();
    }
}

/// What of a job decides about a warm sandbox; the program is none of it.
fn shape(job: &Job) -> Job {
    let mut shape = job.clone();
    if let Work::Python { program, stdin, .. } = &mut shape.work {
        program.clear();
        stdin.clear();
    }
    shape
}

/// Limits that hold for a sandbox from its beginning.
fn fixed(limits: &Limits) -> [u64; 4] {
    [limits.memory_mb, limits.processes, limits.open_files, limits.disk_mb]
}

/// The new half: keeps its ends of the pipes and becomes init.
fn be_init(job: &Job, [jobs, output, errors]: [Pipe; 3], reports: Pipe, go: Pipe) -> ! {
    let connected = rustix::stdio::dup2_stdin(&jobs.0)
        .and_then(|()| rustix::stdio::dup2_stdout(&output.1))
        .and_then(|()| rustix::stdio::dup2_stderr(&errors.1));
    drop((jobs, output, errors, reports.0, go.1));
    if connected.is_err() {
        system::leave(1);
    }
    init::live(job, go.0, reports.1)
}

/// User 0 of the namespace is `NOBODY` for a super-user, and an ordinary user is itself.
fn map_users(folder: &std::path::Path) -> io::Result<()> {
    let user = rustix::process::geteuid().as_raw();
    let group = rustix::process::getegid().as_raw();
    let was_root = user == 0;
    let (user, group) = if was_root { (NOBODY, NOBODY) } else { (user, group) };
    if !was_root {
        fs::write(folder.join("setgroups"), "deny")?;
    }
    fs::write(folder.join("gid_map"), format!("0 {group} 1"))?;
    fs::write(folder.join("uid_map"), format!("0 {user} 1"))
}

/// Reads what is there, until `into` is this long.
pub fn drain(from: &OwnedFd, into: &mut Vec<u8>, most: usize) {
    let mut piece = [0; PIECE];
    while into.len() < most
        && let Ok(count @ 1..) = rustix::io::read(from.as_fd(), &mut piece)
    {
        into.extend_from_slice(&piece[..count]);
    }
}

fn unexpected(message: &Inside) -> Refusal {
    Refusal { stage: Stage::Start, message: format!("the sandbox spoke out of turn: {message:?}") }
}
