//! Puts an export in its place: whole or not at all, and over nothing that was not asked for.

use crate::error::Error;
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

/// Names of unfinished files and folders begin with this, as in a run folder.
const UNFINISHED: &str = ".writing-";

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

/// Puts the folder that `write` fills at `path`. A folder is only replaced when all that stands in it has a name
/// that `is_export` knows.
pub fn put_folder<T>(
    path: &Path,
    overwrite: Overwrite,
    is_export: impl Fn(&str) -> bool,
    write: impl FnOnce(&Path) -> Result<T, Error>,
) -> Result<T, Error> {
    check(path, overwrite)?;
    let writing = Error::file("write", path);
    if path.exists() {
        check_entries(path, is_export)?;
    }
    let around = folder_of(path)?;
    let new = builder(0o777).tempdir_in(&around).map_err(&writing)?;
    let written = write(new.path())?;
    // What was there goes when this is dropped.
    let old = builder(0o777).tempdir_in(&around).map_err(&writing)?;
    if path.exists() {
        std::fs::rename(path, old.path().join("old")).map_err(&writing)?;
    }
    std::fs::rename(new.keep(), path).map_err(&writing)?;
    Ok(written)
}

fn check(path: &Path, overwrite: Overwrite) -> Result<(), Error> {
    match overwrite {
        Overwrite::Never if path.symlink_metadata().is_ok() => Err(Error::Exists { path: path.to_owned() }),
        _ => Ok(()),
    }
}

fn check_entries(path: &Path, is_export: impl Fn(&str) -> bool) -> Result<(), Error> {
    let reading = Error::file("read", path);
    for entry in std::fs::read_dir(path).map_err(&reading)? {
        let name = entry.map_err(&reading)?.file_name().to_string_lossy().into_owned();
        if !is_export(&name) {
            return Err(Error::NotAnExport { path: path.to_owned(), entry: name });
        }
    }
    Ok(())
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
