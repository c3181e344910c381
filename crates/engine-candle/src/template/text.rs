//! What Python's `str` and `repr` make of values.

use super::methods::View;
use super::operators::Method;
use super::range::is_range;
use minijinja::value::{Tuple, Value, ValueKind};
use minijinja::{Error, ErrorKind};
use regex::Regex;
use std::sync::LazyLock;

/// Lists inside one another at most.
const DEEPEST: usize = 200;

/// Characters that Python's `repr` escapes.
static UNPRINTABLE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^[\p{C}\p{Z}--\x20]$").expect("the pattern is constant and right"));

/// The value as `str` has it.
pub(super) fn text(value: &Value) -> Result<String, Error> {
    match value.kind() {
        ValueKind::String => Ok(value.as_str().unwrap_or_default().to_owned()),
        ValueKind::Undefined => Ok(String::new()),
        _ => repr(value),
    }
}

/// The value as `repr` has it.
pub(super) fn repr(value: &Value) -> Result<String, Error> {
    let mut out = String::new();
    write(&mut out, value, 0)?;
    Ok(out)
}

/// The value as `pprint` has it, were a line endless: the keys of dicts are in order.
pub(super) fn pretty(value: &Value) -> Result<String, Error> {
    repr(&sorted(value, 0)?)
}

fn sorted(value: &Value, depth: usize) -> Result<Value, Error> {
    match value.kind() {
        ValueKind::Seq if depth < DEEPEST && !is_range(value) => {
            let values =
                value.try_iter()?.map(|value| sorted(&value, depth + 1)).collect::<Result<Vec<_>, _>>()?;
            Ok(if value.is_tuple() { Value::from(Tuple::from(values)) } else { Value::from(values) })
        }
        ValueKind::Map if depth < DEEPEST => {
            let mut keys: Vec<Value> = value.try_iter()?.collect();
            keys.sort();
            let pair = |key: Value| Ok((key.clone(), sorted(&value.get_item(&key)?, depth + 1)?));
            Ok(Value::from_pairs(keys.into_iter().map(pair).collect::<Result<Vec<_>, Error>>()?))
        }
        _ => Ok(value.clone()),
    }
}

fn write(out: &mut String, value: &Value, depth: usize) -> Result<(), Error> {
    if depth > DEEPEST {
        return Err(Error::new(ErrorKind::InvalidOperation, "a value is nested too deeply to be printed"));
    }
    match value.kind() {
        ValueKind::Undefined => out.push_str("Undefined"),
        ValueKind::String if value.is_safe() => {
            out.push_str("Markup(");
            quote(out, value.as_str().unwrap_or_default());
            out.push(')');
        }
        ValueKind::String => quote(out, value.as_str().unwrap_or_default()),
        ValueKind::Bytes => quote_bytes(out, value.as_bytes().unwrap_or_default()),
        ValueKind::Number if !value.is_integer() => out.push_str(&float(f64::try_from(value.clone())?)),
        ValueKind::Seq if is_range(value) => out.push_str(&value.to_string()),
        ValueKind::Seq => write_list(out, value, depth)?,
        ValueKind::Map => write_dict(out, value, depth)?,
        _ if let Some(view) = value.downcast_object_ref::<View>() => {
            out.extend([view.name, "("]);
            write_list(out, &Value::from(view.values.clone()), depth)?;
            out.push(')');
        }
        _ if value.downcast_object_ref::<Method>().is_some() => {
            let message = "a method cannot be printed: put `()` behind it to call it";
            return Err(Error::new(ErrorKind::InvalidOperation, message));
        }
        ValueKind::Iterable => write_list(out, value, depth)?,
        _ => out.push_str(&value.to_string()),
    }
    Ok(())
}

fn write_list(out: &mut String, list: &Value, depth: usize) -> Result<(), Error> {
    let is_tuple = list.is_tuple() || is_group(list);
    out.push(if is_tuple { '(' } else { '[' });
    for (at, value) in list.try_iter()?.enumerate() {
        out.push_str(if at == 0 { "" } else { ", " });
        write(out, &value, depth + 1)?;
    }
    if is_tuple && list.len() == Some(1) {
        out.push(',');
    }
    out.push(if is_tuple { ')' } else { ']' });
    Ok(())
}

