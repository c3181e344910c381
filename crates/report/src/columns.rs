//! How many columns of a terminal a text takes.

/// First and last character of the ranges that take two columns (Unicode 16, East Asian Width W and F).
const WIDE: [(u32, u32); 14] = [
    (0x1100, 0x115f),
    (0x2e80, 0x303e),
    (0x3041, 0x33ff),
    (0x3400, 0x4dbf),
    (0x4e00, 0x9fff),
    (0xa000, 0xa4cf),
    (0xa960, 0xa97c),
    (0xac00, 0xd7a3),
    (0xf900, 0xfaff),
    (0xfe30, 0xfe6f),
    (0xff01, 0xff60),
    (0xffe0, 0xffe6),
    (0x1f300, 0x1faff),
    (0x20000, 0x3fffd),
];

/// Characters that take none: combining marks and joiners.
const NARROW: [(u32, u32); 5] =
    [(0x0300, 0x036f), (0x200b, 0x200d), (0x20d0, 0x20ff), (0xfe00, 0xfe0f), (0xfe20, 0xfe2f)];

/// Columns of a text.
pub fn columns(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

/// `text` cut to at most `width` columns, with `…` where something is missing.
pub fn cut(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut left = width.saturating_sub(1);
    for c in text.chars() {
        let Some(rest) = left.checked_sub(columns_of(c)) else { break };
        left = rest;
        out.push(c);
    }
    out.push('…');
    out
}

/// `text` in lines of at most `width` columns, broken between words. Lines after the first begin two columns further in than the
/// first one does. A word that is longer than a line is cut.
pub fn wrap(text: &str, width: usize) -> String {
    let words = text.trim_start_matches(' ');
    let indent = text.len() - words.len();
    let (mut lines, mut line) = (Vec::new(), " ".repeat(indent));
    let mut is_begun = false;
    for word in words.split(' ') {
        if is_begun && columns(&line) + 1 + columns(word) > width {
            lines.push(std::mem::replace(&mut line, " ".repeat(indent + 2)));
        } else if is_begun {
            line.push(' ');
        }
        line.push_str(&cut(word, width.saturating_sub(columns(&line))));
        is_begun = true;
    }
    lines.push(line);
    lines.join("\n")
}

fn columns_of(c: char) -> usize {
    let within =
        |ranges: &[(u32, u32)]| ranges.iter().any(|(first, last)| (*first..=*last).contains(&u32::from(c)));
    if within(&NARROW) {
        0
    } else if within(&WIDE) {
        2
    } else {
        1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!([columns("abc"), columns("日本"), columns("ｅ\u{301}"), columns("한")], [3, 4, 2, 2]);
    }

    #[test]
    fn cut_text_fits() {
        assert_eq!(cut("日本語", 6), "日本語");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(cut("abc", 1), "…");
    }

    #[test]
    fn wrapped_text_is_whole_and_fits() {
        assert_eq!(wrap("  one two three", 9), "  one two\n    three");
        assert_eq!(wrap("one 日本語 two", 10), "one 日本語\n  two");
        assert_eq!(wrap("one two", 7), "one two");
        assert_eq!(wrap("a muchtoolong b", 6), "a\n  muc…\n  b");
        assert_eq!(wrap("", 5), "");
    }
}
