//! What can go wrong in a chore.

use std::fmt::Display;
use std::path::{Path, PathBuf};

/// What can go wrong in a chore.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file could not be read or written.
    #[error("{action} {}: {source}", path.display())]
    File {
        /// "cannot read" or "cannot write".
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file or an answer is not in the form that it should have.
    #[error("{place}: {message}")]
    Form {
        /// The file or command.
        place: String,
        /// What is wrong in it.
        message: String,
    },
    /// Another program could not be started or failed.
    #[error("`{command}` {message}")]
    Command {
        /// The command line.
        command: String,
        /// How it ended.
        message: String,
    },
    /// The checks found something.
    #[error("{text}{count} to mend")]
    Findings {
        /// One line or two for each finding.
        text: String,
        /// How many.
        count: usize,
    },
    /// No chore is called like that.
    #[error("no such chore: `{words}`\n\n{help}")]
    Usage {
        /// What was typed.
        words: String,
        /// What could be.
        help: &'static str,
    },
}

impl Error {
    /// Says that `path` could not be read.
    pub fn read(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::File { action: "cannot read", path: path.to_owned(), source }
    }

    /// Says that `path` could not be written.
    pub fn write(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::File { action: "cannot write", path: path.to_owned(), source }
    }

    /// Says that `place` does not have the form that it should have.
    pub fn form(place: &str, message: &dyn Display) -> Self {
        Self::Form { place: place.to_owned(), message: message.to_string() }
    }
}

/// One thing to mend: where, what, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// A file, with its line where there is one.
    pub place: String,
    /// What is wrong there.
    pub message: String,
    /// What to do.
    pub hint: String,
}

impl Finding {
    /// Makes a finding.
    pub fn new(place: impl Into<String>, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { place: place.into(), message: message.into(), hint: hint.into() }
    }
}

/// Turns findings into `Ok(calm)` when there are none, and into an error that lists them when there are.
pub fn settle(findings: &[Finding], calm: String) -> Result<String, Error> {
    if findings.is_empty() {
        return Ok(calm);
    }
    let mut text = String::new();
    for Finding { place, message, hint } in findings {
        text.push_str(&format!("{place}: {message}\n  hint: {hint}\n"));
    }
    Err(Error::Findings { text: format!("\n{text}"), count: findings.len() })
}
