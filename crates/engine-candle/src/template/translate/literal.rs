//! Texts in a template, which have Python's escapes: minijinja has JSON's.

use super::super::tokens::Token;

/// Texts beside one another as one text for minijinja.
pub(super) fn translate(tokens: &[Token<'_>]) -> Result<String, String> {
    let is_plain = |token: &Token<'_>| !token.text.contains('\\');
    match tokens {
        [only] if is_plain(only) => Ok([only.space, only.text].concat()),
        _ => {
            let mut text = String::new();
            for token in tokens {
                read(&token.text[1..token.text.len() - 1], &mut text)?;
            }
            let space = tokens.first().map_or("", |token| token.space);
            Ok(format!("{space}'{}'", written(&text)))
        }
    }
}

fn written(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n")
}

/// What Python's `unicode-escape` makes of a text.
fn read(text: &str, out: &mut String) -> Result<(), String> {
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let escape = &rest[at + 1..];
        let Some(letter) = escape.chars().next() else { break };
        let behind = &escape[letter.len_utf8()..];
        rest = match letter {
            'N' => return Err(named(escape)),
            'x' => code(behind, 2, out)?,
            'u' => pair(behind, out)?,
            'U' => code(behind, 8, out)?,
            '0'..='7' => octal(escape, out),
            '\n' => behind,
            _ => {
                match simple(letter) {
                    Some(sign) => out.push(sign),
                    None if letter.is_ascii() => out.extend(['\\', letter]),
                    None => out.push_str(&escaped(letter)),
                }
                behind
            }
        };
    }
    out.push_str(rest);
    Ok(())
}

/// A letter that is no ASCII behind a backslash: Jinja2 writes it as an escape first, of which that backslash takes the sign.
fn escaped(letter: char) -> String {
    match u32::from(letter) {
        number @ 0..=0xff => format!("\\x{number:02x}"),
        number @ 0x100..=0xffff => format!("\\u{number:04x}"),
        number => format!("\\U{number:08x}"),
    }
}

fn simple(letter: char) -> Option<char> {
    Some(match letter {
        '\\' | '\'' | '"' => letter,
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        _ => return None,
    })
}

fn named(escape: &str) -> String {
    let end = escape.find('}').map_or(escape.len(), |end| end + 1);
    format!(
        "the character `\\{}` is written by its name: write it itself, or its number as in `\\u2022`",
        &escape[..end]
    )
}

fn wrong(digits: &str) -> String {
    format!("a text has an escape with a wrong number: `{digits}`")
}

/// The number in so many digits, and what follows it.
fn number(text: &str, digits: usize) -> Result<(u32, &str), String> {
    let wrong = || wrong(text.split(['\'', '"', ' ']).next().unwrap_or_default());
    let number = text.get(..digits).filter(|number| number.bytes().all(|digit| digit.is_ascii_hexdigit()));
    let number = number.and_then(|number| u32::from_str_radix(number, 16).ok()).ok_or_else(wrong)?;
    Ok((number, &text[digits..]))
}

fn code<'t>(text: &'t str, digits: usize, out: &mut String) -> Result<&'t str, String> {
    let (number, behind) = number(text, digits)?;
    out.push(char::from_u32(number).ok_or_else(|| wrong(&text[..digits]))?);
    Ok(behind)
}

/// A character, or two halves of one. In Python halves stay halves, which no prompt can hold.
fn pair<'t>(text: &'t str, out: &mut String) -> Result<&'t str, String> {
    let (first, behind) = number(text, 4)?;
    if char::from_u32(first).is_some() {
        return code(text, 4, out);
    }
    let (second, behind) = number(behind.strip_prefix("\\u").ok_or_else(|| wrong(&text[..4]))?, 4)?;
    let whole = char::decode_utf16([first, second].map(|half| u16::try_from(half).unwrap_or_default()));
    out.extend(whole.collect::<Result<Vec<_>, _>>().map_err(|_| wrong(&text[..4]))?);
    Ok(behind)
}

/// One to three digits to the base of eight.
fn octal<'t>(text: &'t str, out: &mut String) -> &'t str {
    let is_digit = |digit: &u8| (b'0'..=b'7').contains(digit);
    let length = text.bytes().take(3).take_while(is_digit).count();
    let number = u32::from_str_radix(&text[..length], 8).unwrap_or_default();
    out.extend(char::from_u32(number));
    &text[length..]
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn escapes_are_those_of_python() {
        for (text, expected) in [
            (r"a\n\t\\\'\x41\101\0\u00e9\U0001d11e", "a\n\t\\'AA\0é𝄞"),
            (r"\d\ \é\中", r"\d\ \xe9\u4e2d"),
            (r"\ud834\udd1e", "𝄞"),
            ("a\\\nb", "ab"),
        ] {
            let mut out = String::new();
            read(text, &mut out).unwrap();
            assert_eq!(out, expected);
        }
        for text in [r"\N{BULLET}", r"\x4", r"\u12", r"\ud834", r"\U00110000"] {
            assert!(read(text, &mut String::new()).is_err(), "{text}");
        }
    }
}
