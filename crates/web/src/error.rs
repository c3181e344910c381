//! What can go wrong, for the command line and as replies of the API.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use evalscope_core::{Diagnose, Kind};
use serde_json::json;
use std::path::{Path, PathBuf};

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The run folder.
    #[error(transparent)]
    Runs(#[from] evalscope_runs::Error),
    /// The report.
    #[error(transparent)]
    Report(#[from] evalscope_report::Error),
    /// An import or export.
    #[error(transparent)]
    Exchange(#[from] evalscope_exchange::Error),
    /// The index of a run.
    #[error("{}: the index could not be used: {source}", .path.display())]
    Index {
        /// Its file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// A file or folder.
    #[error("could not {doing} {}: {source}", .path.display())]
    File {
        /// `read`, `create`, …
        doing: &'static str,
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The address cannot be listened on.
    #[error("could not listen on {address}: {source}")]
    Address {
        /// Host and port.
        address: String,
        /// Why.
        source: std::io::Error,
    },
    /// There is no such run, sample or page.
    #[error("there is no {what}")]
    NotFound {
        /// What was asked for.
        what: String,
    },
    /// The request makes no sense.
    #[error("{message}")]
    Invalid {
        /// Why.
        message: String,
    },
    /// The request is not allowed.
    #[error("{message}")]
    Refused {
        /// Why.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// The files of a run cannot be read.
    #[error("{message}")]
    Broken {
        /// Why.
        message: String,
    },
    /// A bug of ours.
    #[error("{message}")]
    Internal {
        /// What happened.
        message: String,
    },
}

impl Error {
    /// The file system refused to do something with a path.
    pub fn file(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
        move |source| Error::File { doing, path: path.to_owned(), source }
    }

    /// The index in this file did not work.
    pub fn index(path: &Path) -> impl Fn(rusqlite::Error) -> Error {
        move |source| Error::Index { path: path.to_owned(), source }
    }

    /// There is no such thing.
    pub fn missing(what: impl Into<String>) -> Error {
        Error::NotFound { what: what.into() }
    }

    /// The request makes no sense.
    pub fn invalid(message: impl Into<String>) -> Error {
        Error::Invalid { message: message.into() }
    }

    fn status(&self) -> StatusCode {
        match self {
            Error::NotFound { .. } => StatusCode::NOT_FOUND,
            Error::Invalid { .. } => StatusCode::BAD_REQUEST,
            Error::Refused { .. } => StatusCode::FORBIDDEN,
            Error::Runs(_) | Error::Report(_) | Error::Exchange(_) | Error::Broken { .. } => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl Diagnose for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::Runs(error) => error.kind(),
            Error::Report(error) => error.kind(),
            Error::Exchange(error) => error.kind(),
            Error::Index { .. } | Error::File { .. } | Error::Address { .. } => Kind::Environment,
            Error::NotFound { .. } | Error::Invalid { .. } | Error::Refused { .. } => Kind::User,
            Error::Broken { .. } => Kind::Data,
            Error::Internal { .. } => Kind::Internal,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Error::Runs(error) => error.hint(),
            Error::Report(error) => error.hint(),
            Error::Exchange(error) => error.hint(),
            Error::Refused { hint, .. } => hint.clone(),
            Error::Index { path, .. } => {
                Some(format!("delete {}: it is made again from the run", path.display()))
            }
            Error::Address { .. } => Some("choose another port with --port".into()),
            _ => None,
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let body = json!({"error": self.to_string(), "hint": self.hint()});
        (self.status(), Json(body)).into_response()
    }
}
