//! Text of files that may be anybody's, made readable: a byte that is no UTF-8, or half of a character that Python wrote as an escape,
//! becomes U+FFFD where it stood, and spoils nothing else.

use std::borrow::Cow;

const MARK: &str = "\u{fffd}";
/// The same as JSON's escape.
const MARK_ESCAPE: &str = "\\ufffd";

/// The text with a mark in the place of what cannot be read.
pub fn readable(bytes: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(bytes);
    debug_assert!(matches!(text, Cow::Borrowed(_)) || text.contains(MARK), "what was replaced is marked");
    // Only `\ud…` can be half of a character, and most texts have none.
    let has_halves =
        text.as_bytes().windows(3).any(|at| at[..2] == *b"\\u" && at[2].eq_ignore_ascii_case(&b'd'));
    if has_halves { Cow::Owned(whole(&text)) } else { text }
}

/// Replaces escapes that are half of a character without the other half.
fn whole(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        made.push_str(before);
        let taken = match (half(escape), escape.get(6..).and_then(half)) {
            (Some(Half::First), Some(Half::Second)) => 12,
            (Some(_), _) => {
                made.push_str(MARK_ESCAPE);
                rest = &escape[6..];
                continue;
            }
            // The backslash and what it escapes, which may be a backslash.
            (None, _) => 1 + escape[1..].chars().next().map_or(0, char::len_utf8),
        };
        made.push_str(&escape[..taken]);
        rest = &escape[taken..];
    }
    made + rest
}

enum Half {
    First,
    Second,
}

/// What half of a character an escape is that stands at the beginning.
fn half(escape: &str) -> Option<Half> {
    let digits = escape.strip_prefix("\\u")?.get(..4)?;
    match u16::from_str_radix(digits, 16).ok()? {
        0xd800..=0xdbff => Some(Half::First),
        0xdc00..=0xdfff => Some(Half::Second),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_marked_where_it_stood() {
        assert_eq!(readable(b"a\xffb"), "a\u{fffd}b");
        for (text, wanted) in [
            (r#""\ud83d\ude00 \u00e9 \n""#, r#""\ud83d\ude00 \u00e9 \n""#),
            (r#""x\ud83dy""#, r#""x\ufffdy""#),
            (r#""\ude00\ud83d""#, r#""\ufffd\ufffd""#),
            (r#""\uD83D\uD83D\uDE00""#, r#""\ufffd\uD83D\uDE00""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""\\\ud83d""#, r#""\\\ufffd""#),
            (r#""\ud8""#, r#""\ud8""#),
            ("\"\\ud83d\\", "\"\\ufffd\\"),
            ("\\ud83é", "\\ud83é"),
            ("\\é\\ud800", "\\é\\ufffd"),
        ] {
            assert_eq!(readable(text.as_bytes()), wanted, "{text}");
        }
    }
}
