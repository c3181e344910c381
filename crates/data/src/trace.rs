//! Notes which files of the caches were given out, so that they can be listed, checked and carried elsewhere.

use crate::checksum::sha256_of;
use crate::error::Error;
use crate::offline::CacheFile;
use crate::options::CacheRoots;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Paths with the SHA-256 that was published for them, as far as one was.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trace {
    paths: Arc<Mutex<BTreeMap<PathBuf, Option<String>>>>,
}

/// A file that was given out, as it is now.
#[derive(Debug, Clone)]
pub struct GivenOut {
    /// The file.
    pub file: CacheFile,
    /// The SHA-256 that its hub or our catalogue tells.
    pub published: Option<String>,
}

impl GivenOut {
    /// Whether nothing speaks against it.
    pub fn is_as_published(&self) -> bool {
        self.published.as_ref().is_none_or(|sha256| sha256.eq_ignore_ascii_case(&self.file.sha256))
    }
}

impl Trace {
    /// Notes a file that exists, or may come to.
    pub fn add(&self, path: PathBuf, published: Option<String>) {
        self.paths.lock().unwrap_or_else(PoisonError::into_inner).insert(path, published);
    }

    /// The noted files that are there and lie in a cache; reads each of them.
    pub fn given_out(&self, roots: &CacheRoots) -> Result<Vec<GivenOut>, Error> {
        let mut given_out = Vec::new();
        for (mut file, published) in self.there(roots) {
            file.sha256 = sha256_of(&file.place(roots))?;
            given_out.push(GivenOut { file, published });
        }
        Ok(given_out)
    }

    /// The same without reading them: their checksums stay empty.
    pub fn there(&self, roots: &CacheRoots) -> Vec<(CacheFile, Option<String>)> {
        let noted = self.paths.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let look = |(path, published): (PathBuf, Option<String>)| {
            let (cache, inside) = roots.place_of(&path)?;
            let metadata = std::fs::metadata(&path).ok().filter(std::fs::Metadata::is_file)?;
            Some((CacheFile { cache, path: inside, bytes: metadata.len(), sha256: String::new() }, published))
        };
        noted.into_iter().filter_map(look).collect()
    }
}
