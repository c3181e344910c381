//! What can be wrong with the way a model is given.

use evalscope_core::{Diagnose, Kind};
use std::path::PathBuf;

/// What can be wrong with the way a model is given. What goes wrong in a call is a
/// [`CallFailure`](evalscope_core::CallFailure).
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is none.
    #[error("`{url}` is not the address of an endpoint: {reason}")]
    Address {
        /// The address, without credentials and query.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no address.
    #[error("an endpoint needs an address")]
    NoAddress,
    /// A header has a name or value that HTTP does not allow. The value is not shown: it may be a secret.
    #[error("the header `{name}` cannot be sent: its {part} has signs that HTTP does not allow")]
    Header {
        /// Its name.
        name: String,
        /// `name` or `value`.
        part: &'static str,
    },
    /// The key cannot be sent in a header.
    #[error("the API key has signs that HTTP does not allow in a header")]
    Key,
    /// A recording cannot be read, or there is nothing in it.
    #[error("{}: {reason}", path.display())]
    Recording {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// No HTTP client could be made.
    #[error("cannot set up HTTP: {reason}")]
    Setup {
        /// What the HTTP library says.
        reason: String,
    },
}

impl Diagnose for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::Setup { .. } => Kind::Environment,
            Error::Address { .. }
            | Error::NoAddress
            | Error::Header { .. }
            | Error::Key
            | Error::Recording { .. } => Kind::User,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Error::Address { .. } | Error::NoAddress => Some("give it as `http://HOST:PORT/v1`".into()),
            Error::Header { .. } => Some("check `extra_headers` in `--generation-config`".into()),
            Error::Key => Some("check the key for line breaks and signs outside ASCII".into()),
            Error::Recording { .. } => Some(
                "give the folder of a run, or JSON lines with `messages` or `prompt` and `response`".into(),
            ),
            Error::Setup { .. } => {
                Some("install the certificates of the system (package `ca-certificates` on Debian)".into())
            }
        }
    }
}
