//! What can be wrong with a benchmark, its arguments or its data.

use evalscope_core::{Diagnose, Kind};
use std::path::PathBuf;

/// What is wrong with a benchmark, its arguments or its data.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No benchmark of this name.
    #[error("there is no benchmark `{name}`")]
    UnknownBenchmark {
        /// As asked for.
        name: String,
        /// The nearest name.
        nearest: Option<String>,
    },
    /// No protocol of this name in the benchmark.
    #[error("{benchmark} has no protocol `{protocol}`")]
    UnknownProtocol {
        /// The benchmark.
        benchmark: String,
        /// As asked for.
        protocol: String,
        /// Those that it has.
        known: Vec<String>,
    },
    /// An argument that does not fit.
    #[error("{benchmark}: {message}")]
    Argument {
        /// Name with protocol.
        benchmark: String,
        /// What is wrong.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// A benchmark file is not valid.
    #[error("{0}")]
    File(Problem),
    /// A benchmark file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Rows could not be had.
    #[error("{benchmark}: {source}")]
    Data {
        /// Name with protocol.
        benchmark: String,
        /// Why.
        source: evalscope_data::Error,
    },
    /// The data set has nothing for a subset.
    #[error("{benchmark}: no data for the subset `{subset}` (split `{split}`) in {origin}")]
    NoData {
        /// Name with protocol.
        benchmark: String,
        /// The subset.
        subset: String,
        /// The split.
        split: String,
        /// Where it was looked for.
        origin: String,
    },
    /// The data set has no file that could be a subset.
    #[error("{benchmark}: no file named {expected} in {origin}")]
    NoFiles {
        /// Name with protocol.
        benchmark: String,
        /// Names that are expected.
        expected: String,
        /// Where it was looked for.
        origin: String,
    },
    /// A split without rows.
    #[error("{benchmark}: the subset `{subset}` has no rows in {file}")]
    Empty {
        /// Name with protocol.
        benchmark: String,
        /// The subset.
        subset: String,
        /// The file or files.
        file: String,
    },
    /// A row that is not what the benchmark expects.
    #[error("{benchmark}: row {row} of {file}: {message}")]
    Row {
        /// Name with protocol.
        benchmark: String,
        /// The file.
        file: String,
        /// Row in the file, from 1.
        row: usize,
        /// What is wrong.
        message: String,
    },
    /// A template or expression that cannot be rendered.
    #[error("{benchmark}: {part}: {message}")]
    Template {
        /// Name with protocol.
        benchmark: String,
        /// Which part of the file.
        part: String,
        /// What is wrong.
        message: String,
    },
    /// A benchmark that only a judge can score, and there is none.
    #[error("{benchmark}: replies are scored by a judge, and there is none")]
    NoJudge {
        /// Name with protocol.
        benchmark: String,
    },
    /// A benchmark that judges cannot score.
    #[error("{benchmark}: judges score replies, and this benchmark {lack}")]
    NotJudged {
        /// Name with protocol.
        benchmark: String,
        /// Why not.
        lack: String,
    },
    /// Too few judges gave a verdict that can be read.
    #[error("{benchmark}: no verdict: {judges} of the judges gave one that can be read, {least} must")]
    Unjudged {
        /// Name with protocol.
        benchmark: String,
        /// Judges with a verdict.
        judges: usize,
        /// Judges who must have one.
        least: u32,
    },
    /// A text that a prompt needs is not to be had.
    #[error("{benchmark}: the text `{asset}` that its prompt needs is not there: {reason}")]
    Asset {
        /// Name with protocol.
        benchmark: String,
        /// Name of the asset.
        asset: String,
        /// Why.
        reason: String,
    },
}

/// Something wrong in a benchmark file, and where.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Problem {
    /// The file.
    pub file: String,
    /// Line, from 1; 0 when it concerns the whole file.
    pub line: u64,
    /// Column, from 1.
    pub column: u64,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            0 => write!(formatter, "{}: {}", self.file, self.message),
            line => write!(formatter, "{}:{line}:{}: {}", self.file, self.column, self.message),
        }?;
        match &self.hint {
            Some(hint) => write!(formatter, " ({hint})"),
            None => Ok(()),
        }
    }
}

impl Diagnose for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::UnknownBenchmark { .. } | Error::UnknownProtocol { .. } | Error::Argument { .. } => {
                Kind::User
            }
            Error::File(_) | Error::Template { .. } | Error::NoJudge { .. } | Error::NotJudged { .. } => {
                Kind::User
            }
            Error::Unjudged { .. } => Kind::Endpoint,
            Error::Read { source, .. } if source.kind() == std::io::ErrorKind::NotFound => Kind::User,
            Error::Read { .. } => Kind::Environment,
            Error::Data { source, .. } => source.kind(),
            Error::NoData { .. }
            | Error::NoFiles { .. }
            | Error::Empty { .. }
            | Error::Row { .. }
            | Error::Asset { .. } => Kind::Data,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Error::UnknownBenchmark { nearest: Some(near), .. } => Some(format!("did you mean `{near}`?")),
            Error::UnknownBenchmark { .. } => {
                Some("`evalscope benchmarks list` lists them; add your own with `--benchmark-path FILE`".into())
            }
            Error::UnknownProtocol { known, .. } => Some(format!("it has: {}", known.join(", "))),
            Error::Argument { hint, .. } => hint.clone(),
            Error::Data { source, .. } => source.hint(),
            Error::NoData { .. } => Some(
                "give the folder with `--dataset-args '{\"NAME\": {\"local_path\": \"…\"}}'`, or go on without the \
                 subset with `--allow-missing`"
                    .into(),
            ),
            Error::NoFiles { .. } => Some("name the files so, or say with `subset_list` which subsets there are".into()),
            Error::Empty { .. } => Some("check the file, or choose another subset or split".into()),
            Error::Row { benchmark, .. } => {
                Some(format!("`evalscope benchmarks show {benchmark}` shows the columns of an example row"))
            }
            Error::Asset { .. } => {
                Some("put the text into the data set's folder, or run once with a package index in reach".into())
            }
            Error::NoJudge { .. } => Some(
                "name one: `--judge '{\"model\": \"NAME\", \"api_url\": \"http://HOST:PORT/v1\"}'`".into(),
            ),
            Error::NotJudged { .. } => {
                Some("take it out, or ask judges only where the protocol has one: `strategy: auto`".into())
            }
            Error::File(_) | Error::Template { .. } | Error::Read { .. } | Error::Unjudged { .. } => None,
        }
    }
}
