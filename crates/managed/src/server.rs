//! A server that we started: it serves until it is dropped.

use crate::error::Error;
use crate::kind::{ServerKind, Wanted};
use crate::word::KEEPER_WORD;
use crate::{health, log};
use evalscope_core::Secret;
use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::time::{Duration, Instant};

/// How often a server that loads is asked whether it serves.
const ASK_EVERY: Duration = Duration::from_millis(200);
/// The keeper needs no longer to end everything: it waits ten seconds for the server to end by itself, then kills.
const END_WITHIN: Duration = Duration::from_secs(30);
/// Keys of model endpoints elsewhere, which are none of the server's business; keys that a server would want of us; and what
/// would move its pages from where we look. Tokens of hubs stay: it may fetch the model.
const HIDDEN: [&str; 11] = [
    "EVALSCOPE_API_KEY",
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "GEMINI_API_KEY",
    "GOOGLE_API_KEY",
    "VLLM_API_KEY",
    "LLAMA_API_KEY",
    "LLAMA_ARG_API_KEY_FILE",
    "LLAMA_ARG_API_PREFIX",
    "LLAMA_ARG_SSL_KEY_FILE",
    "LLAMA_ARG_SSL_CERT_FILE",
];

/// How a server ended whose keeper says nothing any more.
const NO_KEEPER: &str = "its keeper is gone";

/// What a server is started with.
#[derive(Debug)]
pub struct StartOptions {
    /// Which.
    pub kind: &'static ServerKind,
    /// Its program; looked for in `path` when absent.
    pub program: Option<PathBuf>,
    /// Folders of programs.
    pub path: Vec<PathBuf>,
    /// A path or a name that the server can load.
    pub model: String,
    /// The name that requests will have.
    pub name: String,
    /// Further arguments.
    pub arguments: Vec<String>,
    /// Variables of its environment, beside ours.
    pub variables: Vec<(String, String)>,
    /// Names of our variables that are none of its business.
    pub hidden: Vec<OsString>,
    /// The binary whose `main` calls [`entry`](crate::entry) first.
    pub launcher: PathBuf,
    /// Folder of logs.
    pub logs: PathBuf,
    /// How long it may take until it serves.
    pub patience: Duration,
    /// Texts that must not be shown with the log.
    pub secrets: Vec<Secret>,
}

/// A server that we started. Dropping it ends it, with every process that it started.
#[derive(Debug)]
pub struct Server {
    kind: &'static ServerKind,
    port: u16,
    log: PathBuf,
    keeper: Child,
    /// The keeper ends the server when this is closed.
    stop: Option<ChildStdin>,
    /// How the server ended, from the keeper; closed when the keeper is gone.
    reports: Receiver<String>,
}

impl Server {
    /// Starts a server and waits until it serves, as long as it is wanted. `on_start` is told where its log is.
    pub fn start(
        options: &StartOptions,
        on_start: impl FnOnce(&Path),
        is_wanted: impl Fn() -> bool,
    ) -> Result<Server, Error> {
        if !cfg!(unix) {
            return Err(Error::NotUnix);
        }
        let kind = options.kind;
        kind.check(&options.arguments)?;
        kind.check_variables(options.variables.iter().map(|(name, _)| name.as_str()))?;
        let program = program(options)?;
        let port = free_port().map_err(Error::Port)?;
        let log = log::prepare(&options.logs, kind.name, port)
            .map_err(|source| Error::Log { path: options.logs.clone(), source })?;
        let mut server = Server::spawn(options, &program, port, log)?;
        on_start(&server.log);
        server.wait(options.patience, &options.secrets, is_wanted)?;
        Ok(server)
    }

    /// `http://127.0.0.1:PORT`.
    pub fn origin(&self) -> String {
        format!("http://{}:{}", Ipv4Addr::LOCALHOST, self.port)
    }

    /// Its name, and where its log is, when it or its keeper has ended by itself; how it ended. To be asked once.
    pub fn ended(&self) -> Option<String> {
        let how = match self.reports.try_recv() {
            Ok(how) => how,
            Err(TryRecvError::Disconnected) => NO_KEEPER.to_owned(),
            Err(TryRecvError::Empty) => return None,
        };
        Some(format!("{} ended ({how}); its log is {}", self.kind.name, self.log.display()))
    }

    /// What follows from its answer to a first request: a server that has ended since, or that does not answer, does not serve.
    pub fn check(&self, answered: Result<(), String>, secrets: &[Secret]) -> Result<(), Error> {
        let (server, log) = (self.kind.name, self.log.clone());
        let how = match self.reports.try_recv() {
            Ok(how) => Some(how),
            Err(TryRecvError::Disconnected) => Some(NO_KEEPER.to_owned()),
            Err(TryRecvError::Empty) => None,
        };
        let tail = || log::tail(&log, secrets);
        match (how, answered) {
            (Some(how), _) => Err(Error::Ended { server, how, tail: tail(), log }),
            (None, Err(reason)) => Err(Error::Mute { server, reason, tail: tail(), log }),
            (None, Ok(())) => Ok(()),
        }
    }

    /// How many prompts it cut without an error, as its log says, and the variable that makes room for them.
    pub fn cut_prompts(&self) -> Option<(usize, &'static str)> {
        let cuts = self.kind.cuts.as_ref()?;
        let count = log::lines_with(&self.log, cuts.said);
        (count > 0).then_some((count, cuts.variable))
    }

