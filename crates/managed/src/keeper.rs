//! The keeper of a server: starts it, and ends everything that it started when nobody wants it any more.

use crate::processes::{Leader, Processes};
use crate::word::KEEPER_WORD;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus};
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// How often it is looked whether the server still runs.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Time for a server to end by itself when it is asked to: it may have to give back memory of graphics cards.
const GRACE: Duration = Duration::from_secs(10);
/// Time for killed processes to be gone; one that waits for a device may need it.
const KILL_WITHIN: Duration = Duration::from_secs(10);

/// Does what the words behind [`KEEPER_WORD`] say: `keep LOG PROGRAM …`, or `become PARENT PROGRAM …`.
pub fn run(words: &[OsString]) -> ExitCode {
    let own = words.first();
    let rest = words.get(3..).unwrap_or_default();
    match (own, words.get(2).and_then(|word| word.to_str()), rest) {
        (Some(own), Some("keep"), [log, server @ ..]) if !server.is_empty() => {
            match keep(own, Path::new(log), server) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => {
                    report(&format!("it cannot be started: {error}"));
                    ExitCode::FAILURE
                }
            }
        }
        (_, Some("become"), [parent, program, arguments @ ..]) => become_server(parent, program, arguments),
        _ => ExitCode::FAILURE,
    }
}

/// Starts the server and stays with it.
fn keep(own: &OsString, log: &Path, server: &[OsString]) -> std::io::Result<()> {
    // Fails when it already leads a session, which is as good.
    let _ = rustix::process::setsid();
    let processes = Processes::adopt();
    let log = OpenOptions::new().create(true).append(true).mode(0o600).open(log)?;
    let child = Command::new(own)
        .args([KEEPER_WORD, "become", &std::process::id().to_string()])
        .args(server)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .process_group(0)
        .spawn()?;
    let child = Pid::from_child(&child);
    match until_the_end(child) {
        Some(how) => {
            report(&how);
            kill(&processes, Leader::Reaped(child));
        }
        None => end(&processes, child),
    }
    Ok(())
}

/// Becomes the server. The kernel is to kill it when the keeper is killed.
fn become_server(parent: &OsString, program: &OsString, arguments: &[OsString]) -> ExitCode {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_parent_process_death_signal(Some(Signal::KILL));
    let now = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().to_string());
    if parent.to_str() != now.as_deref() {
        return ExitCode::FAILURE;
    }
    let error = Command::new(program).args(arguments).exec();
    // Standard error is the server's log.
    let _ = writeln!(std::io::stderr(), "{}: {error}", program.display());
    ExitCode::from(127)
}

/// Waits until the server ends, and gives how; `None` when nobody wants it any more.
fn until_the_end(child: Pid) -> Option<String> {
    loop {
        if let Some(how) = reap(child) {
            return Some(how);
        }
        if !is_wanted(LOOK_EVERY) {
            return None;
        }
    }
}

/// Whether the one who wants the server is there; waits for a change as long as this.
fn is_wanted(timeout: Duration) -> bool {
    let timeout = Timespec { tv_sec: 0, tv_nsec: timeout.subsec_nanos().into() };
    let stdin = rustix::stdio::stdin();
    let mut polled = [PollFd::from_borrowed_fd(stdin, PollFlags::IN)];
    let _ = rustix::event::poll(&mut polled, Some(&timeout));
    // It never says a word: whatever comes is the end.
    polled[0].revents().is_empty()
}

/// Waits for processes that have ended; how the server ended, when it is among them.
fn reap(child: Pid) -> Option<String> {
    loop {
        match rustix::process::wait(WaitOptions::NOHANG) {
            Ok(Some((pid, status))) if pid == child => return Some(how(status)),
            Ok(Some(_)) | Err(rustix::io::Errno::INTR) => {}
            Ok(None) => return None,
            // There are no children left, and nobody said how the server ended.
            Err(_) => return Some("nobody knows how".to_owned()),
        }
    }
}

fn how(status: WaitStatus) -> String {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "nobody knows how".to_owned(),
    }
}

/// Asks the server to end, and kills what is left after [`GRACE`].
fn end(processes: &Processes, child: Pid) {
    let begun = Instant::now();
    // It may have ended just now.
    let _ = rustix::process::kill_process(child, Signal::TERM);
    while begun.elapsed() < GRACE {
        if reap(child).is_some() {
            return kill(processes, Leader::Reaped(child));
        }
        std::thread::sleep(LOOK_EVERY);
    }
    kill(processes, Leader::Held(child));
}

/// Kills what is left.
fn kill(processes: &Processes, mut server: Leader) {
    let begun = Instant::now();
    while processes.kill(server) && begun.elapsed() < KILL_WITHIN {
        std::thread::sleep(LOOK_EVERY);
        let (Leader::Held(child) | Leader::Reaped(child)) = server;
        if reap(child).is_some() {
            server = Leader::Reaped(child);
        }
    }
}

/// Says how the server ended.
fn report(how: &str) {
    // Who wanted to know may be gone.
    let _ = writeln!(std::io::stdout(), "{how}").and_then(|()| std::io::stdout().flush());
}
