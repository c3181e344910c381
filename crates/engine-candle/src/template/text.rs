//! What Python's `str` and `repr` make of values.

use super::arguments::wrong;
use super::cost::{looks, pay, pay_written};
use super::group::is_tuple;
use super::methods::{View, is_dict};
use super::operators::Method;
use super::range::is_range;
use minijinja::value::{Tuple, Value, ValueKind};
use minijinja::{Error, State};
use regex::Regex;
use std::sync::LazyLock;

/// Lists inside one another at most.
pub(super) const DEEPEST: usize = 200;

/// Characters that Python's `repr` escapes.
static UNPRINTABLE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^[\p{C}\p{Z}--\x20]$").expect("the pattern is constant and right"));

/// The value as `str` has it.
pub(super) fn text(state: &State<'_, '_>, value: &Value) -> Result<String, Error> {
    match value.kind() {
        ValueKind::String => Ok(value.as_str().unwrap_or_default().to_owned()),
        ValueKind::Undefined => Ok(String::new()),
        _ => repr(state, value),
    }
}

/// The value as `repr` has it.
pub(super) fn repr(state: &State<'_, '_>, value: &Value) -> Result<String, Error> {
    let mut writer = Writer { state, out: String::new() };
    writer.write(value, 0)?;
    Ok(writer.out)
}

/// The value as `pprint` has it, were a line endless: the keys of dicts are in order.
pub(super) fn pretty(state: &State<'_, '_>, value: &Value) -> Result<String, Error> {
    repr(state, &sorted(state, value, 0)?)
}

fn sorted(state: &State<'_, '_>, value: &Value, depth: usize) -> Result<Value, Error> {
    pay_written(state, 0)?;
    match value.kind() {
        ValueKind::Seq if depth < DEEPEST && !is_range(value) => {
            let values = value.try_iter()?.map(|value| sorted(state, &value, depth + 1));
            let values = values.collect::<Result<Vec<_>, _>>()?;
            Ok(if is_tuple(value) { Value::from(Tuple::from(values)) } else { Value::from(values) })
        }
        ValueKind::Map if depth < DEEPEST && is_dict(value) => {
            let mut keys: Vec<Value> = value.try_iter()?.collect();
            pay(state, &Value::from(keys.clone()), looks(value))?;
            keys.sort();
            let pair = |key: Value| Ok((key.clone(), sorted(state, &value.get_item(&key)?, depth + 1)?));
            Ok(Value::from_pairs(keys.into_iter().map(pair).collect::<Result<Vec<_>, Error>>()?))
        }
        _ => Ok(value.clone()),
    }
}

/// A text that values are written into, each of which is paid for.
struct Writer<'a> {
    state: &'a State<'a, 'a>,
    out: String,
}

impl Writer<'_> {
    fn write(&mut self, value: &Value, depth: usize) -> Result<(), Error> {
        if depth > DEEPEST {
            return Err(wrong("a value is nested too deeply to be printed"));
        }
        pay_written(self.state, value.as_bytes().map_or(0, <[u8]>::len))?;
        let out = &mut self.out;
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
            ValueKind::Seq => self.list(value, depth)?,
            ValueKind::Map if is_dict(value) => self.dict(value, depth)?,
            ValueKind::Map => self.namespace(value, depth)?,
            _ if let Some(view) = value.downcast_object_ref::<View>() => {
                out.extend([view.name, "("]);
                self.list(&Value::from(view.values.clone()), depth)?;
                self.out.push(')');
            }
            _ if value.downcast_object_ref::<Method>().is_some() => {
                return Err(wrong("a method cannot be printed: put `()` behind it to call it"));
            }
            ValueKind::Iterable => self.list(value, depth)?,
            _ => out.push_str(&value.to_string()),
        }
        Ok(())
    }

    fn list(&mut self, list: &Value, depth: usize) -> Result<(), Error> {
        let is_tuple = is_tuple(list);
        self.out.push(if is_tuple { '(' } else { '[' });
        for (at, value) in list.try_iter()?.enumerate() {
            self.out.push_str(if at == 0 { "" } else { ", " });
            self.write(&value, depth + 1)?;
        }
        if is_tuple && list.len() == Some(1) {
            self.out.push(',');
        }
        self.out.push(if is_tuple { ')' } else { ']' });
        Ok(())
    }

    fn dict(&mut self, dict: &Value, depth: usize) -> Result<(), Error> {
        self.out.push('{');
        for (at, key) in dict.try_iter()?.enumerate() {
            self.out.push_str(if at == 0 { "" } else { ", " });
            self.write(&key, depth + 1)?;
            self.out.push_str(": ");
            self.write(&dict.get_item(&key)?, depth + 1)?;
        }
        self.out.push('}');
        Ok(())
    }

    /// A namespace, or what else minijinja takes for a map. Python has its fields in the order in which they were set,
    /// which nobody knows here.
    fn namespace(&mut self, namespace: &Value, depth: usize) -> Result<(), Error> {
        if namespace.len().unwrap_or(0) > 1 {
            return Err(wrong("a namespace of several fields cannot be printed: print its fields"));
        }
        self.out.push_str("<Namespace ");
        self.dict(namespace, depth)?;
        self.out.push('>');
        Ok(())
    }
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
        let environment = minijinja::Environment::new();
        let state = environment.empty_state();
        // Python 3.11: repr of each.
        for (text, quoted) in [
            ("it's", "\"it's\""),
            ("a'\"", "'a\\'\"'"),
            ("\u{a0}\u{200b}\u{2028}\u{0}\u{e000}é\u{ad}", "'\\xa0\\u200b\\u2028\\x00\\ue000é\\xad'"),
            ("\u{e0001}𝄞", "'\\U000e0001𝄞'"),
        ] {
            assert_eq!(repr(&state, &Value::from(text)).unwrap(), quoted);
        }
        assert_eq!(repr(&state, &Value::from_bytes(b"a'\xe9\n".to_vec())).unwrap(), "b\"a'\\xe9\\n\"");
    }
}
