//! What calls run on.

use crate::error::Error;

/// One thread drives all calls and scores the replies: it carries ten thousand samples a second, and several only wake
/// each other. Engines and the reading of data have threads of their own.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| Error::File { path: "the thread pool".into(), source })
}
