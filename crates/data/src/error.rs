//! What can go wrong between a name and its rows.

use evalscope_core::json::JsonError;
use evalscope_core::{Diagnose, Kind};
use std::path::PathBuf;

/// Why data, a model file or a package could not be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The local hub has no folder of this name.
    #[error("there is no data set `{dataset}`: no folder {}", list(looked))]
    NoFolder {
        /// Name of the data set.
        dataset: String,
        /// Where it was looked for.
        looked: Vec<PathBuf>,
    },
    /// `local_path` leads nowhere.
    #[error("{dataset}: `local_path` {} is not there; looked for {}", path.display(), list(looked))]
    NoLocalPath {
        /// Name of the data set.
        dataset: String,
        /// As given.
        path: PathBuf,
        /// Where it was looked for.
        looked: Vec<PathBuf>,
    },
    /// The local hub without a folder of data sets.
    #[error("{dataset}: the local hub needs a folder of data sets")]
    NoDatasetDir {
        /// Name of the data set.
        dataset: String,
    },
    /// The data set has no repository on this hub.
    #[error("{dataset} is not on {hub}, as far as we know")]
    NotOnHub {
        /// Name of the data set.
        dataset: String,
        /// Name of the hub.
        hub: &'static str,
        /// The option's value for a hub that has it.
        other: Option<&'static str>,
    },
    /// Models come from a hub, and the local one is none.
    #[error("the local hub has no models; `{id}` must be a path there")]
    NoLocalModels {
        /// The repository asked for.
        id: String,
    },
    /// A repository, revision or requirement that is not written as one.
    #[error("`{given}` is not {what}")]
    Name {
        /// As given.
        given: String,
        /// What was expected.
        what: &'static str,
    },
    /// A file that the data set or repository does not have.
    #[error("{origin} has no file `{file}`")]
    NoFile {
        /// The file.
        file: String,
        /// Folder or repository.
        origin: String,
    },
    /// A file in a format that we do not read.
    #[error("{file}: not a format that rows are read from")]
    Format {
        /// The file.
        file: String,
    },
    /// A text that is not JSON.
    #[error("{file}:{line}: not valid JSON: {source}")]
    Json {
        /// The file.
        file: String,
        /// Line, from 1.
        line: u64,
        /// What is wrong, and in which column.
        source: JsonError,
    },
    /// A text that is not UTF-8.
    #[error("{file}:{line}: not valid UTF-8")]
    Utf8 {
        /// The file.
        file: String,
        /// Line, from 1.
        line: u64,
    },
    /// Anything else wrong in a text file.
    #[error("{file}:{line}: {message}")]
    Line {
        /// The file.
        file: String,
        /// Line, from 1.
        line: u64,
        /// What is wrong.
        message: String,
    },
    /// A damaged file: cut, wrong compression, wrong structure.
    #[error("{file}: {message}")]
    Damaged {
        /// The file.
        file: String,
        /// What is wrong.
        message: String,
    },
    /// More than we are willing to read.
    #[error("{file}: {what}")]
    TooLarge {
        /// The file.
        file: String,
        /// Which limit.
        what: String,
    },
    /// Content that is not what its checksum says.
    #[error("{file} has the SHA-256 {found}, not {expected}")]
    Checksum {
        /// The file.
        file: String,
        /// As published.
        expected: String,
        /// As computed.
        found: String,
    },
    /// Content of another size than published.
    #[error("{file} has {found} bytes, not {expected}")]
    Size {
        /// The file.
        file: String,
        /// As published.
        expected: u64,
        /// As received.
        found: u64,
    },
    /// Not cached, and the network must not be asked.
    #[error("{what} is not in the cache, and we are offline")]
    Offline {
        /// What is missing.
        what: String,
    },
    /// The cache has a part of it, and the hub could not be asked for the rest.
    #[error("{what}, and {why}")]
    Partial {
        /// What the cache has or lacks.
        what: String,
        /// Why the hub was not asked, or what came of it.
        why: String,
        /// Whether no network may be asked.
        offline: bool,
    },
    /// A bundle that is not one, or not whole.
    #[error("{file} cannot be used as a bundle: {message}")]
    Bundle {
        /// The bundle.
        file: String,
        /// What is wrong.
        message: String,
    },
    /// A bundle brings another content for a file that is there.
    #[error("{} is there with another content than in the bundle; nothing was put in place", path.display())]
    Conflict {
        /// The file.
        path: PathBuf,
    },
    /// A hub that does not know us, or not well enough.
    #[error("{hub} denies access to {what} (HTTP {status})")]
    Denied {
        /// Name of the hub.
        hub: &'static str,
        /// What was asked for.
        what: String,
        /// HTTP status.
        status: u16,
        /// The variable that holds the token.
        variable: &'static str,
        /// Whether a token was sent.
        with_token: bool,
    },
    /// A hub that does not have it.
    #[error("{hub} does not have {what} (HTTP {status})")]
    NotThere {
        /// Name of the hub.
        hub: &'static str,
        /// What was asked for.
        what: String,
        /// HTTP status.
        status: u16,
    },
    /// A hub that cannot be reached or answers nonsense.
    #[error("{hub}: {what} cannot be fetched: {message}")]
    Network {
        /// Name of the hub.
        hub: &'static str,
        /// What was asked for.
        what: String,
        /// Why.
        message: String,
    },
    /// pip that cannot be run or cannot fetch.
    #[error("pip cannot fetch `{requirement}`: {reason}")]
    Pip {
        /// What was asked for.
        requirement: String,
        /// Its own words, in a line.
        reason: String,
    },
    /// The file system.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// `read`, `write`, …
        action: &'static str,
        /// What.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl Error {
    /// An error of what the cache has a part of, after this one.
    pub fn partial(&self, what: String) -> Error {
        let (offline, why) = match self {
            Error::Offline { .. } => (true, "we are offline".to_owned()),
            error => (false, format!("the hub could not be asked: {error}")),
        };
        Error::Partial { what, why, offline }
    }

    /// For `map_err`: the file system refused `action` on `path`.
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Error {
        let path = path.into();
        move |source| Error::Io { action, path, source }
    }
}

