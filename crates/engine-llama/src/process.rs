//! A worker as its parent sees it.

use crate::built::WORKER_WORD;
use crate::listener::{Heard, listen};
use crate::pipes::{Incoming, Outgoing};
use crate::protocol::{self, Open, Reply, Request};
use crate::stamp::Stamp;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, setsid, waitid};
use std::ffi::OsString;
use std::io::{Error, ErrorKind};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Time for a model to be read: large ones come from slow disks.
const OPEN_WITHIN: Duration = Duration::from_secs(30 * 60);
/// Time for one pass: 256 tokens of a large model on a busy machine take minutes.
const ANSWER_WITHIN: Duration = Duration::from_secs(20 * 60);
/// Time for a process that has closed its output or was killed to end, and for its last words.
const END_WITHIN: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// Room in its pipe for logits, as far as the system gives it.
#[cfg(target_os = "linux")]
const PIPE_BYTES: usize = 1 << 20;

/// How threads of one worker wait for each other, which they do after each of some hundred steps of a pass: for some
/// microseconds awake, and asleep from then on. Asleep at once they lose two fifths of the speed of one reply on cores that
/// are free; awake for ever, one that lacks its core keeps the others turning, at a hundredth of the speed. The price is paid on
/// cores that are busy, where several threads of one worker write a reply at a quarter of the speed that they had asleep at
/// once: the caller's own variables come after these.
const WAITING: [(&str, &str); 2] = [("OMP_WAIT_POLICY", "passive"), ("GOMP_SPINCOUNT", "1000")];

/// How workers are started.
#[derive(Debug, Clone)]
pub(crate) struct Launch {
    /// The binary whose `main` calls [`entry`](crate::entry) first.
    pub(crate) launcher: PathBuf,
    /// All that workers find in their environment.
    pub(crate) environment: Vec<(OsString, OsString)>,
    /// The file, as it was when its digest was taken.
    pub(crate) stamp: Stamp,
}

/// A worker. Dropping it ends it.
pub(crate) struct Process {
    child: Child,
    stdin: Outgoing,
    stdout: Incoming,
    heard: Heard,
    has_ended: bool,
}

impl Process {
    /// Starts a worker and has it open a model; what it says of that.
    pub(crate) fn open(launch: &Launch, open: &Open) -> Result<(Process, Reply), Fall> {
        let mut process = Process::start(launch, open)
            .map_err(|error| Fall { how: format!("it cannot be started: {error}"), lines: Vec::new() })?;
        let said = process.ask(&Request::Open(open.clone()), OPEN_WITHIN)?;
        Ok((process, said))
    }

    pub(crate) fn start(launch: &Launch, open: &Open) -> Result<Process, Error> {
        let role = match open.role {
            protocol::Role::Vocabulary => "vocabulary",
            protocol::Role::Compute => "compute",
        };
        let mut command = Command::new(&launch.launcher);
        command
            .args([WORKER_WORD, role])
            .env_clear()
            .envs(WAITING)
            .envs(launch.environment.iter().cloned())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // Ctrl-C is for the parent, which ends its workers when it has done what is left to do; and a worker has no terminal.
        // SAFETY: between fork and exec the closure makes one system call, and takes no lock and no memory.
        unsafe { command.pre_exec(|| setsid().map(|_| ()).map_err(Error::from)) };
        let mut child = command.spawn()?;
        let no_pipe = || Error::other("no pipe");
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let stderr = child.stderr.take().ok_or_else(no_pipe)?;
        let stdout = stdout.ok_or_else(no_pipe)?;
        #[cfg(target_os = "linux")]
        let _ = rustix::pipe::fcntl_setpipe_size(&stdout, PIPE_BYTES);
        Ok(Process {
            stdin: Outgoing::new(stdin.ok_or_else(no_pipe)?)?,
            stdout: Incoming::new(stdout),
            heard: listen(stderr),
            child,
            has_ended: false,
        })
    }

    /// Asks, and waits for the answer.
    pub(crate) fn ask(&mut self, request: &Request, within: Duration) -> Result<Reply, Fall> {
        let until = Instant::now() + within;
        (self.stdin.until, self.stdout.until) = (until, until);
        let asked = protocol::write(&mut self.stdin, request);
        asked.and_then(|()| protocol::read(&mut self.stdout)).map_err(|error| self.fall(error))
    }

    /// Asks something else than to open a model.
    pub(crate) fn answer(&mut self, request: &Request) -> Result<Reply, Fall> {
        self.ask(request, ANSWER_WITHIN)
    }

    /// The numbers that an answer announced.
    pub(crate) fn numbers(&mut self, count: usize) -> Result<Vec<f32>, Fall> {
        protocol::read_numbers(&mut self.stdout, count).map_err(|error| self.fall(error))
    }

    /// Why it does not answer. It is ended.
    fn fall(&mut self, error: Error) -> Fall {
        let how = match error.kind() {
            ErrorKind::TimedOut => "it gave no answer in time".to_owned(),
            ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe => self.how_it_ended(),
            _ => format!("what it says cannot be understood: {error}"),
        };
        Fall { how, lines: self.last_words() }
    }

    /// Ends it; what it printed last.
    pub(crate) fn last_words(&mut self) -> Vec<String> {
        self.end();
        self.heard.take()
    }

    fn how_it_ended(&mut self) -> String {
        let until = Instant::now() + END_WITHIN;
        loop {
            // It stays known to the system, so that its number is nobody else's when its group is ended.
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
            match waitid(WaitId::Pid(Pid::from_child(&self.child)), options) {
                Ok(Some(status)) => {
                    return match (status.terminating_signal(), status.exit_status()) {
                        (Some(signal), _) => format!("it was ended by signal {signal}"),
                        (None, Some(code)) => format!("it ended with exit code {code}"),
                        (None, None) => "it ended".into(),
                    };
                }
                Ok(None) if Instant::now() < until => std::thread::sleep(LOOK_EVERY),
                _ => return "it stopped answering".into(),
            }
        }
    }

    /// Ends it and what it started, and waits for its last words, for a while.
    fn end(&mut self) {
        if std::mem::replace(&mut self.has_ended, true) {
            return;
        }
        let until = Instant::now() + END_WITHIN;
        // It may have ended already.
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        let _ = self.child.kill();
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < until {
            std::thread::sleep(LOOK_EVERY);
        }
        // Whatever holds the other end of the pipe is not waited for.
        while !self.heard.is_over() && Instant::now() < until {
            std::thread::sleep(LOOK_EVERY);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// How a worker failed.
#[derive(Debug)]
pub(crate) struct Fall {
    /// In words.
    pub(crate) how: String,
    /// What it printed last.
    pub(crate) lines: Vec<String>,
}

impl Fall {
    /// The lines that tell of errors, else the last one.
    pub(crate) fn said(&self) -> String {
        let tells = |line: &&String| {
            let line = line.to_lowercase();
            ["error", "fail", "assert", "invalid", "unknown", "terminate"]
                .iter()
                .any(|word| line.contains(word))
        };
        let telling: Vec<&str> = self.lines.iter().filter(tells).map(String::as_str).collect();
        match telling.as_slice() {
            [] => self.lines.last().cloned().unwrap_or_default(),
            [.., before, last] => format!("{before}; {last}"),
            [only] => (*only).to_owned(),
        }
    }
}
