//! Counts the characters of a text that comes in bytes.

/// Characters so far. One that is not complete counts for none, bytes that can never be one for U+FFFD.
#[derive(Debug, Clone, Default)]
pub(crate) struct Characters {
    count: usize,
    /// Bytes of a character that is not complete.
    pending: Vec<u8>,
}

impl Characters {
    /// Those of a text.
    pub(crate) fn of(text: &str) -> Self {
        Characters { count: text.chars().count(), pending: Vec::new() }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// How many there are when nothing more comes.
    pub(crate) fn count_at_end(&self) -> usize {
        self.count + usize::from(!self.pending.is_empty())
    }

    /// Adds bytes.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
        let mut counted = 0;
        for chunk in self.pending.utf8_chunks() {
            self.count += chunk.valid().chars().count();
            counted += chunk.valid().len();
            let broken = chunk.invalid();
            let is_last = counted + broken.len() == self.pending.len();
            let is_open =
                is_last && std::str::from_utf8(broken).is_err_and(|error| error.error_len().is_none());
            if !broken.is_empty() && !is_open {
                self.count += 1;
                counted += broken.len();
            }
        }
        self.pending.drain(..counted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_count_alike_together_and_one_by_one() {
        for bytes in
            [&b"a\xf0\x9f\x98\x80b"[..], b"\xff\xf0\x9f\x98\x80", b"\xf0\x9fa\x80\xe6\x97", "日本".as_bytes()]
        {
            let mut whole = Characters::default();
            whole.add(bytes);
            let mut pieces = Characters::default();
            bytes.iter().for_each(|byte| pieces.add(&[*byte]));
            assert_eq!(whole.count(), pieces.count(), "{bytes:?}");
            assert_eq!(whole.count_at_end(), String::from_utf8_lossy(bytes).chars().count(), "{bytes:?}");
        }
    }
}
