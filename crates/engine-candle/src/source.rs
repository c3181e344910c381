//! Where a model stands: a GGUF file, or a folder of safetensors.

use crate::digest::{file_name, hex, sha256};
use crate::error::{Error, Result, explain};
use crate::folder::{ADAPTER, FolderFiles};
use crate::gguf::{Header, HeaderFault, read_header};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// Where a model stands.
pub(crate) enum Source {
    /// A GGUF file.
    Gguf(PathBuf),
    /// A folder of safetensors.
    Folder(PathBuf, FolderFiles),
}

impl Source {
    pub(crate) fn find(path: &Path) -> Result<Source> {
        match FolderFiles::find(path)? {
            Some(files) => Ok(Source::Folder(path.to_owned(), files)),
            None => Ok(Source::Gguf(find_file(path)?)),
        }
    }

    pub(crate) fn path(&self) -> PathBuf {
        match self {
            Source::Gguf(path) | Source::Folder(path, _) => path.clone(),
        }
    }

    /// The digest of the file, or of the digests of all files with their names.
    pub(crate) fn sha256(&self) -> Result<String> {
        let files = match self {
            Source::Gguf(path) => return sha256(path),
            Source::Folder(_, files) => files.used(),
        };
        let mut hasher = Sha256::new();
        for file in files {
            hasher.update(format!("{}  {}\n", sha256(&file)?, file_name(&file)));
        }
        Ok(hex(&hasher.finalize()))
    }
}

/// The beginning of a GGUF file.
pub(crate) fn header(path: &Path) -> Result<Header> {
    let read_error = |source| Error::Read { path: path.to_owned(), source };
    let file = File::open(path).map_err(read_error)?;
    let length = file.metadata().map_err(read_error)?.len();
    read_header(BufReader::new(file), length).map_err(|fault| match fault {
        HeaderFault::NotGguf(reason) => Error::NotGguf { path: path.to_owned(), reason },
        HeaderFault::Broken(fault) => explain(path, fault),
    })
}

/// The file itself, or the one GGUF file of a folder.
fn find_file(path: &Path) -> Result<PathBuf> {
    let read_error = |source| Error::Read { path: path.to_owned(), source };
    let metadata = std::fs::metadata(path).map_err(read_error)?;
    if metadata.is_file() {
        return Ok(path.to_owned());
    }
    if !metadata.is_dir() {
        // A pipe would be waited for.
        return Err(read_error(std::io::Error::other("it is neither a file nor a folder")));
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).map_err(read_error)? {
        let file = entry.map_err(read_error)?.path();
        if file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gguf")) {
            found.push(file);
        }
    }
    found.sort();
    match found.as_slice() {
        [only] => Ok(only.clone()),
        [] if path.join(ADAPTER).is_file() => Err(Error::Adapter { path: path.to_owned() }),
        _ => {
            let names = found.iter().map(|file| file_name(file)).collect();
            Err(Error::NotOneFile { path: path.to_owned(), found: names })
        }
    }
}
