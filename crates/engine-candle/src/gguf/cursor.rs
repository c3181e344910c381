//! Little-endian numbers and strings from a file whose size is known.

use std::io::{self, BufRead, Read};

/// A text longer than this is not metadata: the longest ones that exist, chat templates, have some 20 kB.
const MAX_TEXT_BYTES: u64 = 16 << 20;

/// Reads forward through a file and knows what is left of it.
pub(super) struct Cursor<R> {
    reader: R,
    position: u64,
    length: u64,
}

/// Why a file could not be read on.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The operating system refused.
    Io(io::Error),
    /// The bytes make no sense.
    Nonsense(String),
    /// They make sense, and we do not know them.
    Unknown(String),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Fault::Io(error)
    }
}

/// Shorthand for a fault in the bytes.
pub(crate) fn nonsense<T>(reason: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::Nonsense(reason.into()))
}

impl<R: BufRead> Cursor<R> {
    pub(super) fn new(reader: R, length: u64) -> Self {
        Cursor { reader, position: 0, length }
    }

    pub(super) fn position(&self) -> u64 {
        self.position
    }

    pub(super) fn left(&self) -> u64 {
        self.length - self.position
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        if self.left() < N as u64 {
            return nonsense(format!("it ends at byte {}, in the middle of its header", self.length));
        }
        let mut bytes = [0; N];
        self.reader.read_exact(&mut bytes)?;
        self.position += N as u64;
        Ok(bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Fault> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(super) fn u64(&mut self) -> Result<u64, Fault> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// A text with its length before it.
    pub(super) fn text(&mut self) -> Result<String, Fault> {
        let length = self.u64()?;
        if length > self.left() || length > MAX_TEXT_BYTES {
            return nonsense(format!("a text of {length} bytes at byte {}", self.position));
        }
        let at = self.position;
        let mut bytes = Vec::with_capacity(length as usize);
        self.reader.by_ref().take(length).read_to_end(&mut bytes)?;
        self.position += length;
        if bytes.len() as u64 != length {
            return nonsense(format!("it ends in the middle of the text at byte {at}"));
        }
        String::from_utf8(bytes).or_else(|_| nonsense(format!("the text at byte {at} is not UTF-8")))
    }
}
