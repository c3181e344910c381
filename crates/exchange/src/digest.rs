//! Checksums of the files that were imported.

use crate::error::Error;
use evalscope_core::DataFile;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Bytes read at a time.
const CHUNK: usize = 1 << 17;

/// The files with their checksums, named from `root`.
pub fn data_files(root: &Path, files: &[PathBuf]) -> Result<Vec<DataFile>, Error> {
    let mut found: Vec<DataFile> =
        files.iter().map(|file| data_file(root, file)).collect::<Result<_, _>>()?;
    found.sort();
    Ok(found)
}

/// One checksum of all files.
pub fn together(files: &[DataFile]) -> String {
    let mut hasher = Sha256::new();
    files.iter().for_each(|file| hasher.update(format!("{} {}\n", file.sha256, file.file)));
    hexadecimal(&hasher.finalize())
}

fn data_file(root: &Path, path: &Path) -> Result<DataFile, Error> {
    let reading = Error::file("read", path);
    let mut file = File::open(path).map_err(&reading)?;
    let (mut hasher, mut bytes, mut chunk) = (Sha256::new(), 0, vec![0; CHUNK]);
    loop {
        let length = file.read(&mut chunk).map_err(&reading)?;
        if length == 0 {
            break;
        }
        hasher.update(&chunk[..length]);
        bytes += length as u64;
    }
    let name = match path.strip_prefix(root) {
        Ok(inner) if !inner.as_os_str().is_empty() => inner,
        _ => path.file_name().map_or(path, Path::new),
    };
    let name = name.to_string_lossy().replace('\\', "/");
    Ok(DataFile { file: name, bytes, sha256: hexadecimal(&hasher.finalize()) })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
