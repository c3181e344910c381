//! Writes what was pulled into one file: a Zstandard-compressed TAR with the manifest in front. The same files give
//! the same bytes.

use super::manifest::{CacheFile, Manifest, Pull};
use crate::checksum::Sha256Reader;
use crate::content::MAX_DECOMPRESSED;
use crate::error::Error;
use crate::files::make_parent;
use crate::options::CacheRoots;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use tar::{Builder, Header};

/// Name of the manifest in a bundle.
pub(super) const MANIFEST: &str = "manifest.json";
/// Strong enough for text, fast for weights, which do not compress.
const LEVEL: i32 = 6;

/// Writes a bundle of `pulls` to `out`, whole or not at all; gives its size. A file that is not as it was when it was
/// pulled is an error.
pub fn bundle(roots: &CacheRoots, pulls: Vec<Pull>, out: &Path) -> Result<u64, Error> {
    let manifest = portable(pulls);
    let wrong = |message| Error::Bundle { file: out.display().to_string(), message };
    let files = manifest.files().map_err(wrong)?;
    if files.values().map(|file| file.bytes).sum::<u64>() > MAX_DECOMPRESSED {
        let what = format!("more than {} GB; make several bundles", MAX_DECOMPRESSED >> 30);
        return Err(Error::TooLarge { file: out.display().to_string(), what });
    }
    let on_disk = |error| Error::io("write", out)(error);
    let parent = make_parent(out)?;
    // An empty parent is the working folder.
    let parent = if parent.as_os_str().is_empty() { Path::new(".").to_owned() } else { parent };
    let mut unfinished = tempfile::NamedTempFile::new_in(&parent).map_err(Error::io("write", &parent))?;
    let mut encoder = zstd::Encoder::new(unfinished.as_file_mut(), LEVEL).map_err(on_disk)?;
    encoder.include_checksum(true).map_err(on_disk)?;
    let mut builder = Builder::new(encoder);
    append(&mut builder, MANIFEST, &manifest.to_json()[..]).map_err(on_disk)?;
    for (member, file) in &files {
        append_file(&mut builder, member, &file.place(roots), file, out)?;
    }
    let encoder = builder.into_inner().map_err(on_disk)?;
    let file = encoder.finish().map_err(on_disk)?;
    file.sync_all().map_err(on_disk)?;
    let bytes = file.metadata().map_err(on_disk)?.len();
    unfinished.persist(out).map_err(|error| on_disk(error.error))?;
    Ok(bytes)
}

/// The pulls in order, without what concerns this machine alone.
fn portable(mut pulls: Vec<Pull>) -> Manifest {
    for pull in &mut pulls {
        pull.benchmark_paths.clear();
        pull.files.sort();
    }
    let key =
        |pull: &Pull| (pull.name.clone(), pull.hub.clone(), pull.arguments.as_ref().map(ToString::to_string));
    pulls.sort_by_key(key);
    pulls.dedup();
    Manifest::new(pulls)
}

fn append(builder: &mut Builder<impl Write>, member: &str, content: &[u8]) -> std::io::Result<()> {
    builder.append_data(&mut header(content.len() as u64), member, content)
}

fn append_file(
    builder: &mut Builder<impl Write>,
    member: &str,
    path: &Path,
    file: &CacheFile,
    out: &Path,
) -> Result<(), Error> {
    let damaged = |found| {
        let (file, expected) = (path.display().to_string(), file.sha256.clone());
        Error::Checksum { file, expected, found }
    };
    let content = File::open(path).map_err(Error::io("read", path))?;
    let found = content.metadata().map_err(Error::io("read", path))?.len();
    if found != file.bytes {
        return Err(Error::Size { file: path.display().to_string(), expected: file.bytes, found });
    }
    // A file that shrinks meanwhile would leave a torn archive, so its end is made an error by the checksum.
    let mut content = Sha256Reader::new(content.take(file.bytes));
    builder.append_data(&mut header(file.bytes), member, &mut content).map_err(Error::io("write", out))?;
    let found = content.sha256();
    if found.eq_ignore_ascii_case(&file.sha256) { Ok(()) } else { Err(damaged(found)) }
}

/// A header that says nothing of this machine: no owner, no time.
fn header(bytes: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_size(bytes);
    header.set_mode(0o644);
    header.set_mtime(0);
    header
}
