//! Tensors of a GGUF file, read as 32-bit floats.

use super::cursor::{Cursor, Fault, nonsense};
use candle_core::CpuStorage;
use candle_core::quantized::GgmlDType;
use std::borrow::Cow;
use std::io::{BufRead, Read, Seek, SeekFrom};
use std::ops::Range;

/// Dimensions that the format allows.
const MAX_DIMENSIONS: u32 = 4;
/// Elements of one tensor at most: 16 GiB as 32-bit floats, more than any matrix of a model that suits a CPU.
const MAX_ELEMENTS: u64 = 1 << 32;

/// Where a tensor lies and what it is.
#[derive(Debug, Clone)]
pub(crate) struct TensorInfo {
    /// Sizes, fastest first: a matrix is `[columns, rows]`.
    pub(crate) shape: Vec<u64>,
    /// First byte; within the file once the header is read.
    pub(super) position: u64,
    /// Bytes in the file.
    pub(super) bytes: u64,
    encoding: GgmlDType,
}

impl TensorInfo {
    pub(super) fn read<R: BufRead>(cursor: &mut Cursor<R>) -> Result<Self, Fault> {
        let dimensions = cursor.u32()?;
        if dimensions == 0 || dimensions > MAX_DIMENSIONS {
            return nonsense(format!("a tensor of {dimensions} dimensions at byte {}", cursor.position()));
        }
        let shape: Vec<u64> = (0..dimensions).map(|_| cursor.u64()).collect::<Result<_, _>>()?;
        let encoding = encoding(cursor.u32()?)?;
        let position = cursor.u64()?;
        let elements = shape.iter().try_fold(1u64, |product, size| product.checked_mul(*size));
        let Some(elements) = elements.filter(|elements| (1..=MAX_ELEMENTS).contains(elements)) else {
            return nonsense(format!("a tensor of shape {shape:?}"));
        };
        let block = encoding.block_size() as u64;
        if !shape[0].is_multiple_of(block) {
            return nonsense(format!("rows of {} elements in blocks of {block}", shape[0]));
        }
        let bytes = elements / block * encoding.type_size() as u64;
        Ok(TensorInfo { shape, position, bytes, encoding })
    }

    /// Number of elements.
    pub(crate) fn elements(&self) -> u64 {
        self.shape.iter().product()
    }

    /// Some of the rows, as a matrix; those of a tensor of several matrices are counted on from one to the next.
    pub(crate) fn rows(&self, rows: &Range<usize>) -> Option<TensorInfo> {
        let (first, end) = (rows.start as u64, rows.end as u64);
        let all = self.elements() / self.shape[0];
        if first >= end || end > all {
            return None;
        }
        // Rows are whole blocks, so each has as many bytes.
        let row = self.bytes / all;
        let shape = vec![self.shape[0], end - first];
        let (position, bytes) = (self.position + first * row, (end - first) * row);
        Some(TensorInfo { shape, position, bytes, encoding: self.encoding })
    }
}

/// The encodings that can be read, by their code in the file.
fn encoding(code: u32) -> Result<GgmlDType, Fault> {
    Ok(match code {
        0 => GgmlDType::F32,
        1 => GgmlDType::F16,
        2 => GgmlDType::Q4_0,
        3 => GgmlDType::Q4_1,
        6 => GgmlDType::Q5_0,
        7 => GgmlDType::Q5_1,
        8 => GgmlDType::Q8_0,
        10 => GgmlDType::Q2K,
        11 => GgmlDType::Q3K,
        12 => GgmlDType::Q4K,
        13 => GgmlDType::Q5K,
        14 => GgmlDType::Q6K,
        30 => GgmlDType::BF16,
        _ => return Err(Fault::Unknown(format!("the tensor encoding {code}"))),
    })
}

/// Reads a tensor and gives its elements as 32-bit floats.
pub(crate) fn read_tensor<R: Read + Seek>(reader: &mut R, info: &TensorInfo) -> Result<Vec<f32>, Fault> {
    // Blocks hold 16-bit and 32-bit numbers, and the decoder wants them aligned.
    const ALIGNMENT: usize = 8;
    let mut buffer = vec![0u8; info.bytes as usize + ALIGNMENT];
    let skip = buffer.as_ptr().align_offset(ALIGNMENT);
    let bytes = &mut buffer[skip..skip + info.bytes as usize];
    reader.seek(SeekFrom::Start(info.position))?;
    reader.read_exact(bytes)?;
    Ok(match info.encoding {
        GgmlDType::F32 => from_units(bytes, f32::from_le_bytes),
        GgmlDType::BF16 => {
            from_units(bytes, |unit: [u8; 2]| f32::from_bits(u32::from(u16::from_le_bytes(unit)) << 16))
        }
        _ => dequantise(bytes, info)?,
    })
}

fn from_units<const N: usize>(bytes: &[u8], decode: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    bytes.as_chunks::<N>().0.iter().map(|unit| decode(*unit)).collect()
}

fn dequantise(bytes: &[u8], info: &TensorInfo) -> Result<Vec<f32>, Fault> {
    let blocks = info.encoding.from_data(Cow::Borrowed(bytes));
    match blocks.dequantize(info.elements() as usize) {
        Ok(CpuStorage::F32(values)) => Ok(values),
        Ok(_) => nonsense("a tensor that does not decode to 32-bit floats"),
        Err(error) => nonsense(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn every_encoding_means_what_gguf_says() {
        let vectors: Value = serde_json::from_str(include_str!("../../vectors/gguf_blocks.json")).unwrap();
        let cases = vectors["cases"].as_array().unwrap();
        assert_eq!(cases.len(), (0..64).filter(|code| encoding(*code).is_ok()).count());
        for case in cases {
            let digits = case["bytes"].as_str().unwrap().as_bytes();
            let pair = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
            let bytes: Vec<u8> = digits.as_chunks::<2>().0.iter().map(pair).collect();
            let values: Vec<f32> = serde_json::from_value(case["values"].clone()).unwrap();
            let info = TensorInfo {
                shape: vec![values.len() as u64],
                position: 0,
                bytes: bytes.len() as u64,
                encoding: encoding(case["code"].as_u64().unwrap() as u32).ok().unwrap(),
            };
            let read = read_tensor(&mut std::io::Cursor::new(bytes), &info).ok().unwrap();
            assert_eq!(read.len(), values.len());
            for (ours, reference) in read.iter().zip(&values) {
                // Scale times number minus minimum may be rounded once or twice.
                let most = 1e-6 * reference.abs().max(1e-2);
                assert!((ours - reference).abs() <= most, "{}: {ours} and not {reference}", case["kind"]);
            }
        }
    }
}
