//! Files below a folder, in a fixed order.

use crate::error::Error;
use std::path::{Path, PathBuf};

/// Folders within folders at most: no program nests its files deeper.
const MAX_DEPTH: usize = 6;

/// The entries of a folder, sorted; none when it is not there. Links are not followed out of it.
pub fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let reading = Error::file("read", folder);
    let mut found = match std::fs::read_dir(folder) {
        Ok(entries) => {
            entries.map(|entry| Ok(entry.map_err(&reading)?.path())).collect::<Result<Vec<_>, Error>>()?
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(reading(error)),
    };
    found.retain(|path| path.symlink_metadata().is_ok_and(|metadata| !metadata.is_symlink()));
    found.sort();
    Ok(found)
}

/// The files below `path` whose names are wanted, sorted; `path` itself when it is a file.
pub fn below(path: &Path, wanted: fn(&str) -> bool) -> Result<Vec<PathBuf>, Error> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    let mut folders = vec![(path.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in entries(&folder)? {
            if entry.is_dir() && depth < MAX_DEPTH {
                folders.push((entry, depth + 1));
            } else if entry.is_file() && wanted(&name(&entry)) {
                found.push(entry);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The last part of a path.
pub fn name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// The same without ending.
pub fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}
