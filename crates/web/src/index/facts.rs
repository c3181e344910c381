//! What filters need to know of a sample, in few bytes.

use evalscope_report::page::VERDICTS;

/// Bytes of a fact in the file.
pub const FACT_BYTES: usize = 12;

/// What filters need to know of a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fact {
    /// Which part of the run.
    pub part: u16,
    /// The verdict's place in [`VERDICTS`].
    pub verdict: u8,
    /// The kind of error, from 1, by the index's own list; 0 for none.
    pub error: u8,
    /// Characters of the reply.
    pub length: u32,
    /// The main metric; not a number when there is none.
    pub score: f32,
}

impl Fact {
    pub(super) fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.part.to_le_bytes());
        to.extend_from_slice(&[self.verdict, self.error]);
        to.extend_from_slice(&self.length.to_le_bytes());
        to.extend_from_slice(&self.score.to_le_bytes());
    }

    pub(super) fn read(bytes: &[u8; FACT_BYTES]) -> Fact {
        let [p0, p1, verdict, error, l0, l1, l2, l3, s0, s1, s2, s3] = *bytes;
        Fact {
            part: u16::from_le_bytes([p0, p1]),
            verdict,
            error,
            length: u32::from_le_bytes([l0, l1, l2, l3]),
            score: f32::from_le_bytes([s0, s1, s2, s3]),
        }
    }
}

/// The code of a verdict: its place among all.
pub fn verdict_code(word: &str) -> u8 {
    VERDICTS.iter().position(|known| *known == word).unwrap_or(VERDICTS.len() - 1) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_is_read_as_it_was_written() {
        let fact = Fact { part: 513, verdict: 4, error: 2, length: 70_000, score: 0.25 };
        let mut bytes = Vec::new();
        fact.write(&mut bytes);
        assert_eq!(Fact::read(bytes.as_slice().try_into().unwrap()), fact);
    }

    #[test]
    fn every_verdict_has_its_code() {
        for (code, word) in VERDICTS.iter().enumerate() {
            assert_eq!(usize::from(verdict_code(word)), code);
        }
    }
}
