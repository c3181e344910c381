//! Why a run folder could not be used.

use evalscope_core::plan::Difference;
use evalscope_core::{Diagnose, Kind};
use std::path::{Path, PathBuf};

/// Why a run folder could not be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file system refused something.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was tried: `read`, `write`, `create`, `lock`, `remove`.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// An earlier write could not be undone, so that nothing more may follow it.
    #[error("{} was left with a torn line and takes no more: an earlier write to it failed", path.display())]
    Torn {
        /// The journal.
        path: PathBuf,
    },
    /// There is no run in the folder.
    #[error("there is no run in {}", path.display())]
    NoRun {
        /// The folder.
        path: PathBuf,
    },
    /// A run would be overwritten.
    #[error("there already is a run in {}", path.display())]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// Another process writes this run.
    #[error("{holder} is writing the run in {}", path.display())]
    Locked {
        /// The folder.
        path: PathBuf,
        /// Which process, and since when.
        holder: String,
    },
    /// A whole file is not what it should be.
    #[error("{}: {message}", path.display())]
    BrokenFile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// A line is not what it should be.
    #[error("{}:{line}: {message}", path.display())]
    BrokenLine {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong.
        message: String,
    },
    /// The folder was written in a form that this program does not know.
    #[error("{} has version {found}; this program knows {known}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u64,
        /// Ours.
        known: u32,
    },
    /// The recorded plan asks for other calls than the wanted one.
    #[error("the run in {} was planned differently: {}", path.display(), crate::differ::sentence(differences))]
    PlanDiffers {
        /// The folder.
        path: PathBuf,
        /// The fields that differ.
        differences: Vec<Difference>,
    },
    /// Something was asked of a folder that its plan does not have.
    #[error("the plan in {} has no {what}", path.display())]
    NotPlanned {
        /// The folder.
        path: PathBuf,
        /// A model, benchmark or subset.
        what: String,
    },
    /// A folder that was opened for reading was written to.
    #[error("the run in {} was opened for reading only", path.display())]
    ReadOnly {
        /// The folder.
        path: PathBuf,
    },
}

impl Diagnose for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::File { .. } | Error::Torn { .. } | Error::Locked { .. } => Kind::Environment,
            Error::NoRun { .. }
            | Error::BrokenFile { .. }
            | Error::BrokenLine { .. }
            | Error::Version { .. } => Kind::Data,
            Error::Exists { .. } | Error::PlanDiffers { .. } => Kind::User,
            Error::NotPlanned { .. } | Error::ReadOnly { .. } => Kind::Internal,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Error::File { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => {
                "make room, then run the same command again: recorded answers are kept"
            }
            Error::File { action: "write", .. } | Error::Torn { .. } => {
                "check the disk's space and permissions, then run the same command again: recorded answers \
                 are kept"
            }
            Error::NoRun { .. } => "give the folder of a run, for example outputs/20260101_120000",
            Error::Exists { .. } => "choose another folder, or go on with the run by `--use-cache`",
            Error::Locked { .. } => "wait until it has ended, or choose another `--work-dir`",
            Error::BrokenLine { path, .. } => return Some(mending(path)),
            Error::Version { .. } => "use the version of this program that wrote it, or start a new run",
            Error::PlanDiffers { differences, .. } if differences.iter().any(is_of_order) => {
                "the order depends on which data files are there, and older runs do not say which were: bring about the files \
                 of the recorded run, or start a new one"
            }
            Error::PlanDiffers { .. } => "take the options of the recorded run, or start a new one",
            Error::File { .. }
            | Error::BrokenFile { .. }
            | Error::NotPlanned { .. }
            | Error::ReadOnly { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

/// What to do about a broken line. Reviews are made of the calls, which are nowhere else.
fn mending(path: &Path) -> String {
    let kind = path.ancestors().nth(2);
    match kind.zip(kind.and_then(Path::parent)) {
        Some((kind, run)) if kind.ends_with("reviews") => {
            format!(
                "mend or delete this line, or make all reviews again: `evalscope score {}`",
                run.display()
            )
        }
        _ => "mend or delete this line; a call without a line is made again".to_owned(),
    }
}

/// Whether the plans differ in which subsets the order of the samples lacks.
fn is_of_order(difference: &Difference) -> bool {
    difference.field.contains(".asking.shuffled_without")
}

impl Error {
    /// Makes a file error of `action` on `path`; for `map_err`.
    pub(crate) fn file<'a>(
        action: &'static str,
        path: &'a std::path::Path,
    ) -> impl Fn(std::io::Error) -> Error + 'a {
        move |source| Error::File { action, path: path.to_owned(), source: without_path(source) }
    }
}

/// The system's own error. Temporary files put their name around it, which says nothing to people.
fn without_path(error: std::io::Error) -> std::io::Error {
    match error.raw_os_error().or_else(|| wrapped_code(&error)) {
        Some(code) => std::io::Error::from_raw_os_error(code),
        None => error,
    }
}

/// The code in an error that was wrapped with a path. The wrapper hides it behind its text only.
fn wrapped_code(error: &std::io::Error) -> Option<i32> {
    let text = error.get_ref()?.to_string();
    let (_, rest) = text.split_once("(os error ")?;
    rest.split_once(')')?.0.parse().ok()
}
