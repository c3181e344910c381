//! Files that are there in full or not at all.

use crate::error::Error;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Duration;
use tempfile::NamedTempFile;

/// Names of unfinished files begin with this, and those of folders.
pub const UNFINISHED: &str = ".writing-";

/// Writes `bytes` to `path`: readers see the old content or the new, never a part. Makes the folder.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    replace(path, |out| out.write_all(bytes).map_err(Error::file("write", path)))
}

/// Writes a value as indented JSON, as [`write_file`] does, and returns once it is on the disk.
pub(crate) fn write_json<T: serde::Serialize>(path: &Path, value: &T) -> Result<(), Error> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|error| Error::File {
        action: "write",
        path: path.to_owned(),
        source: error.into(),
    })?;
    bytes.push(b'\n');
    let file = prepare(path, |out| out.write_all(&bytes).map_err(Error::file("write", path)))?;
    file.as_file().sync_data().map_err(Error::file("write", path))?;
    put(file, path)
}

/// Puts what `write` writes in the place of `path`, when all of it could be written.
pub(crate) fn replace(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<(), Error>,
) -> Result<(), Error> {
    put(prepare(path, write)?, path)
}

/// A file beside `path` with what `write` writes.
fn prepare(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<(), Error>,
) -> Result<NamedTempFile, Error> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(Error::file("create", folder))?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any new file: the umask decides. Temporary files are private otherwise.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut out = BufWriter::new(builder.tempfile_in(folder).map_err(Error::file("write", path))?);
    write(&mut out)?;
    out.into_inner().map_err(|error| Error::file("write", path)(error.into_error()))
}

fn put(file: NamedTempFile, path: &Path) -> Result<(), Error> {
    file.persist(path).map(drop).map_err(|error| Error::file("write", path)(error.error))
}

/// Removes the unfinished files that killed processes left in `folder` and `depth` levels below, those that nobody
/// wrote to for `quiet`. What cannot be removed stays: no reader takes it for anything.
pub(crate) fn remove_unfinished(folder: &Path, depth: usize, quiet: Duration) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        let is_unfinished = entry.file_name().to_string_lossy().starts_with(UNFINISHED);
        if kind.is_dir() && depth > 0 {
            remove_unfinished(&entry.path(), depth - 1, quiet);
        } else if kind.is_file() && is_unfinished && is_quiet(&entry, quiet) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

fn is_quiet(entry: &std::fs::DirEntry, quiet: Duration) -> bool {
    let written = entry.metadata().and_then(|about| about.modified());
    quiet.is_zero() || written.is_ok_and(|at| at.elapsed().is_ok_and(|passed| passed >= quiet))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_replaced_and_nothing_else_is_left() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a/b.json");
        write_file(&path, b"one").unwrap();
        write_file(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(place.path().join("a")).unwrap().count(), 1);
    }

    #[test]
    fn what_a_killed_process_left_is_removed_and_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("a");
        write_file(&folder.join("b.json"), b"one").unwrap();
        std::fs::write(folder.join(".writing-x1"), b"o").unwrap();
        std::fs::create_dir(folder.join(".writing-folder")).unwrap();
        remove_unfinished(place.path(), 1, Duration::from_secs(60));
        assert!(folder.join(".writing-x1").exists(), "somebody may be writing it");
        remove_unfinished(place.path(), 0, Duration::ZERO);
        assert!(folder.join(".writing-x1").exists(), "it may be another run's");
        remove_unfinished(place.path(), 1, Duration::ZERO);
        assert!(!folder.join(".writing-x1").exists());
        assert!(folder.join("b.json").exists() && folder.join(".writing-folder").exists());
    }

    #[test]
    fn failure_names_the_file() {
        let place = tempfile::tempdir().unwrap();
        std::fs::create_dir(place.path().join("x")).unwrap();
        let error = write_file(&place.path().join("x"), b"one").unwrap_err();
        assert!(error.to_string().contains('x'), "{error}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_refusal_names_the_file_once_and_no_other() {
        // Nobody can make a file there, root included.
        let error = write_file(Path::new("/proc/self/report.json"), b"one").unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("cannot write /proc/self/report.json: "), "{text}");
        assert!(!text.contains(".writing-") && text.matches("/proc").count() == 1, "{text}");
    }
}
