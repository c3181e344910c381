//! A lossless value of a data set: what JSON, CSV and Parquet can say, with numbers that keep every digit.
//!
//! `serde_json::Value` turns `12345678901234567890123` into a float. A benchmark's gold answer must not change
//! by being read, so a number that neither `i64` nor `f64` holds exactly is kept as its text.

use indexmap::IndexMap;
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

/// One row of a data set: column name to value, in the order of the file.
pub type Row = IndexMap<String, Value>;

/// A cell of a row.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// Absent, JSON `null`, or a Parquet null.
    #[default]
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number that fits 64 bits.
    Int(i64),
    /// A number that 64-bit floating point holds with all its written digits.
    Float(f64),
    /// Any other number, as it was written.
    Number(Box<str>),
    /// Text.
    String(String),
    /// Bytes, as in a Parquet image column. JSON shows them in base 16 behind `hex:`.
    Bytes(Vec<u8>),
    /// A list.
    List(Vec<Value>),
    /// A nested record.
    Object(Row),
}

impl Value {
    /// Parses the text of a JSON number without losing a digit.
    ///
    /// The text must follow JSON's number grammar; what `i64` and `f64` cannot hold exactly stays text.
    pub fn from_number_text(text: &str) -> Value {
        if let Ok(whole) = text.parse::<i64>()
            && text != "-0"
        {
            return Value::Int(whole);
        }
        match text.parse::<f64>() {
            Ok(float) if float.is_finite() && same_decimal(text, &format!("{float:?}")) => {
                Value::Float(float)
            }
            _ => Value::Number(text.into()),
        }
    }

    /// Text, when this is text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// A whole number, when this is one (`3.0` counts).
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Value::Int(whole) => Some(*whole),
            Value::Float(float) if float.fract() == 0.0 && float.abs() < 9e15 => Some(*float as i64),
            _ => None,
        }
    }

    /// The elements, when this is a list.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// The fields, when this is a record.
    pub fn as_object(&self) -> Option<&Row> {
        match self {
            Value::Object(fields) => Some(fields),
            _ => None,
        }
    }

    /// Whether this is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// What kind of value this is, for error messages.
    pub fn kind_name(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a truth value",
            Value::Int(_) | Value::Float(_) | Value::Number(_) => "a number",
            Value::String(_) => "text",
            Value::Bytes(_) => "bytes",
            Value::List(_) => "a list",
            Value::Object(_) => "a record",
        }
    }
}

/// Whether two decimal texts name the same number, digit for digit.
fn same_decimal(a: &str, b: &str) -> bool {
    decimal_parts(a) == decimal_parts(b)
}

/// Sign, significant digits and exponent of a decimal text; zero has no digits.
fn decimal_parts(text: &str) -> (bool, String, i64) {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse::<i64>().unwrap_or(i64::MAX / 2)),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let mut exponent = exponent - fraction.len() as i64;
    let trimmed = digits.trim_end_matches('0');
    exponent += (digits.len() - trimmed.len()) as i64;
    let significant = trimmed.trim_start_matches('0').to_owned();
    if significant.is_empty() {
        exponent = 0;
    }
    (negative, significant, exponent)
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(truth) => serializer.serialize_bool(*truth),
            Value::Int(whole) => serializer.serialize_i64(*whole),
            Value::Float(float) => serializer.serialize_f64(*float),
            Value::Number(text) => match serde_json::value::RawValue::from_string(text.to_string()) {
                Ok(raw) => raw.serialize(serializer),
                Err(_) => serializer.serialize_str(text),
            },
            Value::String(text) => serializer.serialize_str(text),
            Value::Bytes(bytes) => {
                let mut text = String::with_capacity(4 + 2 * bytes.len());
                text.push_str("hex:");
                for byte in bytes {
                    text.push_str(&format!("{byte:02x}"));
                }
                serializer.serialize_str(&text)
            }
            Value::List(items) => {
                let mut sequence = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    sequence.serialize_element(item)?;
                }
                sequence.end()
            }
            Value::Object(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (name, value) in fields {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::String(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str) {
        let value: Value = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&value).unwrap(), json);
    }

    #[test]
    fn numbers_survive() {
        check("[0,-1,9223372036854775807,9223372036854775808,12345678901234567890123]");
        check("[0.1,1.0,-2.5,0.12345678901234567890123,1e400]");
    }

    #[test]
    fn structure_and_text_survive() {
        check(r#"{"b":null,"a":{"z":[true,false,{"k":"日本 \"x\"\n"}]}}"#);
    }

    #[test]
    fn floats_are_floats_when_exact() {
        assert_eq!(Value::from_number_text("1.50"), Value::Float(1.5));
        assert_eq!(Value::from_number_text("1e2"), Value::Float(100.0));
        assert_eq!(Value::from_number_text("-0"), Value::Float(-0.0));
        assert_eq!(
            Value::from_number_text("0.10000000000000000001"),
            Value::Number("0.10000000000000000001".into())
        );
    }
}
