//! A short name for content: equal content, equal name, on every machine.

use serde::Serialize;

/// The first 32 hexadecimal digits of the BLAKE3 hash of `value` as JSON.
///
/// Struct fields keep their order and maps theirs, so equal values give equal digests.
pub fn digest<T: Serialize>(value: &T) -> String {
    let mut hasher = blake3::Hasher::new();
    match serde_json::to_writer(&mut hasher, value) {
        Ok(()) => {}
        // Only a map with keys that are not text fails, and no type here has one; the error still must not
        // collide with content.
        Err(error) => {
            hasher.update(error.to_string().as_bytes());
        }
    }
    hasher.finalize().to_hex()[..32].to_owned()
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
