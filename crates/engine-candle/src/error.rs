//! What can go wrong when a model file is opened.

use crate::config::{encoder_names, family_names, gguf_architectures};
use crate::gguf::Fault;
use evalscope_core::{Diagnose, Kind};
use std::path::{Path, PathBuf};

/// What the engine reads.
const FORMATS: &str = "the embedded engine reads GGUF files and folders with `config.json`, a tokenizer and \
                       safetensors; serve other formats and use `--api-url`";

/// What went wrong, and in which file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A folder does not hold exactly one model file.
    #[error("{}: {} files end in .gguf, and one is needed, or `config.json` and safetensors", path.display(), found.len())]
    NotOneFile {
        /// The folder.
        path: PathBuf,
        /// Names of the files that end in `.gguf`.
        found: Vec<String>,
    },
    /// A model folder has its weights in pickle files only.
    #[error("{}: its weights are pickle files, which can run any program when they are read", path.display())]
    Pickle {
        /// The folder.
        path: PathBuf,
    },
    /// A model folder has no weights.
    #[error("{}: it has a `config.json` and no weights (`*.safetensors`)", path.display())]
    NoWeights {
        /// The folder.
        path: PathBuf,
    },
    /// A model folder has an adapter in place of weights.
    #[error("{}: it holds an adapter (LoRA), which is nothing without the model that it was made for", path.display())]
    Adapter {
        /// The folder.
        path: PathBuf,
    },
    /// The file does not begin as a GGUF file does.
    #[error("{} is not a GGUF file: {reason}", path.display())]
    NotGguf {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        reason: String,
    },
    /// The file begins as a GGUF file and then makes no sense.
    #[error("{}: malformed model file: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The file holds a model that the decoder does not compute.
    #[error("{}: the embedded engine does not compute the architecture `{architecture}`", path.display())]
    Architecture {
        /// The file.
        path: PathBuf,
        /// What the file calls it.
        architecture: String,
    },
    /// The architecture is known, and the file asks for a part of it that is not.
    #[error("{}: the embedded engine does not know {what}", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What is asked for.
        what: String,
    },
    /// The chat template cannot be parsed.
    #[error("{origin}: the chat template cannot be read: {reason}")]
    Template {
        /// The file that the template comes from, or `chat template option`.
        origin: String,
        /// What the template engine says.
        reason: String,
    },
    /// An option makes no sense.
    #[error("{name}: {reason}")]
    Option {
        /// Name of the option.
        name: &'static str,
        /// Why it makes no sense.
        reason: String,
    },
    /// The threads of the engine could not be started.
    #[error("cannot start the engine's threads: {reason}")]
    Threads {
        /// Why.
        reason: String,
    },
}

impl Error {
    /// Whether the model may be sound, and is none that this engine computes.
    pub fn is_beyond_the_engine(&self) -> bool {
        matches!(self, Error::Architecture { .. } | Error::Unsupported { .. })
    }
}

impl Diagnose for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::Read { .. } | Error::Threads { .. } => Kind::Environment,
            Error::NotGguf { .. } | Error::Malformed { .. } | Error::Template { .. } => Kind::Data,
            Error::NotOneFile { .. }
            | Error::Pickle { .. }
            | Error::NoWeights { .. }
            | Error::Adapter { .. }
            | Error::Architecture { .. }
            | Error::Unsupported { .. }
            | Error::Option { .. } => Kind::User,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Error::Read { .. } => Some("check the path and its permissions".into()),
            Error::NotOneFile { found, .. } if found.is_empty() => Some(FORMATS.into()),
            Error::NotOneFile { found, .. } => Some(format!("name one of them: {}", found.join(", "))),
            Error::NotGguf { path, .. } if path.extension().is_some_and(|ending| ending == "safetensors") => {
                Some("give the folder that it lies in, which has its `config.json` and tokenizer, too".into())
            }
            Error::NotGguf { .. } => Some(FORMATS.into()),
            Error::Adapter { .. } => Some(
                "merge it into that model (`merge_and_unload` of peft), save both as one, and give that folder".into(),
            ),
            Error::Pickle { .. } => {
                Some("convert them to safetensors, or take a revision of the model that has them".into())
            }
            Error::NoWeights { .. } => Some("fetch the model again, with its weights".into()),
            Error::Malformed { .. } => Some("fetch or convert the file again".into()),
            Error::Architecture { .. } => Some(format!(
                "it computes {} in GGUF files, and in folders: {}, and for embeddings {}; serve others with vLLM, SGLang or llama-server, and \
                 use `--api-url`",
                gguf_architectures().collect::<Vec<_>>().join(", "),
                family_names().join(", "),
                encoder_names().collect::<Vec<_>>().join(", ")
            )),
            Error::Unsupported { .. } => {
                Some("serve the model with another program and use `--api-url`".into())
            }
            Error::Template { .. } => Some("give another template with `--chat-template`".into()),
            Error::Option { .. } => None,
            Error::Threads { .. } => Some("ask for fewer with `--model-args threads=1`".into()),
        }
    }
}

/// Shorthand inside the crate.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// A fault as an error that names the file.
pub(crate) fn explain(path: &Path, fault: Fault) -> Error {
    let path = path.to_owned();
    match fault {
        Fault::Io(source) => Error::Read { path, source },
        Fault::Nonsense(reason) => Error::Malformed { path, reason },
        Fault::Unknown(what) => Error::Unsupported { path, what },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_architecture_names_what_is_supported() {
        let error = Error::Architecture { path: "m.gguf".into(), architecture: "mamba".into() };
        assert!(error.to_string().contains("mamba"));
        let hint = error.hint().unwrap();
        assert!(hint.contains("llama") && hint.contains("--api-url"));
    }

    #[test]
    fn kinds_follow_who_can_mend_it() {
        let read = Error::Read { path: "x".into(), source: std::io::Error::other("no") };
        assert_eq!(read.kind(), Kind::Environment);
        assert_eq!(Error::NotGguf { path: "x".into(), reason: "no".into() }.kind(), Kind::Data);
        assert_eq!(Error::Option { name: "n", reason: "r".into() }.kind(), Kind::User);
    }
}
