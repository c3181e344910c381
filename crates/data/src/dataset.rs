//! An open data set: its files, matched by patterns, also inside archives.

use crate::archive::Archive;
use crate::content::Content;
use crate::error::Error;
use crate::files;
use crate::files_read::FilesRead;
use crate::format::{archive_kind, format_of};
use crate::hub::Repository;
use crate::pattern::Pattern;
use crate::read;
use crate::rows::{ReadOptions, Rows};
use evalscope_core::DataFile;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Archives at most that are looked into when no file of a folder matches.
const MAX_ARCHIVES: usize = 16;

/// A data set: files that are listed once, found by pattern and read as rows or text.
pub struct Dataset {
    place: Place,
    archives: Mutex<HashMap<String, Arc<Archive>>>,
    /// What patterns matched: a run of many subsets looks for the same ones again and again.
    matched: Mutex<HashMap<String, Vec<String>>>,
    read: FilesRead,
}

enum Place {
    Folder { path: PathBuf, files: Vec<String> },
    File { path: PathBuf, name: String },
    Archive { path: PathBuf, archive: Archive },
    Hub(Repository),
}

impl Dataset {
    /// A folder, an archive or a single file on this machine.
    pub(crate) fn local(path: &Path) -> Result<Dataset, Error> {
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let path = path.to_owned();
        let place = match archive_kind(&name) {
            _ if path.is_dir() => Place::Folder { files: files::list(&path)?, path },
            Some(kind) => Place::Archive { archive: Archive::open(&name, &path, kind)?, path },
            None => Place::File { path, name },
        };
        Ok(Dataset::at(place))
    }

    /// A repository on a hub.
    pub(crate) fn hub(repository: Repository) -> Dataset {
        Dataset::at(Place::Hub(repository))
    }

    fn at(place: Place) -> Dataset {
        Dataset { place, archives: Mutex::default(), matched: Mutex::default(), read: FilesRead::default() }
    }

    /// The files that match a pattern, sorted: `*` stays in a folder, `**/` is any number of folders, and
    /// `archive.zip!pattern` looks inside archives. A compressed file also matches without its suffix.
    ///
    /// An archive that cannot be listed is named as the pattern has it, so that reading it tells why. A single
    /// file that the user gave matches every pattern for its format.
    pub fn matching(&self, pattern: &str) -> Vec<String> {
        let matched = || self.matched.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = matched().get(pattern) {
            return known.clone();
        }
        let found = self.match_anew(pattern);
        matched().insert(pattern.to_owned(), found.clone());
        found
    }

    fn match_anew(&self, pattern: &str) -> Vec<String> {
        match (&self.place, pattern.split_once('!')) {
            (Place::File { name, .. }, _) => match_single(name, pattern),
            (Place::Archive { archive, .. }, None) => Pattern::new(pattern).select(archive.names()),
            (Place::Archive { path, archive }, Some((outer, inner))) => {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let is_meant = Pattern::new(outer).matches(&name);
                let pattern = Pattern::new(inner);
                if is_meant { pattern.select(archive.names()) } else { Vec::new() }
            }
            (_, Some((outer, inner))) => {
                let archives = self.matching_files(&Pattern::new(outer));
                archives.iter().flat_map(|archive| self.matching_members(archive, inner)).collect()
            }
            (_, None) => {
                let found = self.matching_files(&Pattern::new(pattern));
                if found.is_empty() { self.matching_in_any_archive(pattern) } else { found }
            }
        }
    }

    /// The files of rows in what the user gave: a file itself, of an archive those with the name of a format.
    pub fn row_files(&self) -> Vec<String> {
        let names = match &self.place {
            Place::File { name, .. } => return vec![name.clone()],
            Place::Archive { archive, .. } => archive.names(),
            Place::Folder { files, .. } => files,
            Place::Hub(repository) => repository.files(),
        };
        // A Mac puts files that begin so beside each file that it packs.
        let is_hidden = |name: &str| name.rsplit('/').next().is_some_and(|name| name.starts_with("._"));
        names.iter().filter(|name| format_of(name).is_some() && !is_hidden(name)).cloned().collect()
    }

    /// The rows of a file that [`matching`](Dataset::matching) named.
    pub fn rows(&self, file: &str, options: &ReadOptions) -> Result<Rows, Error> {
        read::rows(self.content(file)?, options)
    }

    /// The text of a file that [`matching`](Dataset::matching) named.
    pub fn text(&self, file: &str) -> Result<String, Error> {
        read::text(self.content(file)?)
    }

