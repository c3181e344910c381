//! Halves of characters in JSON: escapes of one surrogate without the other, which Python writes and reads and which are no
//! text to anybody else.

use std::borrow::Cow;

/// U+FFFD, as JSON's escape.
const MARK: &str = "\\ufffd";

/// Returns the JSON text with `\ufffd` in the place of each escape that is half of a character without the other half. All else,
/// and the length in bytes, stays.
pub fn without_halves(text: &str) -> Cow<'_, str> {
    // Only `\ud…` can be half of a character, and most texts have none.
    let may_have =
        text.as_bytes().windows(3).any(|at| at[..2] == *b"\\u" && at[2].eq_ignore_ascii_case(&b'd'));
    if may_have { Cow::Owned(marked(text)) } else { Cow::Borrowed(text) }
}

fn marked(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        made.push_str(before);
        let taken = match (half(escape), escape.get(6..).and_then(half)) {
            (Some(Half::First), Some(Half::Second)) => 12,
            (Some(_), _) => {
                made.push_str(MARK);
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
    fn a_half_is_marked_where_it_stood() {
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
            assert_eq!(without_halves(text), wanted, "{text}");
        }
    }
}
