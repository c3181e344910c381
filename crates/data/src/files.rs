//! The files below a folder, and files written whole or not at all.

use crate::error::Error;
use std::collections::HashSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Files at most in a data set's folder; more is a wrong folder, such as `/`.
const MAX_FILES: usize = 2_000_000;

/// All files below a folder as relative paths with `/`, sorted; hidden ones are left out, links followed.
pub(crate) fn list(folder: &Path) -> Result<Vec<String>, Error> {
    let mut files = Vec::new();
    let mut seen = HashSet::new();
    let mut waiting = vec![(folder.to_owned(), String::new())];
    while let Some((path, prefix)) = waiting.pop() {
        // A link to a folder above it would never end.
        if !seen.insert(fs::canonicalize(&path).map_err(Error::io("read", &path))?) {
            continue;
        }
        for entry in fs::read_dir(&path).map_err(Error::io("read", &path))? {
            let entry = entry.map_err(Error::io("read", &path))?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let Ok(kind) = fs::metadata(entry.path()) else { continue };
            match kind.is_dir() {
                _ if name.starts_with('.') => {}
                true => waiting.push((entry.path(), format!("{prefix}{name}/"))),
                false => files.push(format!("{prefix}{name}")),
            }
        }
        if files.len() > MAX_FILES {
            let what = format!("more than {MAX_FILES} files");
            return Err(Error::TooLarge { file: folder.display().to_string(), what });
        }
    }
    files.sort();
    Ok(files)
}

/// Makes the folder of a file.
pub(crate) fn make_parent(path: &Path) -> Result<PathBuf, Error> {
    let parent = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(Error::io("create", parent))?;
    Ok(parent.to_owned())
}

/// Writes a small file whole or not at all.
pub(crate) fn write(path: &Path, content: &[u8]) -> Result<(), Error> {
    let parent = make_parent(path)?;
    let mut file = tempfile::NamedTempFile::new_in(&parent).map_err(Error::io("write", &parent))?;
    file.write_all(content).map_err(Error::io("write", path))?;
    file.persist(path).map_err(|error| Error::io("write", path)(error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_circles_end() {
        let folder = tempfile::tempdir().unwrap();
        write(&folder.path().join("b/x.csv"), b"1").unwrap();
        write(&folder.path().join(".git/config"), b"1").unwrap();
        std::os::unix::fs::symlink("..", folder.path().join("b/up")).unwrap();
        std::os::unix::fs::symlink("b/x.csv", folder.path().join("a.csv")).unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("broken.csv")).unwrap();
        assert_eq!(list(folder.path()).unwrap(), ["a.csv", "b/x.csv"]);
    }
}
