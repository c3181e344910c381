//! The lock that keeps two processes from writing one run. It ends with the process, however that ends.

use crate::clock;
use crate::error::Error;
use std::fs::{File, TryLockError};
use std::io::{Read, Write};
use std::path::Path;
use std::time::Duration;

/// Name of the lock file in a run folder.
const LOCK_FILE: &str = ".lock";
/// A reader holds the lock for a moment to see whether it is free; a writer tries again after that.
const TRIES: u32 = 4;
/// Bytes of what a holder writes down at most.
const MAX_SIGNATURE: u64 = 200;
/// Time between two tries.
const PAUSE: Duration = Duration::from_millis(25);

/// The lock on a run folder, or on a folder of several, held until dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Takes the lock on a folder for writing.
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
            Err(TryLockError::WouldBlock) => {
                return Err(Error::Locked { path: folder.to_owned(), holder: holder(&path) });
            }
            Err(TryLockError::Error(source)) => return Err(Error::File { action: "lock", path, source }),
        }
    }
    sign(&file);
    Ok(Lock { _file: file })
}

/// Writes down who holds the lock. Only a message needs it.
fn sign(mut file: &File) {
    let text = format!("process {} (since {})\n", std::process::id(), clock::now());
    let _ = file.set_len(0).and_then(|()| file.write_all(text.as_bytes()));
}

/// Who wrote down to hold the lock. The file may be anybody's, so only what reads like ours counts.
fn holder(path: &Path) -> String {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(MAX_SIGNATURE).read_to_string(&mut text));
    let line = text.lines().next().unwrap_or_default();
    match read {
        Ok(_) if line.starts_with("process ") && !line.contains(char::is_control) => line.to_owned(),
        _ => "another process".to_owned(),
    }
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
        let text = error.to_string();
        assert!(text.starts_with(&format!("process {} (since 2", std::process::id())), "{text}");
        drop(lock);
        assert!(!is_held(place.path()));
        take(place.path()).unwrap();
    }
}
