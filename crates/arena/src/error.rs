//! Why battles could not be read or rated.

use evalscope_core::{Diagnose, Kind};

/// Why battles could not be read or rated.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A line of a file is not what it should be.
    #[error("{file}: line {line} is no {what}: {message}")]
    Line {
        /// Name of the file.
        file: String,
        /// From 1.
        line: usize,
        /// `battle`, `vote`, `label`.
        what: &'static str,
        /// What is wrong with it.
        message: String,
    },
    /// There is nothing to rate.
    #[error("{0}")]
    Nothing(String),
    /// A model that was named did not fight.
    #[error("no battle of the model `{model}`")]
    UnknownModel {
        /// Its name.
        model: String,
        /// The names that there are.
        known: Vec<String>,
    },
}

impl Diagnose for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::Line { .. } | Error::Nothing(_) => Kind::Data,
            Error::UnknownModel { .. } => Kind::User,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Error::Line { what: "battle", .. } => Some(
                "a line is {\"model_a\": …, \"model_b\": …, \"win\": \"model_a\" | \"model_b\" | \"tie\"}"
                    .into(),
            ),
            Error::Line { .. } | Error::Nothing(_) => None,
            Error::UnknownModel { known, .. } => Some(format!("the models are: {}", known.join(", "))),
        }
    }
}
