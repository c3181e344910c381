//! What can go wrong with the cache.

use evalscope_core::{Diagnose, Kind};
use std::path::PathBuf;

/// Why the cache cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Its folder cannot be made.
    #[error("the response cache's folder {} cannot be made: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// SQLite cannot open, read or write it.
    #[error("the response cache {}: {source}", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// The file is a database of something else, or of another version.
    #[error("{} is no response cache of this version", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
}

impl Diagnose for Error {
    fn kind(&self) -> Kind {
        Kind::Environment
    }

    fn hint(&self) -> Option<String> {
        Some("move the file away to begin a new cache, or run without `--cache on`".into())
    }
}
