//! The response cache that runs share: where it is, what is in it, making it smaller.

use crate::environment::Environment;
use crate::error::Error;
use evalscope_cache::ResponseCache;
pub use evalscope_cache::{ModelStats, Stats};
use std::path::PathBuf;
use std::time::Duration;

/// The cache's file.
pub fn path(environment: &Environment) -> PathBuf {
    environment.cache.join("responses.sqlite")
}

/// Opens the cache, and makes it when it is not there.
pub(crate) fn open(environment: &Environment) -> Result<ResponseCache, Error> {
    Ok(ResponseCache::open(&path(environment))?)
}

/// The cache, when there is one.
fn existing(environment: &Environment) -> Result<Option<ResponseCache>, Error> {
    if path(environment).exists() { open(environment).map(Some) } else { Ok(None) }
}

/// What is in it.
pub fn stats(environment: &Environment) -> Result<Stats, Error> {
    match existing(environment)? {
        Some(cache) => Ok(cache.stats()?),
        None => Ok(Stats { models: Vec::new(), file_bytes: 0 }),
    }
}

/// Drops answers that were not used for so long, then the longest unused ones until the rest fits. How many.
pub fn prune(
    environment: &Environment,
    unused_for: Option<Duration>,
    most_bytes: Option<u64>,
) -> Result<u64, Error> {
    match existing(environment)? {
        Some(cache) => Ok(cache.prune(unused_for, most_bytes)?),
        None => Ok(0),
    }
}

/// Drops everything. How many answers.
pub fn clear(environment: &Environment) -> Result<u64, Error> {
    match existing(environment)? {
        Some(cache) => Ok(cache.clear()?),
        None => Ok(0),
    }
}
