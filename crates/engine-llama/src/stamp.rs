//! Whether a file is still the one whose digest was taken.

use std::io::Error;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// What changes when a file is replaced or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
}

impl Stamp {
    pub(crate) fn of(path: &Path) -> Result<Stamp, Error> {
        let seen = std::fs::metadata(path)?;
        Ok(Stamp {
            device: seen.dev(),
            inode: seen.ino(),
            size: seen.size(),
            modified: (seen.mtime(), seen.mtime_nsec()),
        })
    }

    /// Whether the file is the same and has not been written since.
    pub(crate) fn still_holds(&self, path: &Path) -> bool {
        Stamp::of(path).is_ok_and(|now| now == *self)
    }
}
