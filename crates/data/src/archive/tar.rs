//! Members of a TAR file. A compressed one is decompressed once, to a temporary file.

use super::{Stream, check_count, inside};
use crate::content::{decompressed, read_failed};
use crate::error::Error;
use crate::format::Compression;
use indexmap::IndexMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use tar::EntryType;
use tempfile::TempPath;

/// Headers and contents begin at multiples of this.
const BLOCK: u64 = 512;

/// Where each member is.
pub(super) struct TarMembers {
    path: PathBuf,
    /// Deletes the decompressed copy when the archive is closed.
    _copy: Option<TempPath>,
    places: IndexMap<String, Place>,
}

#[derive(Clone, Copy)]
struct Place {
    start: u64,
    length: u64,
}

impl TarMembers {
    /// Reads all headers of a TAR file; links, folders and devices are left out.
    pub fn open(name: &str, path: &Path, compression: Compression) -> Result<TarMembers, Error> {
        let copy = match compression {
            Compression::None => None,
            compression => Some(decompress(name, path, compression)?),
        };
        let path = copy.as_deref().unwrap_or(path).to_owned();
        let places = places(name, &path)?;
        Ok(TarMembers { path, _copy: copy, places })
    }

    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.places.keys()
    }

    pub fn stream(&self, member: &str) -> Result<Option<Stream>, Error> {
        let Some(place) = self.places.get(member) else { return Ok(None) };
        let mut file = File::open(&self.path).map_err(Error::io("read", &self.path))?;
        file.seek(SeekFrom::Start(place.start)).map_err(Error::io("read", &self.path))?;
        Ok(Some((Box::new(file.take(place.length)), place.length)))
    }
}

fn places(name: &str, path: &Path) -> Result<IndexMap<String, Place>, Error> {
    let file = File::open(path).map_err(Error::io("read", path))?;
    let size = file.metadata().map_err(Error::io("read", path))?.len();
    let mut archive = tar::Archive::new(BufReader::new(file));
    let failed = |error: io::Error| match error.raw_os_error() {
        Some(_) => read_failed(name, error),
        None => damaged(name, &format!("not readable as TAR: {error}")),
    };
    let mut places = IndexMap::new();
    let mut end = 0;
    for (count, entry) in archive.entries_with_seek().map_err(failed)?.enumerate() {
        check_count(name, count)?;
        let entry = entry.map_err(failed)?;
        let member = String::from_utf8(entry.path_bytes().into_owned())
            .map_err(|_| damaged(name, "the name of a member is not UTF-8"))?;
        let member = inside(name, &member)?;
        let place = Place { start: entry.raw_file_position(), length: entry.size() };
        end = place.start.saturating_add(place.length.div_ceil(BLOCK).saturating_mul(BLOCK));
        let is_file = matches!(entry.header().entry_type(), EntryType::Regular | EntryType::Continuous);
        if is_file && !member.is_empty() {
            places.insert(member, place);
        }
    }
    // Cut between two members, it would look whole but for the empty block at its end.
    if end.saturating_add(BLOCK) > size {
        return Err(damaged(name, "the file is cut off"));
    }
    Ok(places)
}

fn decompress(name: &str, path: &Path, compression: Compression) -> Result<TempPath, Error> {
    let file = File::open(path).map_err(Error::io("read", path))?;
    let length = file.metadata().map_err(Error::io("read", path))?.len();
    let mut stream = decompressed(compression, Box::new(file), length).map_err(|e| read_failed(name, e))?;
    let in_temp = || Error::io("write", std::env::temp_dir());
    let mut copy = tempfile::NamedTempFile::new().map_err(in_temp())?;
    io::copy(&mut stream, copy.as_file_mut()).map_err(|error| read_failed(name, error))?;
    Ok(copy.into_temp_path())
}

fn damaged(name: &str, message: &str) -> Error {
    Error::Damaged { file: name.to_owned(), message: message.to_owned() }
}
