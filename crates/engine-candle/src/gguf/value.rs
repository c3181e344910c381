//! Metadata values, and looking them up with the type that is wanted.

use super::cursor::{Cursor, Fault, nonsense};
use std::collections::BTreeMap;
use std::io::BufRead;

/// Elements of one array at most. The largest vocabularies have some 300 000 entries.
const MAX_ELEMENTS: u64 = 4 << 20;

/// One value of the metadata. Widths are given up: what matters is that it is a whole number.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// A whole number.
    Integer(i128),
    /// A number.
    Float(f64),
    /// Yes or no.
    Bool(bool),
    /// Text.
    Text(String),
    /// Several texts.
    Texts(Vec<String>),
    /// Several whole numbers.
    Integers(Vec<i64>),
    /// Several numbers.
    Floats(Vec<f32>),
}

/// Codes of the value types in the file.
const ARRAY: u32 = 9;
const TEXT: u32 = 8;

pub(super) fn read_value<R: BufRead>(cursor: &mut Cursor<R>) -> Result<Value, Fault> {
    match cursor.u32()? {
        ARRAY => read_array(cursor),
        kind => read_scalar(cursor, kind),
    }
}

fn read_scalar<R: BufRead>(cursor: &mut Cursor<R>, kind: u32) -> Result<Value, Fault> {
    Ok(match kind {
        0 => Value::Integer(i128::from(u8::from_le_bytes(cursor.array()?))),
        1 => Value::Integer(i128::from(i8::from_le_bytes(cursor.array()?))),
        2 => Value::Integer(i128::from(u16::from_le_bytes(cursor.array()?))),
        3 => Value::Integer(i128::from(i16::from_le_bytes(cursor.array()?))),
        4 => Value::Integer(i128::from(cursor.u32()?)),
        5 => Value::Integer(i128::from(i32::from_le_bytes(cursor.array()?))),
        6 => Value::Float(f64::from(f32::from_le_bytes(cursor.array()?))),
        7 => Value::Bool(cursor.array::<1>()?[0] != 0),
        TEXT => Value::Text(cursor.text()?),
        10 => Value::Integer(i128::from(cursor.u64()?)),
        11 => Value::Integer(i128::from(i64::from_le_bytes(cursor.array()?))),
        12 => Value::Float(f64::from_le_bytes(cursor.array()?)),
        _ => return nonsense(format!("unknown value type {kind} before byte {}", cursor.position())),
    })
}

/// Bytes that one element takes at least.
fn element_size(kind: u32) -> Option<u64> {
    Some(match kind {
        0 | 1 | 7 => 1,
        2 | 3 => 2,
        4..=6 => 4,
        8 | 10..=12 => 8,
        _ => return None,
    })
}

fn read_array<R: BufRead>(cursor: &mut Cursor<R>) -> Result<Value, Fault> {
    let kind = cursor.u32()?;
    let count = cursor.u64()?;
    let Some(size) = element_size(kind) else {
        return nonsense(format!("an array of type {kind} at byte {}", cursor.position()));
    };
    if count > MAX_ELEMENTS || count.saturating_mul(size) > cursor.left() {
        return nonsense(format!("an array of {count} elements at byte {}", cursor.position()));
    }
    match kind {
        TEXT => {
            let texts: Result<Vec<_>, _> = (0..count).map(|_| cursor.text()).collect();
            Ok(Value::Texts(texts?))
        }
        6 | 12 => {
            let numbers: Result<Vec<_>, _> = (0..count)
                .map(|_| match read_scalar(cursor, kind)? {
                    Value::Float(number) => Ok(number as f32),
                    _ => nonsense("a number array without numbers"),
                })
                .collect();
            Ok(Value::Floats(numbers?))
        }
        _ => {
            let numbers: Result<Vec<_>, _> = (0..count)
                .map(|_| match read_scalar(cursor, kind)? {
                    Value::Integer(number) => Ok(i64::try_from(number).unwrap_or(i64::MAX)),
                    Value::Bool(yes) => Ok(i64::from(yes)),
                    _ => nonsense("a number array without numbers"),
                })
                .collect();
            Ok(Value::Integers(numbers?))
        }
    }
}

/// The metadata of a file, by key.
#[derive(Debug, Default)]
pub(crate) struct Metadata(pub(super) BTreeMap<String, Value>);

impl Metadata {
    /// A whole number that is not negative; `None` when the key is absent.
    pub(crate) fn count(&self, key: &str) -> Result<Option<u64>, Fault> {
        match self.0.get(key) {
            None => Ok(None),
            Some(Value::Integer(number)) if u64::try_from(*number).is_ok() => Ok(Some(*number as u64)),
            Some(_) => wrong_type(key, "a whole number"),
        }
    }

    /// A number.
    pub(crate) fn number(&self, key: &str) -> Result<Option<f64>, Fault> {
        match self.0.get(key) {
            None => Ok(None),
            Some(Value::Float(number)) => Ok(Some(*number)),
            Some(Value::Integer(number)) => Ok(Some(*number as f64)),
            Some(_) => wrong_type(key, "a number"),
        }
    }

    /// Yes or no.
    pub(crate) fn flag(&self, key: &str) -> Result<Option<bool>, Fault> {
        match self.0.get(key) {
            None => Ok(None),
            Some(Value::Bool(yes)) => Ok(Some(*yes)),
            Some(_) => wrong_type(key, "yes or no"),
        }
    }

    /// Text.
    pub(crate) fn text(&self, key: &str) -> Result<Option<&str>, Fault> {
        match self.0.get(key) {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(_) => wrong_type(key, "text"),
        }
    }

    /// Several texts.
    pub(crate) fn texts(&self, key: &str) -> Result<Option<&[String]>, Fault> {
        match self.0.get(key) {
            None => Ok(None),
            Some(Value::Texts(texts)) => Ok(Some(texts)),
            Some(_) => wrong_type(key, "texts"),
        }
    }

    /// Several whole numbers.
    pub(crate) fn integers(&self, key: &str) -> Result<Option<&[i64]>, Fault> {
        match self.0.get(key) {
            None => Ok(None),
            Some(Value::Integers(numbers)) => Ok(Some(numbers)),
            Some(_) => wrong_type(key, "whole numbers"),
        }
    }

    /// Several numbers.
    pub(crate) fn floats(&self, key: &str) -> Result<Option<&[f32]>, Fault> {
        match self.0.get(key) {
            None => Ok(None),
            Some(Value::Floats(numbers)) => Ok(Some(numbers)),
            Some(_) => wrong_type(key, "numbers"),
        }
    }
}

fn wrong_type<T>(key: &str, wanted: &str) -> Result<T, Fault> {
    nonsense(format!("`{key}` is not {wanted}"))
}
