//! Takes a bundle apart: everything is unpacked beside the caches and checked before the first file is put in place.

use super::bundle::MANIFEST;
use super::check::damage;
use super::manifest::{CacheFile, MAX_BYTES, Manifest, Pull};
use super::pulls::Pulls;
use crate::checksum::Sha256Reader;
use crate::content::decompressed;
use crate::error::Error;
use crate::files::make_parent;
use crate::format::Compression;
use crate::lock::FileLock;
use crate::options::{CacheName, CacheRoots};
use std::collections::{BTreeMap, btree_map};
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use tar::{Archive, Entries, Entry, EntryType};
use tempfile::TempDir;

/// What becomes of a file that is there with another content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and nothing is unbundled.
    Keep,
    /// The bundle's takes its place.
    Replace,
}

/// What a bundle brought.
#[derive(Debug)]
pub struct Unbundled {
    /// The pulls that can be used now.
    pub pulls: Vec<Pull>,
    /// Files that were put in place.
    pub placed: usize,
    /// Files that were there already.
    pub there: usize,
}

type Bundle = Archive<BufReader<Box<dyn Read + Send>>>;

/// Puts the files of a bundle into the caches. Nothing is put anywhere unless all of it is whole and fits.
pub fn unbundle(roots: &CacheRoots, path: &Path, existing: Existing) -> Result<Unbundled, Error> {
    let _lock = FileLock::acquire(&roots.evalscope.join("unbundle.lock"))?;
    let file = File::open(path).map_err(Error::io("read", path))?;
    let length = file.metadata().map_err(Error::io("read", path))?.len();
    let reader = Reader { path };
    let stream = decompressed(Compression::Zstd, Box::new(file), length).map_err(|e| reader.unreadable(e))?;
    let mut archive: Bundle = Archive::new(BufReader::new(stream));
    let mut entries = archive.entries().map_err(|error| reader.unreadable(error))?;
    let manifest = reader.manifest(&mut entries)?;
    let files = manifest.files().map_err(|message| reader.wrong(message))?;
    let mut staged = Staged::default();
    for entry in entries {
        let mut entry = entry.map_err(|error| reader.unreadable(error))?;
        let member = reader.member(&entry)?;
        let Some(file) = files.get(&member) else {
            return Err(reader.wrong(format!("`{}` is not in its manifest", member.escape_debug())));
        };
        let place = staged.place(roots, file, &member, &reader)?;
        reader.unpack(&mut entry, file, &place)?;
    }
    if let Some(missing) = files.keys().find(|member| !staged.files.contains_key(*member)) {
        return Err(reader.wrong(format!("`{}` is missing in it", missing.escape_debug())));
    }
    // The end of the stream holds its checksum; without it the bundle was cut off.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(|error| reader.unreadable(error))?;
    let (placed, there) = staged.settle(roots, &files, existing)?;
    let pulls = Pulls::new(roots);
    manifest.pulls.iter().try_for_each(|pull| pulls.save(pull))?;
    Ok(Unbundled { placed, there, pulls: manifest.pulls })
}

/// Reads one bundle, and names it in every complaint.
struct Reader<'a> {
    path: &'a Path,
}

