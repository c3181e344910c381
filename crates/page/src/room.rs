//! How much a page may hold.

/// Bytes of samples, or of battles, at most: a page with more is slow to open and too large to send around.
const MAX_BYTES: usize = 12 << 20;

/// Bytes that are left for samples or battles.
#[derive(Debug)]
pub struct Room(usize);

impl Default for Room {
    fn default() -> Room {
        Room(MAX_BYTES)
    }
}

impl Room {
    /// Takes the room that this JSON needs; whether there is so much.
    pub fn take(&mut self, text: &str) -> bool {
        let left = self.0.checked_sub(text.len());
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_passed_over() {
        let mut room = Room(10);
        let taken = ["aaaa", "aaaaaaaaaaaa", "aa", "a"].map(|text| room.take(&format!("\"{text}\"")));
        assert_eq!(taken, [true, false, true, false]);
    }
}