fn list(paths: &[PathBuf]) -> String {
    let shown: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    shown.join(" nor ")
}

impl Diagnose for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::NoLocalPath { .. }
            | Error::NoDatasetDir { .. }
            | Error::NotOnHub { .. }
            | Error::NoLocalModels { .. }
            | Error::Name { .. } => Kind::User,
            Error::NoFolder { .. }
            | Error::NoFile { .. }
            | Error::Format { .. }
            | Error::Json { .. }
            | Error::Utf8 { .. }
            | Error::Line { .. }
            | Error::Damaged { .. }
            | Error::TooLarge { .. }
            | Error::Checksum { .. }
            | Error::Size { .. }
            | Error::Offline { .. }
            | Error::Partial { offline: true, .. }
            | Error::Bundle { .. }
            | Error::Conflict { .. }
            | Error::NotThere { .. } => Kind::Data,
            Error::Denied { .. }
            | Error::Network { .. }
            | Error::Partial { offline: false, .. }
            | Error::Pip { .. }
            | Error::Io { .. } => Kind::Environment,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Error::NoFolder { .. } => {
                "give the folder of data sets with `--dataset-dir`, or this one's with `local_path`"
            }
            Error::NoLocalPath { .. } => "a relative `local_path` starts here or in `--dataset-dir`",
            Error::NoDatasetDir { .. } => {
                "give it with `--dataset-dir`, or the folder of this data set with `local_path`"
            }
            Error::NotOnHub { other: Some(other), .. } => {
                return Some(format!("try `--dataset-hub {other}`, or give `dataset_id` or `local_path`"));
            }
            Error::NotOnHub { .. } => "give its repository as `dataset_id`, or a folder as `local_path`",
            Error::NoLocalModels { .. } => "give the path of a model file, or choose another hub",
            Error::Json { .. } | Error::Line { .. } | Error::Damaged { .. } => {
                "mend the file; one that was fetched is fetched again once it is deleted"
            }
            Error::Utf8 { .. } => "convert the file to UTF-8",
            Error::Format { .. } => {
                "rows are read from .jsonl, .json, .csv, .tsv and .parquet, also in .gz, .zst, .zip and .tar"
            }
            Error::Checksum { .. } | Error::Size { .. } => "delete the file so that it is fetched again",
            Error::Offline { .. } | Error::Partial { offline: true, .. } => {
                "run once without `--offline`, or put the file in place by hand"
            }
            Error::Bundle { .. } => {
                "copy it once more, or make it anew with `evalscope data bundle`; nothing was put in place"
            }
            Error::Conflict { .. } => "keep that file, or take the bundle's with `--replace`",
            Error::Denied { variable, with_token, .. } => return Some(denied_hint(variable, *with_token)),
            Error::NotThere { .. } => "check the name and the revision, or choose the other hub",
            Error::Network { .. } | Error::Partial { .. } => {
                "check the connection, proxy and endpoint settings; what has arrived is kept and continued"
            }
            Error::Pip { .. } => "check pip's own settings with `pip config list` and `pip --version`",
            Error::Name { .. } | Error::NoFile { .. } | Error::TooLarge { .. } | Error::Io { .. } => {
                return None;
            }
        };
        Some(hint.to_owned())
    }
}

fn denied_hint(variable: &str, with_token: bool) -> String {
    if with_token {
        format!("the token in {variable} is not enough: accept the repository's terms on its page")
    } else {
        format!("check the name; when it is right, put a token into the variable {variable}")
    }
}
