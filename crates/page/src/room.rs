//! How much a page may hold.

use serde_json::Value;

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
    /// Takes the room that this needs; whether there is so much.
    pub fn take(&mut self, one: &Value) -> bool {
        let text = one.to_string();
        // In the document each `<` is written as `\u003c`.
        let left = self.0.checked_sub(text.len() + 5 * text.matches('<').count());
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_does_not_fit_is_passed_over() {
        let mut room = Room(10);
        let taken = ["aaaa", "aaaaaaaaaaaa", "aa", "a"].map(|text| room.take(&json!(text)));
        assert_eq!(taken, [true, false, true, false]);
        assert_eq!([7, 8].map(|bytes| Room(bytes).take(&json!("<"))), [false, true]);
    }
}
