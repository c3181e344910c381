//! What can go wrong before a load test runs, and at its end. What goes wrong in requests is counted, and no error.

use evalscope_core::{Diagnose, Kind};
use std::path::{Path, PathBuf};

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An address is none.
    #[error("`{url}` is no address of a server: {reason}")]
    Address {
        /// As it was given, without secrets.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A header cannot be sent.
    #[error("the header `{name}` cannot be sent: its {part} is not allowed")]
    Header {
        /// Its name.
        name: String,
        /// `name` or `value`.
        part: &'static str,
    },
    /// A host has no address.
    #[error("the server `{host}` cannot be found: {reason}")]
    Host {
        /// Its name.
        host: String,
        /// What the system says.
        reason: String,
    },
    /// A server does not answer at all.
    #[error("{url} cannot be reached: {reason}")]
    Unreachable {
        /// Its address, without secrets.
        url: String,
        /// Why.
        reason: String,
    },
    /// A server does not speak HTTP/2.
    #[error("{url} does not speak HTTP/2: {reason}")]
    Http2 {
        /// Its address, without secrets.
        url: String,
        /// What it does instead.
        reason: String,
    },
    /// A program that collects figures did not take them.
    #[error("{url} did not take the figures: {reason}")]
    Collector {
        /// Its address, without secrets.
        url: String,
        /// Why.
        reason: String,
    },
    /// Encryption cannot be set up.
    #[error("no encrypted connections can be made on this machine: {reason}")]
    Certificates {
        /// What the system says.
        reason: String,
    },
    /// A thread cannot be had, or ended.
    #[error("the load could not be put on: {reason}")]
    Thread {
        /// Why.
        reason: String,
    },
    /// An option makes no sense.
    #[error("{message}")]
    Option {
        /// What is wrong.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// A tokenizer cannot be used.
    #[error("{}: no tokenizer: {reason}", path.display())]
    Tokenizer {
        /// Its file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Prompts cannot be read.
    #[error(transparent)]
    Data(#[from] evalscope_data::Error),
    /// Prompts have not the expected form.
    #[error("{place}: {reason}")]
    Prompts {
        /// File and row.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// A file.
    #[error("cannot {action} {}: {reason}", path.display())]
    File {
        /// `read`, `write`.
        action: &'static str,
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

impl Error {
    /// An option that makes no sense.
    pub fn option(message: impl Into<String>, hint: Option<&str>) -> Error {
        Error::Option { message: message.into(), hint: hint.map(str::to_owned) }
    }

    /// An error of a file.
    pub(crate) fn file<E: std::fmt::Display>(action: &'static str, path: &Path) -> impl FnOnce(E) -> Error {
        let path = path.to_owned();
        move |error| Error::File { action, path, reason: error.to_string() }
    }
}

impl Diagnose for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::Address { .. } | Error::Header { .. } | Error::Option { .. } => Kind::User,
            Error::Host { .. }
            | Error::Unreachable { .. }
            | Error::Http2 { .. }
            | Error::Collector { .. } => Kind::Endpoint,
            Error::Certificates { .. } | Error::File { .. } | Error::Thread { .. } => Kind::Environment,
            Error::Tokenizer { .. } | Error::Prompts { .. } => Kind::Data,
            Error::Data(error) => error.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Error::Option { hint, .. } => return hint.clone(),
            Error::Data(error) => return error.hint(),
            Error::Address { .. } => "give an address as `http://HOST:PORT`",
            Error::Header { .. } => "give headers as `--headers NAME=VALUE`; length and framing are ours",
            Error::Host { .. } => "check the name in the address",
            Error::Unreachable { .. } => "start the server, or check the address",
            Error::Http2 { .. } => "leave `--http 2` out",
            Error::Collector { .. } => "check its address; the figures are in `summary.json`",
            Error::Certificates { .. } => "check the certificates of this machine, or use `http://`",
            Error::Tokenizer { .. } => "give a folder with `tokenizer.json` as `--tokenizer-path`",
            Error::Prompts { .. } => "name the column of the prompts with `--column`, or another `--dataset`",
            Error::Thread { .. } => "look at the limits of this machine: threads, memory",
            Error::File { .. } => "check the path and its permissions",
        };
        Some(hint.to_owned())
    }
}
