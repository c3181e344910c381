//! Text of files that may be anybody's, made readable: a byte that is no UTF-8, or half of a character that Python wrote as an escape,
//! becomes U+FFFD where it stood, and spoils nothing else.

use evalscope_core::without_halves;
use std::borrow::Cow;

/// The text with a mark in the place of what cannot be read.
pub fn readable(bytes: &[u8]) -> Cow<'_, str> {
    match String::from_utf8_lossy(bytes) {
        Cow::Borrowed(text) => without_halves(text),
        Cow::Owned(marked) => Cow::Owned(without_halves(&marked).into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_marked_where_it_stood() {
        assert_eq!(readable(b"a\xffb"), "a\u{fffd}b");
        assert_eq!(readable(br#""x\ud83dy""#), r#""x\ufffdy""#);
        assert!(matches!(readable(b"{}"), Cow::Borrowed(_)));
    }
}
