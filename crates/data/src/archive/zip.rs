//! Members of a ZIP file.

use super::{Stream, check_count, inside};
use crate::content::{read_failed, spool};
use crate::error::Error;
use indexmap::IndexMap;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use zip::ZipArchive;
use zip::result::ZipError;

/// Where each member is.
pub(super) struct ZipMembers {
    path: PathBuf,
    indices: IndexMap<String, usize>,
}

impl ZipMembers {
    /// Reads the directory of a ZIP file; symbolic links and folders are left out.
    pub fn open(name: &str, path: &Path) -> Result<ZipMembers, Error> {
        let archive = open(name, path)?;
        check_count(name, archive.len())?;
        let mut indices = IndexMap::new();
        for index in 0..archive.len() {
            let entry = archive.by_index_data(index).map_err(|error| failed(name, error))?;
            let member = entry.name().map_err(|error| failed(name, error))?;
            let member = inside(name, &member)?;
            if entry.is_file() && !member.is_empty() {
                indices.insert(member, index);
            }
        }
        Ok(ZipMembers { path: path.to_owned(), indices })
    }

    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.indices.keys()
    }

    /// A member, taken out whole, so that its checksum is known before its first row is used.
    pub fn stream(&self, member: &str, shown: &str) -> Result<Option<Stream>, Error> {
        let Some(index) = self.indices.get(member) else { return Ok(None) };
        let mut archive = open(shown, &self.path)?;
        let entry = archive.by_index(*index).map_err(|error| failed(shown, error))?;
        let (packed, length) = (entry.compressed_size(), entry.size());
        let stream = spool(entry, packed).map_err(|error| read_failed(shown, error))?;
        Ok(Some((stream, length)))
    }
}

fn open(name: &str, path: &Path) -> Result<ZipArchive<BufReader<File>>, Error> {
    let file = File::open(path).map_err(Error::io("read", path))?;
    ZipArchive::new(BufReader::new(file)).map_err(|error| failed(name, error))
}

fn failed(name: &str, error: ZipError) -> Error {
    match error {
        ZipError::Io(error) => read_failed(name, error),
        other => Error::Damaged { file: name.to_owned(), message: format!("not readable as ZIP: {other}") },
    }
}
