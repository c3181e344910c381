//! A lock file: of several processes, one fetches and the others wait for it.

use crate::error::Error;
use crate::files::make_parent;
use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Longest wait for another process; the largest model file takes less on a slow line.
const DEADLINE: Duration = Duration::from_secs(6 * 3600);
/// Time between two looks.
const PAUSE: Duration = Duration::from_millis(100);

/// A lock, held until it is dropped or the process ends.
pub(crate) struct FileLock {
    _file: File,
}

impl FileLock {
    /// Waits for the lock in the file at `path`. Where the file system has no locks, there is nothing to wait for.
    pub fn acquire(path: &Path) -> Result<FileLock, Error> {
        make_parent(path)?;
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)
            .map_err(Error::io("write", path))?;
        let started = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(FileLock { _file: file }),
                Err(TryLockError::WouldBlock) if started.elapsed() < DEADLINE => sleep(PAUSE),
                Err(TryLockError::WouldBlock) => {
                    return Err(Error::io("lock", path)(io::ErrorKind::TimedOut.into()));
                }
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                    return Ok(FileLock { _file: file });
                }
                Err(TryLockError::Error(error)) => return Err(Error::io("lock", path)(error)),
            }
        }
    }
}
