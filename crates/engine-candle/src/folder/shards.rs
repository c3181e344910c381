//! The safetensors files of a folder. They are not trusted: nothing is allocated that the file does not hold.

use crate::gguf::{Fault, LFS_POINTER, LFS_START, nonsense};
use safetensors::Dtype;
use safetensors::tensor::Metadata;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Bytes of a header at most; that of a model with a hundred thousand tensors has some 10 MB.
const MAX_HEADER: u64 = 100 << 20;

/// A tensor in one of the files.
#[derive(Debug)]
pub(crate) struct StoredTensor {
    pub(crate) name: String,
    /// Sizes, slowest first: a matrix is `[rows, columns]`.
    pub(crate) shape: Vec<usize>,
    dtype: Dtype,
    file: usize,
    position: u64,
}

/// All tensors of several files.
pub(crate) struct Shards {
    files: Vec<PathBuf>,
    tensors: BTreeMap<String, StoredTensor>,
}

/// A fault and the file that it is in.
pub(crate) type InFile = (PathBuf, Fault);

impl Shards {
    /// Reads the headers.
    pub(crate) fn open(files: Vec<PathBuf>) -> Result<Shards, InFile> {
        let mut tensors = BTreeMap::new();
        for (index, path) in files.iter().enumerate() {
            let here = |fault| (path.clone(), fault);
            for tensor in read_header(path, index).map_err(here)? {
                if let Some(twice) = tensors.insert(tensor.name.clone(), tensor) {
                    return Err(here(Fault::Nonsense(format!(
                        "the tensor `{}` stands there twice",
                        twice.name
                    ))));
                }
            }
        }
        Ok(Shards { files, tensors })
    }

    /// All tensors by name.
    pub(crate) fn tensors(&self) -> impl Iterator<Item = (&String, &StoredTensor)> {
        self.tensors.iter()
    }

    /// Whether there is a tensor of that name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// The tensor of that name.
    pub(crate) fn tensor(&self, name: &str) -> Result<&StoredTensor, Fault> {
        match self.tensors.get(name) {
            Some(tensor) => Ok(tensor),
            None => nonsense(format!("the tensor `{name}` is missing")),
        }
    }

    /// Reads rows of a tensor as 32-bit floats.
    pub(crate) fn read(
        &self,
        tensor: &StoredTensor,
        columns: usize,
        rows: &[Range<usize>],
    ) -> Result<Vec<f32>, Fault> {
        let Some(path) = self.files.get(tensor.file) else {
            return nonsense(format!("the tensor `{}` is in no file", tensor.name));
        };
        // Each reader has its own file handle, because layers are read in parallel.
        let mut file = File::open(path)?;
        let row_bytes = columns * size(tensor.dtype);
        let mut values = Vec::with_capacity(rows.iter().map(|rows| rows.len()).sum::<usize>() * columns);
        for rows in rows {
            let mut bytes = vec![0; rows.len() * row_bytes];
            file.seek(SeekFrom::Start(tensor.position + (rows.start * row_bytes) as u64))?;
            file.read_exact(&mut bytes)?;
            decode(tensor.dtype, &bytes, &mut values);
        }
        Ok(values)
    }
}

fn read_header(path: &Path, index: usize) -> Result<Vec<StoredTensor>, Fault> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut prefix = [0; 8];
    if length < 8 {
        return nonsense(format!("it has only {length} bytes"));
    }
    file.read_exact(&mut prefix)?;
    if prefix == *LFS_START {
        return nonsense(LFS_POINTER);
    }
    let header = u64::from_le_bytes(prefix);
    if header > MAX_HEADER || header > length - 8 {
        return nonsense(format!("it announces a header of {header} bytes and has {length}"));
    }
    let mut text = vec![0; header as usize];
    file.read_exact(&mut text)?;
    let metadata: Metadata =
        serde_json::from_slice(&text).map_err(|error| Fault::Nonsense(format!("its header: {error}")))?;
    let start = 8 + header;
    let mut tensors = Vec::new();
    for (name, info) in metadata.tensors() {
        let (from, to) = info.data_offsets;
        if start.saturating_add(to as u64) > length || from > to {
            return nonsense(format!("the tensor `{name}` ends after the file, which has {length} bytes"));
        }
        // Whole numbers that are counted anew; some files of encoders hold them.
        if name.ends_with("position_ids") {
            continue;
        }
        if size(info.dtype) == 0 {
            return Err(Fault::Unknown(format!("numbers of type {:?} (tensor `{name}`)", info.dtype)));
        }
        let elements = info.shape.iter().try_fold(1usize, |product, size| product.checked_mul(*size));
        let bytes = elements.and_then(|elements| elements.checked_mul(size(info.dtype)));
        if bytes != Some(to - from) || elements == Some(0) {
            return nonsense(format!(
                "the tensor `{name}` of shape {:?} has {} bytes",
                info.shape,
                to - from
            ));
        }
        let shape = info.shape.clone();
        let position = start + from as u64;
        tensors.push(StoredTensor { name, shape, dtype: info.dtype, file: index, position });
    }
    Ok(tensors)
}

/// Bytes of a number; 0 for types that are not read.
fn size(dtype: Dtype) -> usize {
    match dtype {
        Dtype::F32 => 4,
        Dtype::F16 | Dtype::BF16 => 2,
        _ => 0,
    }
}

fn decode(dtype: Dtype, bytes: &[u8], values: &mut Vec<f32>) {
    match dtype {
        Dtype::F32 => values.extend(bytes.as_chunks::<4>().0.iter().map(|unit| f32::from_le_bytes(*unit))),
        Dtype::BF16 => {
            let units = bytes.as_chunks::<2>().0.iter();
            values.extend(units.map(|unit| f32::from_bits(u32::from(u16::from_le_bytes(*unit)) << 16)));
        }
        _ => {
            let units = bytes.as_chunks::<2>().0.iter();
            values.extend(units.map(|unit| half::f16::from_le_bytes(*unit).to_f32()));
        }
    }
}