impl Reader<'_> {
    fn wrong(&self, message: String) -> Error {
        Error::Bundle { file: self.path.display().to_string(), message }
    }

    fn unreadable(&self, error: io::Error) -> Error {
        match error.raw_os_error() {
            Some(_) => Error::io("unpack", self.path)(error),
            None => self.wrong(format!("it is damaged or cut off: {error}")),
        }
    }

    /// The manifest, which stands in front.
    fn manifest(&self, entries: &mut Entries<'_, impl Read>) -> Result<Manifest, Error> {
        let first = entries.next().transpose().map_err(|error| self.unreadable(error))?;
        let mut first = first.ok_or_else(|| self.wrong("it is empty".into()))?;
        if self.member(&first)? != MANIFEST || first.size() > MAX_BYTES {
            return Err(self.wrong(format!("it does not begin with `{MANIFEST}`")));
        }
        let mut text = Vec::new();
        first.read_to_end(&mut text).map_err(|error| self.unreadable(error))?;
        Manifest::parse(&text).map_err(|message| self.wrong(format!("{MANIFEST}: {message}")))
    }

    /// The name of a regular file; bundles hold nothing else.
    fn member(&self, entry: &Entry<'_, impl Read>) -> Result<String, Error> {
        let member = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        match entry.header().entry_type() {
            EntryType::Regular => Ok(member),
            _ => Err(self.wrong(format!("`{}` is a link or no file", member.escape_debug()))),
        }
    }

    /// Writes a member to `place`; an error when it is not what the manifest says.
    fn unpack(&self, entry: &mut Entry<'_, impl Read>, file: &CacheFile, place: &Path) -> Result<(), Error> {
        let member = || file.member();
        if entry.size() != file.bytes {
            return Err(self.wrong(format!("`{}` has {} bytes, not {}", member(), entry.size(), file.bytes)));
        }
        let mut content = Sha256Reader::new(entry);
        let mut copy = File::create_new(place).map_err(Error::io("write", place))?;
        io::copy(&mut content, &mut copy).map_err(|error| self.unreadable(error))?;
        copy.sync_all().map_err(Error::io("write", place))?;
        let found = content.sha256();
        if found.eq_ignore_ascii_case(&file.sha256) {
            return Ok(());
        }
        Err(self.wrong(format!("`{}` has the SHA-256 {found}, not {}", member(), file.sha256)))
    }
}

/// Files that were unpacked and wait, numbered, in a folder of the cache that they belong to. What is not put in place
/// is deleted.
#[derive(Default)]
struct Staged {
    folders: BTreeMap<CacheName, TempDir>,
    files: BTreeMap<String, PathBuf>,
}

impl Staged {
    /// A place for a member, which may come once.
    fn place(
        &mut self,
        roots: &CacheRoots,
        file: &CacheFile,
        member: &str,
        reader: &Reader<'_>,
    ) -> Result<PathBuf, Error> {
        let folder = match self.folders.entry(file.cache) {
            btree_map::Entry::Occupied(made) => made.into_mut(),
            btree_map::Entry::Vacant(place) => place.insert(folder_in(roots.root(file.cache))?),
        };
        let place = folder.path().join(self.files.len().to_string());
        match self.files.insert(member.to_owned(), place.clone()) {
            None => Ok(place),
            Some(_) => Err(reader.wrong(format!("`{}` is in it twice", member.escape_debug()))),
        }
    }

    /// Looks at every place before it puts the first file there; counts files that were placed and that were there.
    fn settle(
        &self,
        roots: &CacheRoots,
        files: &BTreeMap<String, &CacheFile>,
        existing: Existing,
    ) -> Result<(usize, usize), Error> {
        let mut wanted = Vec::new();
        for (member, file) in files {
            let target = file.place(roots);
            let is_there = fs::symlink_metadata(&target).is_ok();
            if is_there && damage(roots, file)?.is_none() {
                continue;
            }
            // A link to nowhere is what an interrupted fetch leaves, and in nobody's way.
            if existing == Existing::Keep && target.exists() {
                return Err(Error::Conflict { path: target });
            }
            wanted.push((&self.files[member], target));
        }
        for (staged, target) in &wanted {
            make_parent(target)?;
            put(staged, target).map_err(Error::io("write", target))?;
        }
        Ok((wanted.len(), files.len() - wanted.len()))
    }
}

/// A hidden folder in a cache, from which files are put in place by renaming.
fn folder_in(root: &Path) -> Result<TempDir, Error> {
    fs::create_dir_all(root).map_err(Error::io("create", root))?;
    tempfile::Builder::new().prefix(".unbundle-").tempdir_in(root).map_err(Error::io("write", root))
}

/// Moves a file, also to a folder that is a link to another disk: it appears there whole.
fn put(staged: &Path, target: &Path) -> io::Result<()> {
    match fs::rename(staged, target) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            let mut copy = tempfile::NamedTempFile::new_in(target.parent().unwrap_or(Path::new(".")))?;
            io::copy(&mut File::open(staged)?, copy.as_file_mut())?;
            copy.as_file().sync_all()?;
            copy.persist(target).map(drop).map_err(|error| error.error)
        }
        renamed => renamed,
    }
}
