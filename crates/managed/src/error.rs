//! What can go wrong with a server that we start.

use evalscope_core::{Diagnose, Kind};
use std::path::PathBuf;

/// What keeps a server from serving.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Its program is not on this machine.
    #[error("{server} is not on this machine: there is no {} in the folders of PATH", .programs.join(" or "))]
    NoProgram {
        /// The server.
        server: &'static str,
        /// What was looked for.
        programs: Vec<String>,
    },
    /// The program that is said to be it is not there.
    #[error("--serve: there is no file `{}`, which is to be the program of {server}", program.display())]
    NoFile {
        /// The server.
        server: &'static str,
        /// Where it was looked for.
        program: PathBuf,
    },
    /// An argument that is ours to set.
    #[error("--serve: `{option}` of {server} is set by evalscope")]
    Reserved {
        /// The server.
        server: &'static str,
        /// The option.
        option: String,
    },
    /// An argument that is a secret.
    #[error(
        "--serve: `{option}` of {server} would show its secret in the list of processes and in what is recorded"
    )]
    Secret {
        /// The server.
        server: &'static str,
        /// The option.
        option: String,
    },
    /// No port is free on loopback.
    #[error("no port of loopback can be had: {0}")]
    Port(std::io::Error),
    /// Its log cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Log {
        /// Where.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The process that would watch over it cannot be started.
    #[error("the keeper of {server} cannot be started: {source}")]
    Keeper {
        /// The server.
        server: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// It ended before it served.
    #[error("{server} ended before it served ({how}); the end of its log:\n{}", indented(.tail))]
    Ended {
        /// The server.
        server: &'static str,
        /// Exit code or signal.
        how: String,
        /// The last lines of its log.
        tail: Vec<String>,
        /// Its log.
        log: PathBuf,
    },
    /// It did not serve in time.
    #[error("{server} did not serve within {seconds} s; the end of its log:\n{}", indented(.tail))]
    Slow {
        /// The server.
        server: &'static str,
        /// How long was waited.
        seconds: f64,
        /// The last lines of its log.
        tail: Vec<String>,
        /// Its log.
        log: PathBuf,
    },
    /// It serves, but not the model.
    #[error("{server} serves, but does not answer a request for one token ({reason}); the end of its log:\n{}", indented(.tail))]
    Mute {
        /// The server.
        server: &'static str,
        /// What came instead.
        reason: String,
        /// The last lines of its log.
        tail: Vec<String>,
        /// Its log.
        log: PathBuf,
    },
    /// Nobody waits for it any more.
    #[error("stopped before {server} served")]
    Unwanted {
        /// The server.
        server: &'static str,
    },
    /// Not on this system.
    #[error("servers can be started on Unix systems only")]
    NotUnix,
}

fn indented(lines: &[String]) -> String {
    match lines {
        [] => "    (it is empty)".to_owned(),
        lines => lines.iter().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n"),
    }
}

impl Diagnose for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::Reserved { .. } | Error::Secret { .. } | Error::NoFile { .. } => Kind::User,
            Error::Ended { .. } | Error::Slow { .. } | Error::Mute { .. } => Kind::Endpoint,
            Error::Unwanted { .. } => Kind::Interrupted,
            Error::NoProgram { .. }
            | Error::Port(_)
            | Error::Log { .. }
            | Error::Keeper { .. }
            | Error::NotUnix => Kind::Environment,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Error::NoProgram { .. } => {
                "install it, or say where it is: `--serve '{\"server\": …, \"program\": \
                                        \"/path/to/it\"}'`"
                    .into()
            }
            Error::NoFile { .. } => {
                "check the path; without `program` it is looked for in the folders of PATH".into()
            }
            Error::Secret { option, .. } if option.to_ascii_lowercase().contains("api") => {
                "take it out: the server listens on loopback for the time of the run, and needs no key".into()
            }
            Error::Secret { .. } => {
                "take it out, and set the environment variable that the server reads, such as `HF_TOKEN`"
                    .into()
            }
            Error::Reserved { option, .. } if option == "--config" => {
                "give the options themselves: those of a file could move the server's port, or ask for a key".into()
            }
            Error::Reserved { .. } => {
                "take it out: the server listens on a free port of loopback, unencrypted, and the model is that of `--model`"
                    .into()
            }
            Error::Ended { log, .. } => format!("all that it said is in {}", log.display()),
            Error::Slow { log, .. } => format!(
                "all that it said is in {}; wait longer with `--serve '{{\"server\": …, \"start_timeout\": SECONDS}}'`",
                log.display()
            ),
            Error::Mute { server: "ollama", log, .. } => format!(
                "pull the model first, `ollama pull NAME`; all that the server said is in {}",
                log.display()
            ),
            Error::Mute { log, .. } => format!("all that it said is in {}", log.display()),
            Error::Port(_) | Error::Keeper { .. } | Error::Unwanted { .. } => return None,
            Error::Log { .. } => "check the folder of `EVALSCOPE_CACHE` and its permissions".into(),
            Error::NotUnix => "start the server yourself and give `--api-url`".into(),
        })
    }
}
