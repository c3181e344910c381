//! Rows from files, archives and hubs. A data set is opened by a [`Store`]; its files are listed once, matched by
//! patterns and read as lossless rows. What a hub or a package index sent is cached and not asked for again.
//!
//! All of it blocks, and so must not be called from asynchronous code.

mod archive;
mod checksum;
mod content;
mod dataset;
mod download;
mod error;
mod files;
mod files_read;
mod format;
mod http;
mod hub;
mod lock;
mod names;
mod offline;
mod options;
mod package;
mod pattern;
mod pip;
mod read;
mod rows;
mod store;
mod trace;
mod watch;

pub use checksum::verify_sha256;
pub use dataset::Dataset;
pub use error::Error;
pub use hub::{Repository, missing_weights};
pub use offline::{
    CacheFile, Existing, Manifest, Pull, PullKind, Pulls, Unbundled, bundle, damage, discard, unbundle,
};
pub use options::{CacheName, CacheRoots, DatasetId, Hub, PackageFile, RepoId, StoreOptions};
pub use rows::{Header, ReadOptions, Rows};
pub use store::Store;
pub use trace::GivenOut;
pub use watch::{Arriving, Watch};
