//! Two texts side by side around the first place where they differ.

use crate::text::plain;

/// Stands before the first character that differs.
const MARK: char = '▸';
/// Characters shown before it.
const LEAD: usize = 24;
/// Characters shown from it on.
const REST: usize = 48;

/// The place of the first character that differs, and what stands around it on both sides. Line breaks are shown as `⏎`.
pub fn excerpts(a: &str, b: &str) -> (usize, String, String) {
    let at = a.chars().zip(b.chars()).take_while(|(one, other)| one == other).count();
    (at, around(a, at), around(b, at))
}

fn around(text: &str, at: usize) -> String {
    let start = at.saturating_sub(LEAD);
    let mut shown = String::new();
    if start > 0 {
        shown.push('…');
    }
    let mut characters = text.chars().skip(start);
    shown.extend(characters.by_ref().take(at - start));
    shown.push(MARK);
    shown.extend(characters.by_ref().take(REST));
    if characters.next().is_some() {
        shown.push('…');
    }
    plain(&shown.replace('\n', "⏎"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_marked() {
        assert_eq!(excerpts("one two", "one too"), (5, "one t▸wo".into(), "one t▸oo".into()));
        assert_eq!(excerpts("one", "one\nmore"), (3, "one▸".into(), "one▸⏎more".into()));
    }

    #[test]
    fn long_texts_are_cut_on_both_sides() {
        let (a, b) = (format!("{}x{}", "a".repeat(100), "b".repeat(100)), "a".repeat(100));
        let (at, left, right) = excerpts(&a, &b);
        assert_eq!(at, 100);
        assert_eq!(left, format!("…{}▸x{}…", "a".repeat(24), "b".repeat(47)));
        assert_eq!(right, format!("…{}▸", "a".repeat(24)));
    }
}
