//! SHA-256 of files.

use crate::error::Error;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Bytes read at once while hashing.
const CHUNK: usize = 1 << 18;

/// Checks that a file has this SHA-256, given in base 16.
pub fn verify_sha256(path: &Path, expected: &str) -> Result<(), Error> {
    let found = sha256_of(path)?;
    if found.eq_ignore_ascii_case(expected) {
        return Ok(());
    }
    Err(Error::Checksum { file: path.display().to_string(), expected: expected.to_owned(), found })
}

/// The SHA-256 of a file, in base 16.
pub(crate) fn sha256_of(path: &Path) -> Result<String, Error> {
    let mut file = Sha256Reader::new(File::open(path).map_err(Error::io("read", path))?);
    let mut chunk = vec![0; CHUNK];
    while file.read(&mut chunk).map_err(Error::io("read", path))? > 0 {}
    Ok(file.sha256())
}

/// Hands bytes on and computes their SHA-256 on the way.
pub(crate) struct Sha256Reader<R> {
    inner: R,
    hasher: Sha256,
}

impl<R> Sha256Reader<R> {
    /// Reads from `inner`.
    pub fn new(inner: R) -> Sha256Reader<R> {
        Sha256Reader { inner, hasher: Sha256::new() }
    }

    /// The SHA-256 of what was read, in base 16.
    pub fn sha256(self) -> String {
        hex(&self.hasher.finalize())
    }
}

impl<R: Read> Read for Sha256Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        Ok(count)
    }
}

/// The SHA-256 of a text, in base 16.
pub(crate) fn sha256_of_text(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