    /// Makes a file that [`matching`](Dataset::matching) named be on this machine, with the archive that it is in.
    pub fn fetch(&self, file: &str) -> Result<(), Error> {
        match &self.place {
            Place::Folder { .. } | Place::File { .. } | Place::Archive { .. } => Ok(()),
            Place::Hub(repository) => {
                let outer = file.split_once('!').filter(|_| !self.is_listed(file)).map(|(outer, _)| outer);
                repository.path(outer.unwrap_or(file)).map(drop)
            }
        }
    }

    /// The files that were read so far, sorted, with checksums; an archive stands for the files in it.
    ///
    /// What was read from front to back was hashed on the way; the rest is hashed here.
    pub fn files_read(&self) -> Result<Vec<DataFile>, Error> {
        self.read.list()
    }

    /// Where the data is from: a path, or `modelscope:org/name@revision`.
    pub fn origin(&self) -> String {
        match &self.place {
            Place::Folder { path, .. } | Place::File { path, .. } | Place::Archive { path, .. } => {
                path.display().to_string()
            }
            Place::Hub(repository) => repository.origin(),
        }
    }

    fn matching_files(&self, pattern: &Pattern) -> Vec<String> {
        match &self.place {
            Place::Folder { files, .. } => pattern.select(files),
            Place::Hub(repository) => repository.matching(pattern),
            Place::File { .. } | Place::Archive { .. } => Vec::new(),
        }
    }

    fn matching_members(&self, archive: &str, pattern: &str) -> Vec<String> {
        let names = match self.archive(archive) {
            Ok(archive) => Pattern::new(pattern).select(archive.names()),
            Err(_) => vec![pattern.to_owned()],
        };
        names.iter().map(|name| format!("{archive}!{name}")).collect()
    }

    /// Upstream archives are often left packed; a hub's are not fetched on a guess.
    fn matching_in_any_archive(&self, pattern: &str) -> Vec<String> {
        let Place::Folder { files, .. } = &self.place else { return Vec::new() };
        let archives: Vec<&String> = files.iter().filter(|name| archive_kind(name).is_some()).collect();
        if archives.len() > MAX_ARCHIVES {
            return Vec::new();
        }
        let readable = archives.into_iter().filter(|archive| self.archive(archive).is_ok());
        readable.flat_map(|archive| self.matching_members(archive, pattern)).collect()
    }

    fn content(&self, file: &str) -> Result<Content, Error> {
        match &self.place {
            Place::File { path, .. } => Content::open(file, path, self.read.note(file, path)),
            Place::Archive { path, archive } => {
                let outer = path.file_name().unwrap_or_default().to_string_lossy();
                self.read.note(&outer, path);
                archive.content(file, &format!("{outer}!{file}"))
            }
            Place::Folder { .. } | Place::Hub(_) => match file.split_once('!') {
                Some((outer, member)) if !self.is_listed(file) => {
                    self.read.note(outer, &self.path(outer)?);
                    self.archive(outer)?.content(member, file)
                }
                _ => {
                    let path = self.path(file)?;
                    Content::open(file, &path, self.read.note(file, &path))
                }
            },
        }
    }

    fn is_listed(&self, file: &str) -> bool {
        match &self.place {
            Place::Folder { files, .. } => files.iter().any(|known| known == file),
            Place::Hub(repository) => repository.files().iter().any(|known| known == file),
            Place::File { .. } | Place::Archive { .. } => false,
        }
    }

    /// The path of a listed file, fetched when it is on a hub.
    fn path(&self, file: &str) -> Result<PathBuf, Error> {
        match &self.place {
            Place::Hub(repository) => repository.path(file),
            Place::Folder { path, .. } if self.is_listed(file) => Ok(path.join(file)),
            _ => Err(Error::NoFile { file: file.to_owned(), origin: self.origin() }),
        }
    }

    fn archive(&self, name: &str) -> Result<Arc<Archive>, Error> {
        let archives = || self.archives.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(archive) = archives().get(name) {
            return Ok(Arc::clone(archive));
        }
        let kind = archive_kind(name).ok_or_else(|| Error::Format { file: name.to_owned() })?;
        let archive = Arc::new(Archive::open(name, &self.path(name)?, kind)?);
        archives().insert(name.to_owned(), Arc::clone(&archive));
        Ok(archive)
    }
}

impl std::fmt::Debug for Dataset {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Dataset").field("origin", &self.origin()).finish_non_exhaustive()
    }
}

/// A file that the user names is meant wherever its format fits.
fn match_single(name: &str, pattern: &str) -> Vec<String> {
    let has_format = format_of(pattern).is_some() && format_of(pattern) == format_of(name);
    let last = pattern.rsplit('/').next().unwrap_or(pattern);
    if has_format || Pattern::new(last).matches(name) { vec![name.to_owned()] } else { Vec::new() }
}
