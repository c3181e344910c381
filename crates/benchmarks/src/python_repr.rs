//! Values as Python prints them inside a list: EvalScope puts some lists into prompts that way.

use minijinja::{Error, Value as Jinja};
use regex::Regex;
use std::fmt::Write;
use std::sync::LazyLock;

/// The list of texts as Python's `str` prints it: `['one', "it's two"]`.
pub(crate) fn python_list(texts: &Jinja) -> Result<String, Error> {
    let texts: Vec<String> = texts.try_iter()?.map(|text| repr(&text.to_string())).collect();
    Ok(format!("[{}]", texts.join(", ")))
}

/// Python's `repr` of a text.
fn repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut printed = String::with_capacity(text.len() + 2);
    printed.push(quote);
    for c in text.chars() {
        match c {
            '\n' => printed.push_str("\\n"),
            '\r' => printed.push_str("\\r"),
            '\t' => printed.push_str("\\t"),
            '\\' => printed.push_str("\\\\"),
            _ if c == quote => printed.extend(['\\', c]),
            _ if is_printable(c) => printed.push(c),
            _ => escape(c, &mut printed),
        }
    }
    printed.push(quote);
    printed
}

fn escape(c: char, printed: &mut String) {
    let code = u32::from(c);
    let _ = match code {
        0..=0xff => write!(printed, "\\x{code:02x}"),
        0x100..=0xffff => write!(printed, "\\u{code:04x}"),
        _ => write!(printed, "\\U{code:08x}"),
    };
}

/// Python's `str.isprintable`: neither of the categories Other and Separator, except the space.
fn is_printable(c: char) -> bool {
    static HIDDEN: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"[\p{C}\p{Z}]").expect("the regex is a literal"));
    c == ' ' || c.is_ascii_graphic() || !c.is_ascii() && !HIDDEN.is_match(c.encode_utf8(&mut [0; 4]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors from CPython 3.11.
    #[test]
    fn texts_are_printed_as_python_does() {
        for (text, printed) in [
            ("plain", "'plain'"),
            ("it's", "\"it's\""),
            ("both ' and \"", "'both \\' and \"'"),
            ("a\\b\n\r\t", "'a\\\\b\\n\\r\\t'"),
            ("é 中 \u{1f600}", "'é 中 \u{1f600}'"),
            ("\u{a0}\u{200b}\u{7f}\u{2028}\u{ad}", "'\\xa0\\u200b\\x7f\\u2028\\xad'"),
            ("\u{e000}\u{10ffff}\0", "'\\ue000\\U0010ffff\\x00'"),
        ] {
            assert_eq!(repr(text), printed);
        }
        let texts = Jinja::from(vec!["a", "it's"]);
        assert_eq!(python_list(&texts).unwrap(), "['a', \"it's\"]");
        assert_eq!(python_list(&Jinja::from(Vec::<String>::new())).unwrap(), "[]");
    }
}
