//! What calls run on.

use crate::error::Error;

/// One thread: threads of one runtime hand every reply to each other. A run with many calls in flight starts another
/// beside it; engines and the reading of data have threads of their own.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| Error::File { path: "the thread pool".into(), source })
}
