//! Which files of a data set were read, and their checksums, taken on the way where the bytes come by in order.

use crate::checksum::{hex, sha256_of};
use crate::error::Error;
use evalscope_core::DataFile;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The files that were read, by name.
#[derive(Default)]
pub(crate) struct FilesRead(Arc<Mutex<BTreeMap<String, FileRead>>>);

struct FileRead {
    path: PathBuf,
    /// Absent until the file has been read to its end.
    seen: Option<DataFile>,
}

impl FilesRead {
    /// Notes that a file is about to be read. The tap is for its first reading.
    pub fn note(&self, file: &str, path: &Path) -> Option<Tap> {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = files
            .entry(file.to_owned())
            .or_insert_with(|| FileRead { path: path.to_owned(), seen: None })
            .seen
            .is_some();
        (!known).then(|| Tap { files: Arc::clone(&self.0), file: file.to_owned() })
    }

    /// The files with checksums; those that were not read from front to back are hashed now.
    pub fn list(&self) -> Result<Vec<DataFile>, Error> {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files
            .iter_mut()
            .map(|(file, read)| {
                if let Some(seen) = &read.seen {
                    return Ok(seen.clone());
                }
                let bytes = std::fs::metadata(&read.path).map_err(Error::io("read", &read.path))?.len();
                let seen = DataFile { file: file.clone(), bytes, sha256: sha256_of(&read.path)? };
                Ok(read.seen.insert(seen).clone())
            })
            .collect()
    }
}

/// Takes the checksum of one file while it is read.
pub(crate) struct Tap {
    files: Arc<Mutex<BTreeMap<String, FileRead>>>,
    file: String,
}

impl Tap {
    /// `inner` with this tap on it.
    pub fn on<R>(self, inner: R) -> Tapped<R> {
        Tapped { inner, hasher: Sha256::new(), bytes: 0, tap: Some(self) }
    }

    fn report(self, bytes: u64, hasher: Sha256) {
        let seen = DataFile { file: self.file.clone(), bytes, sha256: hex(&hasher.finalize()) };
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(read) = files.get_mut(&self.file) {
            read.seen = Some(seen);
        }
    }
}

/// A reader whose bytes are hashed until its end.
pub(crate) struct Tapped<R> {
    inner: R,
    hasher: Sha256,
    bytes: u64,
    tap: Option<Tap>,
}

impl<R: Read> Read for Tapped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if count > 0 {
            self.hasher.update(&buffer[..count]);
            self.bytes += count as u64;
        } else if !buffer.is_empty()
            && let Some(tap) = self.tap.take()
        {
            tap.report(self.bytes, std::mem::take(&mut self.hasher));
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SHA-256 of `abc`, FIPS 180-4.
    const OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn a_file_read_to_its_end_is_not_read_again() {
        let files = FilesRead::default();
        let mut tapped = files.note("a", Path::new("/is/not/there")).unwrap().on(&b"abc"[..]);
        io::copy(&mut tapped, &mut io::sink()).unwrap();
        assert!(files.note("a", Path::new("/is/not/there")).is_none());
        let list = files.list().unwrap();
        assert_eq!(list, [DataFile { file: "a".into(), bytes: 3, sha256: OF_ABC.into() }]);
    }

    #[test]
    fn a_file_read_in_part_is_hashed_at_last() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a");
        std::fs::write(&path, "abc").unwrap();
        let files = FilesRead::default();
        let mut tapped = files.note("a", &path).unwrap().on(&b"abc"[..]);
        tapped.read_exact(&mut [0; 2]).unwrap();
        assert_eq!(files.list().unwrap()[0].sha256, OF_ABC);
    }
}
