//! The lock that keeps two processes from writing one run. It ends with the process, however that ends.

use crate::error::Error;
use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

/// Name of the lock file in a run folder.
const LOCK_FILE: &str = ".lock";
/// A reader holds the lock for a moment to see whether it is free; a writer tries again after that.
const TRIES: u32 = 4;
/// Time between two tries.
const PAUSE: Duration = Duration::from_millis(25);

/// The lock on a run folder, held until dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Takes the lock on a run folder for writing.
pub fn take(folder: &Path) -> Result<Lock, Error> {
    let path = folder.join(LOCK_FILE);
    let file = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(&path)
        .map_err(Error::file("create", &path))?;
    for attempt in 1..=TRIES {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if attempt < TRIES => std::thread::sleep(PAUSE),
            Err(TryLockError::WouldBlock) => return Err(Error::Locked { path: folder.to_owned() }),
            Err(TryLockError::Error(source)) => return Err(Error::File { action: "lock", path, source }),
        }
    }
    Ok(Lock { _file: file })
}

/// Whether a process holds the lock on a run folder.
pub fn is_held(folder: &Path) -> bool {
    match File::open(folder.join(LOCK_FILE)) {
        // A file system that knows no locks keeps nobody from writing, and tells nothing.
        Ok(file) => matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn second_taker_is_refused_and_a_dropped_lock_is_free() {
        let place = tempfile::tempdir().unwrap();
        assert!(!is_held(place.path()));
        let lock = take(place.path()).unwrap();
        assert!(is_held(place.path()));
        let error = take(place.path()).unwrap_err();
        assert!(matches!(error, Error::Locked { .. }));
        drop(lock);
        assert!(!is_held(place.path()));
        take(place.path()).unwrap();
    }
}
