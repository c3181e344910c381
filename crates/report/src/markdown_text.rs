//! Texts of others inside Markdown.

use crate::text::plain;

/// `text` as plain words: nothing in it is Markdown or HTML.
pub fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in plain(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
}

/// `text` between backticks.
pub fn code(text: &str) -> String {
    plain(text).replace('`', "'")
}