/// Whether the value is a group of the filter `groupby`, which is a tuple in Jinja2.
fn is_group(value: &Value) -> bool {
    value.as_object().is_some_and(|object| object.type_name().ends_with("::GroupTuple"))
}

fn write_dict(out: &mut String, dict: &Value, depth: usize) -> Result<(), Error> {
    out.push('{');
    for (at, key) in dict.try_iter()?.enumerate() {
        out.push_str(if at == 0 { "" } else { ", " });
        write(out, &key, depth + 1)?;
        out.push_str(": ");
        write(out, &dict.get_item(&key)?, depth + 1)?;
    }
    out.push('}');
    Ok(())
}

fn quote(out: &mut String, text: &str) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for letter in text.chars() {
        match letter {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            _ if letter == quote => out.extend(['\\', quote]),
            _ if is_printable(letter) => out.push(letter),
            _ => out.push_str(&escaped(u32::from(letter))),
        }
    }
    out.push(quote);
}

fn escaped(code: u32) -> String {
    match code {
        0..0x100 => format!("\\x{code:02x}"),
        0x100..0x1_0000 => format!("\\u{code:04x}"),
        _ => format!("\\U{code:08x}"),
    }
}

/// Whether `repr` shows it as it is.
pub(super) fn is_printable(letter: char) -> bool {
    if letter.is_ascii() {
        return !letter.is_ascii_control();
    }
    !UNPRINTABLE.is_match(letter.encode_utf8(&mut [0; 4]))
}

fn quote_bytes(out: &mut String, bytes: &[u8]) {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    out.extend(['b', quote]);
    for byte in bytes {
        match byte {
            b'"' => out.push('"'),
            b'\'' if quote == '"' => out.push('\''),
            b'\'' => out.push_str("\\'"),
            _ => out.extend(byte.escape_ascii().map(char::from)),
        }
    }
    out.push(quote);
}

/// A number as `repr` has it: as few digits as tell it apart, an exponent from 1e16 on and below 1e-4.
pub(super) fn float(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    let size = number.abs();
    if size != 0.0 && !(1e-4..1e16).contains(&size) && number.is_finite() {
        let text = format!("{number:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, exponent) = match exponent.strip_prefix('-') {
            Some(exponent) => ('-', exponent),
            None => ('+', exponent),
        };
        return format!("{digits}e{sign}{exponent:0>2}");
    }
    let text = format!("{number}");
    if text.contains('.') || !number.is_finite() { text } else { format!("{text}.0") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_python() {
        // Python 3.11: repr of each.
        for (number, text) in [
            (1.0, "1.0"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e16, "1e+16"),
            (123_456_789_012_345_680.0, "1.2345678901234568e+17"),
            (1e15, "1000000000000000.0"),
            (1e-7, "1e-07"),
            (-0.0001, "-0.0001"),
            (1e-5, "1e-05"),
            (1e100, "1e+100"),
            (0.0, "0.0"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
        ] {
            assert_eq!(float(number), text);
        }
    }

    #[test]
    fn texts_are_quoted_as_python_does() {
        // Python 3.11: repr of each.
        for (text, quoted) in [
            ("it's", "\"it's\""),
            ("a'\"", "'a\\'\"'"),
            ("\u{a0}\u{200b}\u{2028}\u{0}\u{e000}é\u{ad}", "'\\xa0\\u200b\\u2028\\x00\\ue000é\\xad'"),
            ("\u{e0001}𝄞", "'\\U000e0001𝄞'"),
        ] {
            assert_eq!(repr(&Value::from(text)).unwrap(), quoted);
        }
        assert_eq!(repr(&Value::from_bytes(b"a'\xe9\n".to_vec())).unwrap(), "b\"a'\\xe9\\n\"");
    }
}
