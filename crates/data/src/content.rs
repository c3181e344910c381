//! The bytes of one file, decompressed as they are read, with a limit on what may come out.

use crate::error::Error;
use crate::files_read::Tap;
use crate::format::{Compression, split_compression};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

/// Decompressed bytes at most per file; beyond any published text data set, well within a disk.
pub(crate) const MAX_DECOMPRESSED: u64 = 64 << 30;
/// Below this, any ratio is harmless.
const HARMLESS: u64 = 64 << 20;
/// Text compresses to a tenth, repetitive JSON to a fiftieth; a bomb to a thousandth and less.
const MAX_RATIO: u64 = 250;
/// Bytes kept in memory before a file taken from an archive moves to disk.
const MAX_IN_MEMORY: usize = 64 << 20;

/// The bytes of one file.
pub(crate) struct Content {
    /// The name that messages use.
    pub name: String,
    bytes: Bytes,
}

enum Bytes {
    /// Can be read anywhere.
    File(File, Option<Tap>),
    /// Can be read once.
    Stream(Box<dyn Read + Send>),
}

impl Content {
    /// Opens a file on disk; `tap` sees its bytes when they are read from front to back.
    pub fn open(name: &str, path: &Path, tap: Option<Tap>) -> Result<Content, Error> {
        let file = File::open(path).map_err(Error::io("read", path))?;
        let length = file.metadata().map_err(Error::io("read", path))?.len();
        match split_compression(name).1 {
            Compression::None => Ok(Content { name: name.to_owned(), bytes: Bytes::File(file, tap) }),
            compression => Content::decompress(name, compression, tapped(file, tap), length),
        }
    }

    /// A file that comes out of an archive, `length` bytes there; compressed again when its name says so.
    pub fn from_stream(name: &str, stream: Box<dyn Read + Send>, length: u64) -> Result<Content, Error> {
        Content::decompress(name, split_compression(name).1, stream, length)
    }

    fn decompress(
        name: &str,
        compression: Compression,
        stream: Box<dyn Read + Send>,
        length: u64,
    ) -> Result<Content, Error> {
        let bytes = match compression {
            Compression::None => stream,
            compression => decompressed(compression, stream, length).map_err(|e| read_failed(name, e))?,
        };
        Ok(Content { name: name.to_owned(), bytes: Bytes::Stream(bytes) })
    }

    /// The bytes, one after the other.
    pub fn into_stream(self) -> Box<dyn Read + Send> {
        match self.bytes {
            Bytes::File(file, tap) => tapped(file, tap),
            Bytes::Stream(stream) => stream,
        }
    }

    /// The bytes as a file, for formats that are not read from front to back.
    pub fn into_file(self) -> Result<File, Error> {
        let mut stream = match self.bytes {
            Bytes::File(file, _) => return Ok(file),
            Bytes::Stream(stream) => stream,
        };
        let in_temp = || Error::io("write", std::env::temp_dir());
        let mut file = tempfile::tempfile().map_err(in_temp())?;
        io::copy(&mut stream, &mut file).map_err(|error| read_failed(&self.name, error))?;
        file.rewind().map_err(in_temp())?;
        Ok(file)
    }

    /// The whole text.
    pub fn into_text(self, max_bytes: u64) -> Result<String, Error> {
        let name = self.name.clone();
        let mut bytes = Vec::new();
        let mut stream = self.into_stream().take(max_bytes + 1);
        stream.read_to_end(&mut bytes).map_err(|error| read_failed(&name, error))?;
        if bytes.len() as u64 > max_bytes {
            return Err(too_large(&name, max_bytes));
        }
        let start = if bytes.starts_with(BOM) { BOM.len() } else { 0 };
        match String::from_utf8(bytes) {
            Ok(mut text) => Ok(text.split_off(start)),
            Err(error) => {
                let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                Err(Error::Utf8 { file: name, line: 1 + count_lines(valid) })
            }
        }
    }
}

