//! Puts an export in its place: whole or not at all, and over nothing that was not asked for.

use crate::error::Error;
use crate::mark;
use evalscope_runs::UNFINISHED;
use std::fs::File;
use std::path::{Path, PathBuf};

/// What may happen to what is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// Nothing.
    Never,
    /// It is replaced.
    Replace,
}

/// Puts the file that `write` writes at `path`.
pub fn put_file<T>(
    path: &Path,
    overwrite: Overwrite,
    write: impl FnOnce(&mut File) -> Result<T, Error>,
) -> Result<T, Error> {
    check(path, overwrite)?;
    let mut file = builder(0o666).tempfile_in(folder_of(path)?).map_err(Error::file("write", path))?;
    let written = write(file.as_file_mut())?;
    file.as_file().sync_data().map_err(Error::file("write", path))?;
    file.persist(path).map_err(|error| Error::file("write", path)(error.error))?;
    Ok(written)
}

/// Puts the folder that `write` fills at `path`, marked as an export of `form`. A folder is only replaced when it
/// holds an export and nothing else.
pub fn put_folder<T>(
    path: &Path,
    overwrite: Overwrite,
    form: &str,
    write: impl FnOnce(&Path) -> Result<T, Error>,
) -> Result<T, Error> {
    check_folder(path, overwrite)?;
    let around = folder_of(path)?;
    let new = builder(0o777).tempdir_in(&around).map_err(Error::file("write", path))?;
    let written = write(new.path())?;
    mark::write(new.path(), form)?;
    // Writing took its time, in which others may have written there.
    check_folder(path, overwrite)?;
    swap(new.path(), path, &around)?;
    // It has another name now, and stays.
    let _ = new.keep();
    Ok(written)
}

/// Moves the folder `new` to `path`. What was there goes, but only when `new` is in its place.
fn swap(new: &Path, path: &Path, around: &Path) -> Result<(), Error> {
    let writing = Error::file("write", path);
    if !path.exists() {
        return std::fs::rename(new, path).map_err(&writing);
    }
    let old = builder(0o777).tempdir_in(around).map_err(&writing)?;
    let aside = old.path().join("old");
    std::fs::rename(path, &aside).map_err(&writing)?;
    let Err(error) = std::fs::rename(new, path) else { return Ok(()) };
    if std::fs::rename(&aside, path).is_ok() {
        return Err(writing(error));
    }
    let kept = old.keep().join("old");
    Err(writing(std::io::Error::other(format!("{error}; what was there is in {}", kept.display()))))
}

fn check(path: &Path, overwrite: Overwrite) -> Result<(), Error> {
    match overwrite {
        Overwrite::Never if path.symlink_metadata().is_ok() => Err(Error::Exists { path: path.to_owned() }),
        _ => Ok(()),
    }
}

fn check_folder(path: &Path, overwrite: Overwrite) -> Result<(), Error> {
    check(path, overwrite)?;
    if !path.exists() {
        return Ok(());
    }
    match mark::foreign(path)? {
        Some(entry) => Err(Error::NotAnExport { path: path.to_owned(), entry }),
        None => Ok(()),
    }
}

/// The folder around `path`, made when it is not there.
fn folder_of(path: &Path) -> Result<PathBuf, Error> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder).map_err(Error::file("write", folder))?;
    Ok(folder.to_owned())
}

/// New files as any other: the umask decides. Temporary ones are private otherwise.
fn builder(mode: u32) -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(mode));
    }
    #[cfg(not(unix))]
    let _ = mode;
    builder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_replaced_is_put_back() {
        let around = tempfile::tempdir().unwrap();
        let path = around.path().join("export");
        std::fs::create_dir(&path).unwrap();
        std::fs::write(path.join("old.json"), "{}").unwrap();
        let error = swap(&around.path().join("nowhere"), &path, around.path()).unwrap_err();
        assert!(error.to_string().starts_with("cannot write "), "{error}");
        assert!(path.join("old.json").is_file());
        assert_eq!(std::fs::read_dir(around.path()).unwrap().count(), 1, "nothing unfinished is left");
    }
}
