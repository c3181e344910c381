//! Compares files of a cache with what was written down when they were fetched, and throws away those that are wrong.

use super::manifest::CacheFile;
use crate::checksum::sha256_of;
use crate::error::Error;
use crate::options::CacheRoots;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// What is wrong with a file, in words; nothing when it is as it was.
pub fn damage(roots: &CacheRoots, file: &CacheFile) -> Result<Option<String>, Error> {
    let path = file.place(roots);
    let found = match fs::metadata(&path) {
        Ok(metadata) if metadata.is_file() => metadata.len(),
        Ok(_) => return Ok(Some("is no file".into())),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Some("is missing".into())),
        Err(error) => return Err(Error::io("read", &path)(error)),
    };
    if found != file.bytes {
        return Ok(Some(format!("has {found} bytes, not {}", file.bytes)));
    }
    let sha256 = sha256_of(&path)?;
    if sha256.eq_ignore_ascii_case(&file.sha256) {
        return Ok(None);
    }
    Ok(Some(format!("has the SHA-256 {sha256}, not {}", file.sha256)))
}

/// Removes a file from its cache, also the content that it is a link to when that lies in the cache.
pub fn discard(roots: &CacheRoots, file: &CacheFile) -> Result<(), Error> {
    let path = file.place(roots);
    if let (Ok(content), Ok(root)) = (path.canonicalize(), roots.root(file.cache).canonicalize())
        && content.starts_with(root)
    {
        remove(&content)?;
    }
    remove(&path)
}

fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io("delete", path)(error)),
        _ => Ok(()),
    }
}