    /// The server's name.
    pub fn name(&self) -> &'static str {
        self.kind.name
    }

    fn spawn(options: &StartOptions, program: &PathBuf, port: u16, log: PathBuf) -> Result<Server, Error> {
        let kind = options.kind;
        let wanted = Wanted { model: &options.model, name: &options.name, port };
        let file_name = program.file_name().unwrap_or_default().to_string_lossy();
        let mut command = Command::new(&options.launcher);
        command
            .args([KEEPER_WORD, "keep"])
            .args([&log, program])
            .args(kind.words(&file_name, &wanted))
            .args(&options.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        for name in HIDDEN.iter().map(OsStr::new).chain(options.hidden.iter().map(OsString::as_os_str)) {
            command.env_remove(name);
        }
        command.envs(options.variables.iter().map(|(name, value)| (name, value)));
        command.envs(kind.environment(&wanted));
        let no_keeper = |source| Error::Keeper { server: kind.name, source };
        let mut keeper = command.spawn().map_err(no_keeper)?;
        let stop = keeper.stdin.take();
        let output = keeper.stdout.take().ok_or_else(|| no_keeper(std::io::Error::other("no pipe")))?;
        let (sender, reports) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                // Nobody listens to what follows the end.
                let _ = sender.send(line);
            }
        });
        Ok(Server { kind, port, log, keeper, stop, reports })
    }

    /// Waits until it serves.
    fn wait(
        &mut self,
        patience: Duration,
        secrets: &[Secret],
        is_wanted: impl Fn() -> bool,
    ) -> Result<(), Error> {
        let begun = Instant::now();
        loop {
            let how = match self.reports.recv_timeout(ASK_EVERY) {
                Ok(how) => Some(how),
                Err(RecvTimeoutError::Disconnected) => Some(NO_KEEPER.to_owned()),
                Err(RecvTimeoutError::Timeout) => None,
            };
            let (server, log) = (self.kind.name, self.log.clone());
            if let Some(how) = how {
                return Err(Error::Ended { server, how, tail: log::tail(&log, secrets), log });
            }
            if !is_wanted() {
                return Err(Error::Unwanted { server });
            }
            if health::is_healthy(self.port, self.kind.health) {
                return Ok(());
            }
            if begun.elapsed() > patience {
                let tail = log::tail(&log, secrets);
                return Err(Error::Slow { server, seconds: patience.as_secs_f64(), tail, log });
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        let end = Instant::now() + END_WITHIN;
        loop {
            match self.reports.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => break,
                // It has had its time. The kernel kills the server with it.
                Err(RecvTimeoutError::Timeout) => {
                    let _ = self.keeper.kill();
                    break;
                }
            }
        }
        let _ = self.keeper.wait();
    }
}

/// Where the server's program is.
fn program(options: &StartOptions) -> Result<PathBuf, Error> {
    let kind = options.kind;
    let is_bare = |program: &Path| program.components().count() == 1;
    if let Some(program) =
        options.program.as_deref().filter(|program| !is_bare(program) && !program.is_file())
    {
        return Err(Error::NoFile { server: kind.name, program: program.to_owned() });
    }
    let named: Vec<PathBuf> = match &options.program {
        Some(program) => vec![program.clone()],
        None => kind.programs.iter().map(PathBuf::from).collect(),
    };
    let found = named.iter().find_map(|program| {
        // A name without a folder is looked for, as a shell does.
        let places: Vec<PathBuf> = match is_bare(program) {
            true => options.path.iter().map(|folder| folder.join(program)).collect(),
            false => vec![program.clone()],
        };
        places.into_iter().find(|place| place.is_file())
    });
    found.ok_or_else(|| Error::NoProgram {
        server: kind.name,
        programs: named.iter().map(|program| program.display().to_string()).collect(),
    })
}

/// A port that is free now. Who takes it before the server does makes most servers fail, which their logs then say. A stranger
/// who answers the health page with 200 first is found out by the first request, unless it serves a model of the same name.
fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::kind::KINDS;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_server_that_nobody_wants_any_more_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        // A keeper that ends when its input does, whose server never serves.
        let launcher = folder.path().join("keeper");
        let text = folder.path().join("text");
        std::fs::write(&text, "#!/bin/sh\nexec cat\n").unwrap();
        std::fs::set_permissions(&text, std::fs::Permissions::from_mode(0o755)).unwrap();
        // Another process writes it: what this one writes, a child of another thread may hold open, and then it cannot be run.
        assert!(std::process::Command::new("cp").arg(text).arg(&launcher).status().unwrap().success());
        let mut options = StartOptions {
            kind: &KINDS[0],
            program: Some(launcher.clone()),
            path: Vec::new(),
            model: "m".into(),
            name: "m".into(),
            arguments: Vec::new(),
            variables: Vec::new(),
            hidden: Vec::new(),
            launcher,
            logs: folder.path().join("logs"),
            patience: Duration::from_secs(600),
            secrets: Vec::new(),
        };
        let begun = Instant::now();
        let there = options.program.replace(folder.path().join("nonexistent"));
        let refused = Server::start(&options, |_| {}, || true);
        assert!(
            matches!(refused, Err(Error::NoFile { program, .. }) if Some(&program) == options.program.as_ref())
        );
        options.program = there;
        let refused = Server::start(&options, |_| {}, || begun.elapsed() < Duration::from_millis(300));
        assert!(matches!(refused, Err(Error::Unwanted { .. })), "{refused:?}");
        assert!(begun.elapsed() < Duration::from_secs(60));
    }
}
