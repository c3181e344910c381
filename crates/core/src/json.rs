//! Lossless JSON text to [`Value`]. One pass over the text, bounded depth, errors with a column.

use crate::value::{Row, Value};
use serde::{Deserialize, Deserializer};

/// Nesting beyond this is refused: no data set needs it, and recursion must end.
pub const MAX_DEPTH: usize = 128;

/// What is wrong with a JSON text, and at which byte column (counted from 1).
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message} at column {column}")]
pub struct JsonError {
    /// What was expected or found.
    pub message: String,
    /// Where, in bytes, from 1.
    pub column: usize,
}

/// Parses one JSON text. Python's `NaN` and `Infinity` are refused: they are not JSON.
pub fn parse(text: &str) -> Result<Value, JsonError> {
    let mut parser = Parser { text, at: 0 };
    parser.skip_space();
    let value = parser.value(0)?;
    parser.skip_space();
    match parser.peek() {
        None => Ok(value),
        Some(_) => Err(parser.error("unexpected text after the value")),
    }
}

/// Reads JSON only: numbers are looked at as text, which other formats do not offer.
impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&serde_json::value::RawValue>::deserialize(deserializer)?;
        parse(raw.get()).map_err(serde::de::Error::custom)
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn error(&self, message: &str) -> JsonError {
        JsonError { message: message.to_owned(), column: self.at + 1 }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, JsonError> {
        if depth > MAX_DEPTH {
            return Err(self.error("nested too deeply"));
        }
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => Ok(Value::String(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            Some(_) => Err(self.error("expected a value")),
            None => Err(self.error("the text ends where a value was expected")),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, JsonError> {
        if self.text[self.at..].starts_with(word) {
            self.at += word.len();
            Ok(value)
        } else {
            Err(self.error("expected a value"))
        }
    }

    fn number(&mut self) -> Result<Value, JsonError> {
        let start = self.at;
        while matches!(self.peek(), Some(b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')) {
            self.at += 1;
        }
        let text = &self.text[start..self.at];
        match serde_json::from_str::<&serde_json::value::RawValue>(text) {
            Ok(_) => Ok(Value::from_number_text(text)),
            Err(_) => {
                self.at = start;
                Err(self.error("not a number"))
            }
        }
    }

    fn string(&mut self) -> Result<String, JsonError> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut end = start + 1;
        loop {
            match bytes.get(end) {
                Some(b'"') => break,
                Some(b'\\') => end += 2,
                Some(_) => end += 1,
                None => {
                    self.at = start;
                    return Err(self.error("text without a closing quote"));
                }
            }
        }
        let quoted = &self.text[start..=end];
        match serde_json::from_str::<String>(quoted) {
            Ok(text) => {
                self.at = end + 1;
                Ok(text)
            }
            Err(error) => {
                self.at = start + error.column().saturating_sub(1);
                Err(self.error("text with an invalid escape or a control character"))
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.at += 1;
        let mut items = Vec::new();
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::List(items));
        }
        loop {
            self.skip_space();
            items.push(self.value(depth + 1)?);
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Value::List(items));
                }
                _ => return Err(self.error("expected `,` or `]`")),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.at += 1;
        let mut fields = Row::new();
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Object(fields));
        }
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return Err(self.error("expected a field name in quotes"));
            }
            let name = self.string()?;
            self.skip_space();
            if self.peek() != Some(b':') {
                return Err(self.error("expected `:`"));
            }
            self.at += 1;
            self.skip_space();
            let value = self.value(depth + 1)?;
            fields.insert(name, value);
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Value::Object(fields));
                }
                _ => return Err(self.error("expected `,` or `}`")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fails(text: &str, message: &str, column: usize) {
        let error = parse(text).unwrap_err();
        assert_eq!((error.message.as_str(), error.column), (message, column), "{text}");
    }

    #[test]
    fn errors_have_columns() {
        fails(r#"{"a": 1 "b": 2}"#, "expected `,` or `}`", 9);
        fails(r#"{"a": }"#, "expected a value", 7);
        fails(r#"{"a": "x"#, "text without a closing quote", 7);
        fails("[1, 01]", "not a number", 5);
        fails("1 2", "unexpected text after the value", 3);
        fails("NaN", "expected a value", 1);
        fails("", "the text ends where a value was expected", 1);
        fails("\"a\\", "text without a closing quote", 1);
    }

    #[test]
    fn deep_nesting_ends() {
        assert_eq!(parse(&"[".repeat(100_000)).unwrap_err().message, "nested too deeply");
    }

    #[test]
    fn last_of_equal_names_wins_as_in_python() {
        let value = parse(r#"{"a":1,"a":2}"#).unwrap();
        assert_eq!(value.as_object().unwrap()["a"], Value::Int(2));
    }

    #[test]
    fn surrogates_are_joined() {
        assert_eq!(parse(r#""\ud83d\ude00""#).unwrap(), Value::from("😀"));
    }
}