fn tapped(file: File, tap: Option<Tap>) -> Box<dyn Read + Send> {
    match tap {
        Some(tap) => Box::new(tap.on(file)),
        None => Box::new(file),
    }
}

/// A byte-order mark in UTF-8; some spreadsheets write it.
pub(crate) const BOM: &[u8] = b"\xef\xbb\xbf";

fn count_lines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

/// A stream decompressed, which ends with an error when far more comes out than went in.
pub(crate) fn decompressed(
    compression: Compression,
    stream: Box<dyn Read + Send>,
    length: u64,
) -> io::Result<Box<dyn Read + Send>> {
    let bytes: Box<dyn Read + Send> = match compression {
        Compression::None => return Ok(stream),
        Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(BufReader::new(stream))),
        Compression::Zstd => Box::new(zstd::stream::read::Decoder::new(stream)?),
    };
    Ok(Box::new(Limited::new(bytes, length)))
}

/// Copies a file out of an archive, to memory or, when it is large, to disk; `length` is its size in the archive.
pub(crate) fn spool(stream: impl Read, length: u64) -> io::Result<Box<dyn Read + Send>> {
    let mut spool = tempfile::SpooledTempFile::new(MAX_IN_MEMORY);
    io::copy(&mut Limited::new(stream, length), &mut spool)?;
    spool.rewind()?;
    Ok(Box::new(spool))
}

/// Lets through what a compressed length makes plausible.
pub(crate) struct Limited<R> {
    inner: R,
    left: u64,
}

impl<R> Limited<R> {
    /// A limit for the content of `length` compressed bytes.
    pub fn new(inner: R, length: u64) -> Limited<R> {
        let left = length.saturating_mul(MAX_RATIO).clamp(HARMLESS, MAX_DECOMPRESSED);
        Limited { inner, left }
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        match self.left.checked_sub(count as u64) {
            Some(left) => self.left = left,
            None => return Err(io::Error::other(Bomb)),
        }
        Ok(count)
    }
}

/// More comes out of a compressed file than any honest one holds.
#[derive(Debug, thiserror::Error)]
#[error("decompresses to more than we are willing to read")]
struct Bomb;

/// What a failed read means: the disk's fault, or the file's.
pub(crate) fn read_failed(name: &str, error: io::Error) -> Error {
    let file = name.to_owned();
    if error.get_ref().is_some_and(|inner| inner.is::<Bomb>()) {
        return Error::TooLarge { file, what: Bomb.to_string() };
    }
    match error.raw_os_error() {
        Some(_) => Error::Io { action: "read", path: file.into(), source: error },
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            Error::Damaged { file, message: "the file is cut off".into() }
        }
        None => Error::Damaged { file, message: format!("cannot be decompressed: {error}") },
    }
}

/// A row or text beyond a limit.
pub(crate) fn too_large(name: &str, max_bytes: u64) -> Error {
    Error::TooLarge { file: name.to_owned(), what: format!("more than {} MB in one piece", max_bytes >> 20) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bomb_is_refused() {
        let packed = zstd::encode_all(io::repeat(b'x').take(100 << 20), 1).unwrap();
        let length = packed.len() as u64;
        assert!(length < 100_000);
        let content =
            Content::from_stream("bomb.txt.zst", Box::new(io::Cursor::new(packed)), length).unwrap();
        let error = content.into_text(1 << 30).unwrap_err();
        assert!(matches!(error, Error::TooLarge { .. }), "{error}");
    }

    #[test]
    fn a_text_loses_its_byte_order_mark_and_nothing_else() {
        let text = |bytes: &'static [u8]| {
            Content::from_stream("a.txt", Box::new(bytes), 3)
                .unwrap()
                .into_text(20)
                .map_err(|e| e.to_string())
        };
        assert_eq!(text(b"\xef\xbb\xbf a\n").unwrap(), " a\n");
        assert_eq!(text(b"a\nb\n\xff").unwrap_err(), "a.txt:3: not valid UTF-8");
        assert!(text(b"123456789012345678901").unwrap_err().contains("more than"));
    }
}
