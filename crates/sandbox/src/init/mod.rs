//! The first process of a sandbox's pid namespace: builds the root, starts what is to run, and waits for everyone.
//!
//! It runs nothing of the program itself and listens to nobody inside. The launcher watches from outside and kills it,
//! and with it every process of the namespace.

mod confine;
pub(crate) mod filter;
mod root;
pub(crate) mod rules;

use crate::error::Stage;
use crate::frame;
use crate::system;
use crate::wire::{Command, File, Inside, Job, Work};
use base64::Engine;
use confine::Confinement;
use rustix::process::WaitOptions;
use std::fs::File as OsFile;
use std::io::{self, Read, Seek, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};

/// The folder where programs run.
pub const WORK: &str = "/box";
/// The warm interpreter's own program.
const WARM: &str = include_str!("../python/warm.py");

/// Why a sandbox could not be built.
pub(crate) struct Refusal {
    pub stage: Stage,
    pub message: String,
}

impl Refusal {
    /// Names the step and what was being done.
    pub fn at<E: std::fmt::Display>(stage: Stage, doing: &str) -> impl FnOnce(E) -> Refusal {
        move |error| Refusal { stage, message: format!("{doing}: {error}") }
    }

    /// The same for what the host can be too busy for: then it is worth another try.
    pub fn of(stage: Stage, doing: &str) -> impl FnOnce(io::Error) -> Refusal {
        move |error| {
            let stage = if crate::busy::is_busy(&error) { Stage::Busy } else { stage };
            Refusal { stage, message: format!("{doing}: {error}") }
        }
    }
}

/// Lives as init until there is nothing left to do.
///
/// `go` gives a byte when the namespace has its users; reports go to `reports`; programs inherit standard input, output and
/// error.
pub fn live(job: &Job, go: OwnedFd, reports: OwnedFd) -> ! {
    let mut go = OsFile::from(go);
    let mut reports = OsFile::from(reports);
    let came = go.read_exact(&mut [0]);
    drop(go);
    // Without the byte the launcher is gone or has given up.
    if came.is_ok()
        && let Err(refusal) = work(job, &mut reports)
    {
        let told = Inside::Refused { stage: refusal.stage, message: refusal.message };
        let _ = frame::write(&mut reports, &told);
    }
    system::leave(0)
}

fn work(job: &Job, reports: &mut OsFile) -> Result<(), Refusal> {
    let has_proc = root::build(&job.view, &job.limits)?;
    let confinement = Confinement::prepare(job)?;
    let probed = match &job.work {
        Work::Probe => Some(confinement.protection(has_proc)?),
        _ => None,
    };
    tell(reports, &Inside::Built(probed))?;
    match &job.work {
        Work::Probe => Ok(()),
        Work::Python { interpreter, .. } => {
            let number = reports.as_raw_fd();
            let words = ["-s", "-B", "-X", "utf8", "-c", WARM].map(str::to_owned);
            let mut command = std::process::Command::new(interpreter);
            command.args(words).arg(number.to_string());
            // The interpreter reports by itself: it alone inherits this file, and keeps it from programs.
            rustix::io::fcntl_setfd(&*reports, rustix::io::FdFlags::empty())
                .map_err(Refusal::at(Stage::Start, "hand over reports"))?;
            start(command, confinement, job, Stdio::inherit(), true)?;
            let status = wait_for_last();
            tell(reports, &ended(status))
        }
        Work::Commands { files, commands, stdin } => run_commands(job, files, commands, stdin, reports),
    }
}

fn run_commands(
    job: &Job,
    files: &[File],
    commands: &[Command],
    stdin: &str,
    reports: &mut OsFile,
) -> Result<(), Refusal> {
    files.iter().try_for_each(write_file)?;
    let mut last = ExitStatus::from_raw(0);
    for (number, command) in commands.iter().enumerate() {
        tell(reports, &Inside::Begun { command: number })?;
        let is_last = number + 1 == commands.len();
        let input = if is_last && !stdin.is_empty() { input(stdin)? } else { Stdio::null() };
        let [program, arguments @ ..] = command.words.as_slice() else {
            return Err(Refusal { stage: Stage::Start, message: "an empty command".into() });
        };
        let mut process = std::process::Command::new(program);
        process.args(arguments);
        let confinement = Confinement::prepare(job)?;
        let pid = start(process, confinement, job, input, command.limits_address_space)?;
        last = wait_for(pid);
        if !last.success() {
            break;
        }
    }
    tell(reports, &ended(last))?;
    // The launcher reads what this process has waited for, and then ends it.
    loop {
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
}

/// Starts a confined process and gives its number.
fn start(
    mut command: std::process::Command,
    confinement: Confinement,
    job: &Job,
    stdin: Stdio,
    limits_address_space: bool,
) -> Result<u32, Refusal> {
    command.env_clear().envs(job.view.environment.iter().cloned()).current_dir(WORK).stdin(stdin);
    let name = command.get_program().to_string_lossy().into_owned();
    let limits = job.limits;
    let mut confinement = Some(confinement);
    let confine = move || match confinement.take() {
        Some(confinement) => confinement.apply(&limits, limits_address_space),
        None => Err(std::io::Error::other("confined twice")),
    };
    let child = system::spawn_confined(&mut command, confine);
    child.map(|child| child.id()).map_err(Refusal::of(Stage::Start, &format!("start {name}")))
}

/// Standard input out of a file that has no name.
fn input(text: &str) -> Result<Stdio, Refusal> {
    let path = "/box/.standard-input";
    let prepare = || {
        let mut file = OsFile::options().read(true).write(true).create_new(true).open(path)?;
        std::fs::remove_file(path)?;
        file.write_all(text.as_bytes())?;
        file.rewind()?;
        Ok::<OsFile, std::io::Error>(file)
    };
    prepare().map(Stdio::from).map_err(Refusal::at(Stage::Start, "give standard input"))
}

fn write_file(file: &File) -> Result<(), Refusal> {
    let path = std::path::Path::new(WORK).join(&file.name);
    let write = || {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let content = base64::engine::general_purpose::STANDARD.decode(&file.content);
        std::fs::write(&path, content.map_err(std::io::Error::other)?)
    };
    write().map_err(Refusal::at(Stage::Start, &format!("write {}", file.name)))
}

/// Waits for one child, and on the way for whoever lost its parent.
fn wait_for(wanted: u32) -> ExitStatus {
    loop {
        match rustix::process::wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if pid.as_raw_nonzero().get() as u32 == wanted => {
                return ExitStatus::from_raw(status.as_raw());
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return ExitStatus::from_raw(0),
        }
    }
}

/// Waits until no child is left; how the first one ended.
fn wait_for_last() -> ExitStatus {
    let mut last = ExitStatus::from_raw(0);
    loop {
        match rustix::process::wait(WaitOptions::empty()) {
            Ok(Some((_, status))) => last = ExitStatus::from_raw(status.as_raw()),
            Ok(None) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return last,
        }
    }
}

fn ended(status: ExitStatus) -> Inside {
    Inside::Ended { code: status.code(), signal: status.signal() }
}

fn tell(reports: &mut OsFile, message: &Inside) -> Result<(), Refusal> {
    frame::write(reports, message).map_err(Refusal::at(Stage::Start, "report"))
}
