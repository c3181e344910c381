//! A worker as its parent sees it.

use crate::built::WORKER_WORD;
use crate::protocol::{self, Open, Reply, Request};
use rustix::event::{PollFd, PollFlags, Timespec};
use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Error, ErrorKind, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Time for a model to be read: large ones come from slow disks.
const OPEN_WITHIN: Duration = Duration::from_secs(30 * 60);
/// Time for one pass: 256 tokens of a large model on a busy machine take minutes.
const ANSWER_WITHIN: Duration = Duration::from_secs(20 * 60);
/// Time for a process that has closed its output to end.
const END_WITHIN: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// Lines of what it printed that are kept.
const KEPT_LINES: usize = 40;
/// A line is cut after so many characters.
const LONGEST_LINE: usize = 300;
/// Room in its pipe for logits, as far as the system gives it.
#[cfg(target_os = "linux")]
const PIPE_BYTES: usize = 1 << 20;

/// How workers are started.
#[derive(Debug, Clone)]
pub(crate) struct Launch {
    /// The binary whose `main` calls [`entry`](crate::entry) first.
    pub(crate) launcher: PathBuf,
    /// All that workers find in their environment.
    pub(crate) environment: Vec<(OsString, OsString)>,
}

/// A worker. Dropping it ends it.
pub(crate) struct Process {
    child: Child,
    stdin: ChildStdin,
    stdout: Incoming,
    lines: Arc<Mutex<VecDeque<String>>>,
    listener: Option<JoinHandle<()>>,
}

impl Process {
    /// Starts a worker and has it open a model; what it says of that.
    pub(crate) fn open(launch: &Launch, open: &Open) -> Result<(Process, Reply), Fall> {
        let mut process = Process::start(launch, open)
            .map_err(|error| Fall { how: format!("it cannot be started: {error}"), lines: Vec::new() })?;
        let said = process.ask(&Request::Open(open.clone()), OPEN_WITHIN)?;
        Ok((process, said))
    }

    fn start(launch: &Launch, open: &Open) -> Result<Process, Error> {
        let role = match open.role {
            protocol::Role::Vocabulary => "vocabulary",
            protocol::Role::Compute => "compute",
        };
        let mut child = Command::new(&launch.launcher)
            .args([WORKER_WORD, role])
            .env_clear()
            .envs(launch.environment.iter().cloned())
            // Waiting threads sleep. Else one that lacks its core keeps the others turning, at a hundredth of the speed.
            .env("OMP_WAIT_POLICY", "passive")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C is for the parent, which ends its workers when it has done what is left to do.
            .process_group(0)
            .spawn()?;
        let no_pipe = || Error::other("no pipe");
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let stderr = child.stderr.take().ok_or_else(no_pipe)?;
        let stdout = stdout.ok_or_else(no_pipe)?;
        #[cfg(target_os = "linux")]
        let _ = rustix::pipe::fcntl_setpipe_size(&stdout, PIPE_BYTES);
        let lines = Arc::new(Mutex::new(VecDeque::new()));
        let listener = listen(stderr, lines.clone());
        Ok(Process {
            stdin: stdin.ok_or_else(no_pipe)?,
            stdout: Incoming { from: stdout, until: Instant::now() },
            lines,
            listener: Some(listener),
            child,
        })
    }

    /// Asks, and waits for the answer.
    pub(crate) fn ask(&mut self, request: &Request, within: Duration) -> Result<Reply, Fall> {
        self.stdout.until = Instant::now() + within;
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
            ErrorKind::TimedOut => {
                let _ = self.child.kill();
                "it gave no answer in time".to_owned()
            }
            ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe => self.how_it_ended(),
            _ => format!("what it says cannot be understood: {error}"),
        };
        self.end();
        Fall { how, lines: self.lines.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect() }
    }

    fn how_it_ended(&mut self) -> String {
        let until = Instant::now() + END_WITHIN;
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => {
                    return match (status.signal(), status.code()) {
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

    /// Ends it, and waits for its last words.
    fn end(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
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

/// Keeps the last lines of what is printed.
fn listen(stderr: ChildStderr, lines: Arc<Mutex<VecDeque<String>>>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        for line in BufReader::new(stderr).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            let line: String = line.chars().filter(|sign| !sign.is_control()).take(LONGEST_LINE).collect();
            let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
            if !line.trim().is_empty() {
                lines.push_back(line.trim().to_owned());
            }
            if lines.len() > KEPT_LINES {
                lines.pop_front();
            }
        }
    })
}

/// A pipe whose reader does not wait for ever.
struct Incoming {
    from: ChildStdout,
    until: Instant,
}

impl Read for Incoming {
    fn read(&mut self, into: &mut [u8]) -> Result<usize, Error> {
        let left = self.until.saturating_duration_since(Instant::now());
        let seconds = i64::try_from(left.as_secs()).unwrap_or(i64::MAX);
        let timeout = Timespec { tv_sec: seconds, tv_nsec: left.subsec_nanos().into() };
        let mut polled = [PollFd::new(&self.from, PollFlags::IN)];
        match rustix::event::poll(&mut polled, Some(&timeout)) {
            Ok(0) => Err(ErrorKind::TimedOut.into()),
            Ok(_) => self.from.read(into),
            Err(rustix::io::Errno::INTR) => Err(ErrorKind::Interrupted.into()),
            Err(error) => Err(error.into()),
        }
    }
}
