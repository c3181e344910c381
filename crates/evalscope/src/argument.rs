//! What can be wrong with an argument of the caller.

use evalscope_core::{Diagnose, Kind};

/// What is wrong with an argument.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct ArgumentError {
    /// Which argument, and what is wrong with it.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl ArgumentError {
    /// An argument error without advice.
    pub fn new(message: impl Into<String>) -> Self {
        ArgumentError { message: message.into(), hint: None }
    }

    /// The same with advice.
    pub fn with_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }
}

impl Diagnose for ArgumentError {
    fn kind(&self) -> Kind {
        Kind::User
    }

    fn hint(&self) -> Option<String> {
        self.hint.clone()
    }
}
