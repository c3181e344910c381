//! A short name for content: equal content, equal name, on every machine.

use serde::Serialize;

/// What most requests have room in.
const USUAL_BYTES: usize = 4 << 10;

/// The first 32 hexadecimal digits of the BLAKE3 hash of `value` as JSON.
///
/// Struct fields keep their order and maps theirs, so equal values give equal digests.
pub fn digest<T: Serialize>(value: &T) -> String {
    // At once: JSON comes in pieces of a few bytes, each of which would cost the hash more than its bytes.
    let mut bytes = Vec::with_capacity(USUAL_BYTES);
    // Only a map with keys that are not text fails, and no type here has one; the error still must not collide with
    // content.
    if let Err(error) = serde_json::to_writer(&mut bytes, value) {
        bytes = error.to_string().into_bytes();
    }
    blake3::hash(&bytes).to_hex()[..32].to_owned()
}

#[cfg(test)]
mod tests {
    #[test]
    fn digest_is_stable() {
        assert_eq!(super::digest(&("a", 1)), super::digest(&("a", 1)));
        assert_ne!(super::digest(&("a", 1)), super::digest(&("a", 2)));
        assert_eq!(super::digest(&"x").len(), 32);
    }
}
