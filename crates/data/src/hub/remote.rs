//! What a hub must offer.

use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What a repository holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RepoKind {
    Dataset,
    Model,
}

impl RepoKind {
    /// The word for it in addresses and caches.
    pub fn plural(self) -> &'static str {
        match self {
            RepoKind::Dataset => "datasets",
            RepoKind::Model => "models",
        }
    }
}

/// A file as a hub lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub path: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sha256: Option<String>,
    /// Name of the content in a cache by content.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub blob: Option<String>,
}

impl Entry {
    /// A file of which only the name is known.
    pub fn named(path: &str) -> Entry {
        Entry { path: path.to_owned(), size: None, sha256: None, blob: None }
    }
}

/// One repository at one revision on one hub.
pub(crate) trait Remote: Send + Sync {
    /// `modelscope:org/name@revision`.
    fn origin(&self) -> String;

    /// Where its list of files is kept: hub, kind, repository and revision.
    fn listing_key(&self) -> String;

    /// The file in the hub's cache that says which commit a branch is.
    fn reference(&self) -> Option<PathBuf> {
        None
    }

    /// The error when nothing of it is in the cache, and we are offline.
    fn absent(&self, what: String) -> Error {
        Error::Offline { what }
    }

    /// Whether the revision can never have other files.
    fn is_pinned(&self) -> bool;

    /// Asks the hub for all files.
    fn list(&self) -> Result<Vec<Entry>, Error>;

    /// The files that the hub's cache has.
    fn cached_names(&self) -> Vec<String>;

    /// The file in the hub's cache.
    fn cached(&self, entry: &Entry) -> Option<PathBuf>;

    /// Fetches a file into the hub's cache.
    fn fetch(&self, entry: &Entry) -> Result<PathBuf, Error>;
}
