//! The header of a GGUF file: metadata and the table of tensors.

use super::cursor::{Cursor, Fault, nonsense};
use super::tensor::TensorInfo;
use super::value::{Metadata, read_value};
use super::{LFS_POINTER, LFS_START};
use std::collections::BTreeMap;
use std::io::BufRead;

/// Keys of the metadata at most; files that exist have some 50.
const MAX_KEYS: u64 = 65_536;
/// Tensors at most; files that exist have some 2 000.
const MAX_TENSORS: u64 = 65_536;
/// Alignment of tensor data when the file does not say.
const DEFAULT_ALIGNMENT: u64 = 32;
/// Alignment at most; a larger one only hides a broken number.
const MAX_ALIGNMENT: u64 = 1 << 20;
const MAGIC: [u8; 4] = *b"GGUF";

/// What stands before the tensor data.
#[derive(Debug)]
pub(crate) struct Header {
    /// Values by key.
    pub(crate) metadata: Metadata,
    /// Tensors by name; each lies within the file.
    pub(crate) tensors: BTreeMap<String, TensorInfo>,
}

/// What is wrong with a file that has no header.
#[derive(Debug)]
pub(crate) enum HeaderFault {
    /// Not a GGUF file at all, or not one of a version that we read.
    NotGguf(String),
    /// Broken further in.
    Broken(Fault),
}

impl From<Fault> for HeaderFault {
    fn from(fault: Fault) -> Self {
        HeaderFault::Broken(fault)
    }
}

/// Reads the header of a file of `length` bytes.
pub(crate) fn read_header(reader: impl BufRead, length: u64) -> Result<Header, HeaderFault> {
    let mut cursor = Cursor::new(reader, length);
    check_magic(&mut cursor)?;
    let tensors = cursor.u64()?;
    let keys = cursor.u64()?;
    if tensors > MAX_TENSORS || keys > MAX_KEYS {
        let reason = format!("it announces {tensors} tensors and {keys} metadata keys");
        return Err(Fault::Nonsense(reason).into());
    }
    let metadata = read_metadata(&mut cursor, keys)?;
    let mut table = Vec::new();
    for _ in 0..tensors {
        table.push((cursor.text()?, TensorInfo::read(&mut cursor)?));
    }
    let start = data_start(&metadata, cursor.position())?;
    let tensors = place(table, start, length)?;
    Ok(Header { metadata, tensors })
}

fn check_magic<R: BufRead>(cursor: &mut Cursor<R>) -> Result<(), HeaderFault> {
    if cursor.left() < 24 {
        return Err(HeaderFault::NotGguf(format!("it has only {} bytes", cursor.left())));
    }
    let magic = cursor.array::<4>()?;
    if LFS_START.starts_with(&magic) {
        return Err(HeaderFault::NotGguf(LFS_POINTER.into()));
    }
    if magic != MAGIC {
        return Err(HeaderFault::NotGguf("it does not begin with `GGUF`".into()));
    }
    match cursor.u32()? {
        2 | 3 => Ok(()),
        version if version & 0xffff == 0 => Err(HeaderFault::NotGguf("it is big-endian".into())),
        version => Err(HeaderFault::NotGguf(format!("it has version {version}; versions 2 and 3 are read"))),
    }
}

fn read_metadata<R: BufRead>(cursor: &mut Cursor<R>, keys: u64) -> Result<Metadata, Fault> {
    let mut values = BTreeMap::new();
    for _ in 0..keys {
        let key = cursor.text()?;
        let value = read_value(cursor)?;
        if values.insert(key.clone(), value).is_some() {
            return nonsense(format!("the key `{key}` stands there twice"));
        }
    }
    Ok(Metadata(values))
}

fn data_start(metadata: &Metadata, position: u64) -> Result<u64, Fault> {
    let alignment = metadata.count("general.alignment")?.unwrap_or(DEFAULT_ALIGNMENT);
    if alignment == 0 || alignment > MAX_ALIGNMENT {
        return nonsense(format!("an alignment of {alignment}"));
    }
    Ok(position.div_ceil(alignment) * alignment)
}

/// Turns offsets into positions in the file and checks that each tensor ends within it.
fn place(
    table: Vec<(String, TensorInfo)>,
    start: u64,
    length: u64,
) -> Result<BTreeMap<String, TensorInfo>, Fault> {
    let mut tensors = BTreeMap::new();
    for (name, mut info) in table {
        let end = start.checked_add(info.position).and_then(|from| from.checked_add(info.bytes));
        match end {
            Some(end) if end <= length => info.position += start,
            _ => {
                return nonsense(format!(
                    "the tensor `{name}` ends after the file, which has {length} bytes"
                ));
            }
        }
        if tensors.insert(name.clone(), info).is_some() {
            return nonsense(format!("the tensor `{name}` stands there twice"));
        }
    }
    Ok(tensors)
}
