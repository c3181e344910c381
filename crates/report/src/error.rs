//! Why a run could not be reported.

use evalscope_core::{Diagnose, Kind};

/// Why a run could not be reported.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The run folder could not be read or written.
    #[error(transparent)]
    Runs(#[from] evalscope_runs::Error),
    /// A report could not be put into its form.
    #[error("the report could not be written as {form}: {message}")]
    Form {
        /// `JSON`, `HTML`.
        form: &'static str,
        /// Why not.
        message: String,
    },
}

impl Diagnose for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::Runs(error) => error.kind(),
            Error::Form { .. } => Kind::Internal,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Error::Runs(error) => error.hint(),
            Error::Form { .. } => Some("please report this; the run itself is kept".into()),
        }
    }
}
