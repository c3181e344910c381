//! A part of a run (one subset of one benchmark on one model), and where lines of its files stand.

use serde::{Deserialize, Serialize};

/// A part of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The model.
    pub model: String,
    /// The benchmark with protocol.
    pub benchmark: String,
    /// The subset.
    pub subset: String,
    /// The files of reviews, below the run's folder.
    pub reviews: Vec<String>,
    /// The files of calls, below the run's folder.
    pub calls: Vec<String>,
}

/// Where a line stands: file, bytes before it, bytes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// Which of the part's files.
    pub file: u32,
    /// Bytes before it.
    pub start: u64,
    /// Bytes of it.
    pub len: u32,
}

const STORED_BYTES: usize = 16;

impl Stored {
    pub(super) fn write_all(list: impl IntoIterator<Item = Stored>) -> Vec<u8> {
        let mut bytes = Vec::new();
        for one in list {
            bytes.extend_from_slice(&one.file.to_le_bytes());
            bytes.extend_from_slice(&one.len.to_le_bytes());
            bytes.extend_from_slice(&one.start.to_le_bytes());
        }
        bytes
    }

    pub(super) fn read_all(bytes: &[u8]) -> Vec<Stored> {
        let u32_at = |bytes: &[u8], at: usize| bytes[at..at + 4].try_into().map_or(0, u32::from_le_bytes);
        let chunks = bytes.chunks_exact(STORED_BYTES);
        chunks
            .map(|one| Stored {
                file: u32_at(one, 0),
                len: u32_at(one, 4),
                start: one[8..].try_into().map_or(0, u64::from_le_bytes),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_they_were_written() {
        let list =
            [Stored { file: 1, start: u64::MAX - 7, len: 9 }, Stored { file: 0, start: 0, len: u32::MAX }];
        assert_eq!(Stored::read_all(&Stored::write_all(list)), list);
    }
}
