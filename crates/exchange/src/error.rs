//! Why a run could not be exported, or another program's files not imported.

use evalscope_core::{Diagnose, Kind};
use std::path::{Path, PathBuf};

/// Why a run could not be exported, or another program's files not imported.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The run folder.
    #[error(transparent)]
    Runs(#[from] evalscope_runs::Error),
    /// The scores of the run.
    #[error(transparent)]
    Report(#[from] evalscope_report::Error),
    /// The file system refused something.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was tried: `read`, `write`.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Something would be overwritten.
    #[error("{} is there already", path.display())]
    Exists {
        /// The file or folder.
        path: PathBuf,
    },
    /// A run would be made where something is.
    #[error("{} is there already, and an import makes a new folder", path.display())]
    Taken {
        /// The file or folder.
        path: PathBuf,
    },
    /// A folder would be replaced that holds what no export wrote.
    #[error("{} holds `{entry}`, which is not as an export wrote it, and is not replaced", path.display())]
    NotAnExport {
        /// The folder.
        path: PathBuf,
        /// The first such file.
        entry: String,
    },
    /// It cannot be told which program wrote it.
    #[error("{} is in no form that can be imported", path.display())]
    UnknownFormat {
        /// The file or folder.
        path: PathBuf,
    },
    /// A file is not what it should be.
    #[error("{place}: {message}")]
    Malformed {
        /// The file, with the line or the member of an archive.
        place: String,
        /// What is wrong.
        message: String,
    },
    /// There is nothing to import.
    #[error("{} has no sample", path.display())]
    Empty {
        /// The file or folder.
        path: PathBuf,
    },
    /// Something could not be put into its form.
    #[error("the export could not be written as {form}: {message}")]
    Form {
        /// `Parquet`, `JSON`, `zip`.
        form: &'static str,
        /// Why not.
        message: String,
    },
}

impl Error {
    /// Makes a file error of `action` on `path`; for `map_err`.
    pub(crate) fn file<'a>(action: &'static str, path: &'a Path) -> impl Fn(std::io::Error) -> Error + 'a {
        move |source| Error::File { action, path: path.to_owned(), source }
    }

    /// Says that a form refused what we wrote; for `map_err`.
    pub(crate) fn form<E: std::fmt::Display>(form: &'static str) -> impl Fn(E) -> Error {
        move |error| Error::Form { form, message: error.to_string() }
    }

    /// Says that a file is not what it should be.
    pub(crate) fn malformed(place: impl Into<String>, message: impl Into<String>) -> Error {
        Error::Malformed { place: place.into(), message: message.into() }
    }
}

impl Diagnose for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::Runs(error) => error.kind(),
            Error::Report(error) => error.kind(),
            Error::File { .. } => Kind::Environment,
            Error::Exists { .. }
            | Error::Taken { .. }
            | Error::NotAnExport { .. }
            | Error::UnknownFormat { .. } => Kind::User,
            Error::Malformed { .. } | Error::Empty { .. } => Kind::Data,
            Error::Form { .. } => Kind::Internal,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Error::Runs(error) => error.hint(),
            Error::Report(error) => error.hint(),
            Error::File { .. } => Some("check the path, the disk's space and permissions".into()),
            Error::Exists { .. } => Some("replace it with `--force`, or choose another place with `-o`".into()),
            Error::Taken { .. } => Some("choose another place for the run".into()),
            Error::NotAnExport { .. } => Some("choose another place with `-o`".into()),
            Error::UnknownFormat { .. } => Some(
                "give a folder of EvalScope or lm-eval, an Inspect log (.eval, .json) or a .parquet file of ours, \
                 or say which it is with `--from`"
                    .into(),
            ),
            Error::Malformed { .. } => Some("mend the file, or export it anew from the program that wrote it".into()),
            Error::Empty { .. } => Some("lm-eval writes samples with `--log_samples` only".into()),
            Error::Form { .. } => Some("please report this; the run itself is kept".into()),
        }
    }
}
