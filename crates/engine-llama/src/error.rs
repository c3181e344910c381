//! What can go wrong when llama.cpp opens a model.

use crate::process::Fall;
use evalscope_core::{Diagnose, Kind};
use std::path::{Path, PathBuf};

/// What went wrong, and with which file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A part that both engines share.
    #[error(transparent)]
    Shared(#[from] evalscope_engine_candle::Error),
    /// The model is no GGUF file.
    #[error("{}: llama.cpp reads GGUF files, and this is a folder of safetensors", path.display())]
    NotGguf {
        /// The folder.
        path: PathBuf,
    },
    /// llama.cpp does not open the file.
    #[error("{}: llama.cpp cannot open it: {how}{}", path.display(), tail(said))]
    Refused {
        /// The file.
        path: PathBuf,
        /// What happened.
        how: String,
        /// What it printed.
        said: String,
    },
    /// The file is one of several of a model.
    #[error("{}: it is one of several parts of a model, and this engine reads models that are one file", path.display())]
    Part {
        /// The file.
        path: PathBuf,
    },
    /// The file was written or replaced while it was read.
    #[error("{}: it changed while it was read", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// An option makes no sense.
    #[error("{name}: {reason}")]
    Option {
        /// Name of the option.
        name: &'static str,
        /// Why it makes no sense.
        reason: String,
    },
}

fn tail(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("; it said: {text}") }
}

impl Error {
    pub(crate) fn refused(path: &Path, fall: &Fall) -> Error {
        Error::Refused { path: path.to_owned(), how: fall.how.clone(), said: fall.said() }
    }
}

impl Diagnose for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::Shared(error) => error.kind(),
            Error::Refused { .. } => Kind::Data,
            Error::Changed { .. } => Kind::Environment,
            Error::NotGguf { .. } | Error::Part { .. } | Error::Option { .. } => Kind::User,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Error::Shared(error) => error.hint(),
            Error::NotGguf { .. } => Some("take `engine=llama` out of `--model-args`, or give a GGUF file".into()),
            Error::Refused { .. } => {
                Some("fetch or convert the file again, or serve the model with another program and use `--api-url`".into())
            }
            Error::Part { .. } => Some("join the parts with `llama-gguf-split --merge`".into()),
            Error::Changed { .. } => Some("wait until it is there as a whole, and begin again".into()),
            Error::Option { .. } => None,
        }
    }
}
