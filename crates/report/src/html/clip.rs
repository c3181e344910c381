//! Shortens a text in its middle and keeps track of where its parts went.

use crate::text::thousands;

/// Bytes of one text in the page at most. Beginning and end matter: question and answer stand there.
const MAX_TEXT: usize = 16 * 1024;
/// Bytes kept of the end of a text that is too long.
const TAIL: usize = 6 * 1024;

/// A text that may have lost its middle.
#[derive(Debug)]
pub struct Clipped {
    /// What is left.
    pub text: String,
    /// Where the lost part began and ended in the whole text, and how long the note in its place is.
    lost: Option<(usize, usize, usize)>,
}

/// `text`, or its beginning and end.
pub fn clip(text: &str) -> Clipped {
    if text.len() <= MAX_TEXT {
        return Clipped { text: text.to_owned(), lost: None };
    }
    let (start, end) =
        (text.floor_char_boundary(MAX_TEXT - TAIL), text.ceil_char_boundary(text.len() - TAIL));
    let characters = text[start..end].chars().count() as u64;
    let note =
        format!("\n[… {} characters are left out here; predictions/ has them …]\n", thousands(characters));
    let shortened = format!("{}{note}{}", &text[..start], &text[end..]);
    Clipped { text: shortened, lost: Some((start, end, note.len())) }
}

impl Clipped {
    /// A byte range of the whole text as a range of UTF-16 units of what is left, when it is left.
    pub fn units(&self, (from, to): (usize, usize)) -> Option<(usize, usize)> {
        let (from, to) = match self.lost {
            Some((start, _, _)) if to <= start => (from, to),
            Some((start, end, note)) if from >= end => (from - end + start + note, to - end + start + note),
            Some(_) => return None,
            None => (from, to),
        };
        let before = self.text.get(..from)?.encode_utf16().count();
        let within = self.text.get(from..to)?.encode_utf16().count();
        Some((before, before + within))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(clipped: &Clipped, span: (usize, usize)) -> Option<String> {
        let (from, to) = clipped.units(span)?;
        let units: Vec<u16> = clipped.text.encode_utf16().collect();
        Some(String::from_utf16(&units[from..to]).unwrap())
    }

    #[test]
    fn ranges_count_utf16_units() {
        let text = "é😀 is B.";
        let from = text.find('B').unwrap();
        assert_eq!(at(&clip(text), (from, from + 1)).as_deref(), Some("B"));
        assert_eq!(clip(text).units((1, 2)), None, "not at a character");
        assert_eq!(clip(text).units((5, 999)), None);
        assert_eq!(clip(text).units((9, 3)), None);
    }

    #[test]
    fn long_texts_keep_both_ends_and_their_ranges() {
        let text = format!("first {} the answer is C", "长".repeat(20_000));
        let clipped = clip(&text);
        assert!(clipped.text.len() < MAX_TEXT + 200);
        assert!(clipped.text.starts_with("first 长") && clipped.text.ends_with(" the answer is C"));
        assert_eq!(at(&clipped, (text.len() - 1, text.len())).as_deref(), Some("C"));
        assert_eq!(at(&clipped, (0, 5)).as_deref(), Some("first"));
        assert_eq!(clipped.units((30_000, 30_003)), None);
    }
}
