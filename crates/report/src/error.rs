//! Why a run could not be reported.

use evalscope_core::{Diagnose, Kind};
use std::path::{Path, PathBuf};

/// Why a run could not be reported.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The run folder could not be read or written.
    #[error(transparent)]
    Runs(#[from] evalscope_runs::Error),
    /// A file could not be read.
    #[error("could not {doing} {}: {source}", .path.display())]
    File {
        /// `read`.
        doing: &'static str,
        /// Which.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file is not what it should be, or became another one while it was read.
    #[error("{}: {message}", .path.display())]
    Broken {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// A run whose protocols were to be compared has one of each benchmark.
    #[error("no benchmark of {} was asked in two protocols", .path.display())]
    OneProtocol {
        /// The run.
        path: PathBuf,
    },
    /// A report could not be put into its form.
    #[error("the report could not be written as {form}: {message}")]
    Form {
        /// `JSON`.
        form: &'static str,
        /// Why not.
        message: String,
    },
}

impl Error {
    /// The file system refused to do something with a path.
    pub(crate) fn file(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
        move |source| Error::File { doing, path: path.to_owned(), source }
    }

    /// The JSON of a file is not what it should be.
    pub(crate) fn broken(path: &Path) -> impl FnOnce(serde_json::Error) -> Error {
        move |error| Error::Broken { path: path.to_owned(), message: error.to_string() }
    }
}

impl Diagnose for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::Runs(error) => error.kind(),
            Error::File { .. } => Kind::Environment,
            Error::Broken { .. } => Kind::Data,
            Error::OneProtocol { .. } => Kind::User,
            Error::Form { .. } => Kind::Internal,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Error::Runs(error) => error.hint(),
            Error::File { .. } => None,
            Error::OneProtocol { .. } => {
                Some("name a second run, or run both: `--datasets arc arc@evalscope-0.5`".into())
            }
            Error::Broken { .. } => Some("if it is being written, look again in a moment".into()),
            Error::Form { .. } => Some("please report this; the run itself is kept".into()),
        }
    }
}
