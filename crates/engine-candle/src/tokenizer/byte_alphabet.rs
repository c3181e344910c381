//! The letters that byte-level vocabularies write bytes with.
//!
//! Bytes that print stand for themselves; the others are numbered from U+0100 on, in order.

/// The byte that a letter stands for.
pub(super) fn byte(letter: char) -> Option<u8> {
    let code = u32::from(letter);
    match code {
        0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff => Some(code as u8),
        0x100..=0x143 => (0..=255u8).filter(|byte| !prints(*byte)).nth((code - 0x100) as usize),
        _ => None,
    }
}

fn prints(byte: u8) -> bool {
    matches!(byte, 0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff)
}

/// All letters, one for each byte.
pub(super) fn letters() -> impl Iterator<Item = char> {
    (0x21..=0x143).filter_map(char::from_u32).filter(|letter| byte(*letter).is_some())
}

/// The bytes that a text of such letters stands for.
pub(super) fn bytes(text: &str) -> Option<Vec<u8>> {
    text.chars().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_byte_has_one_letter() {
        let found: Vec<u8> = letters().filter_map(byte).collect();
        assert_eq!(found.len(), 256);
        assert_eq!(found.into_iter().collect::<BTreeSet<_>>().len(), 256);
        assert_eq!(byte('Ġ'), Some(b' '));
        assert_eq!(byte('Ċ'), Some(b'\n'));
        assert_eq!(byte(' '), None);
    }
}
