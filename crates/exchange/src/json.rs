//! JSON of files that may be anybody's: how much of it is parsed at a time, and what is said of what is none.

use crate::error::Error;
use crate::readable::readable;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Bytes of JSON that are parsed at a time at most: a line, a member of an archive, a document. In memory the values
/// may take forty times as much.
pub const MAX_JSON: u64 = 32 << 20;

/// Parses a text, or says what is wrong with it.
pub fn parse<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Result<T, String> {
    serde_json::from_slice(text)
        .map_err(|error| format!("not valid JSON: {error}{}", advice(text, &error).unwrap_or_default()))
}

/// What to do about an error, when it is one that Python makes: its `json` writes numbers that JSON has not.
pub fn advice(text: &[u8], error: &serde_json::Error) -> Option<&'static str> {
    let line = text.split(|byte| *byte == b'\n').nth(error.line().checked_sub(1)?)?;
    let near = line.get(error.column().saturating_sub(2)..)?;
    let is_there =
        |word: &[u8]| near[..near.len().min(word.len() + 2)].windows(word.len()).any(|at| at == word);
    let is_literal = error.is_syntax() && (is_there(b"NaN") || is_there(b"Infinity"));
    is_literal.then_some("; `NaN` and `Infinity` are no JSON: make texts of them, in quotation marks")
}

/// Reads a file that is not larger than `limit` bytes; what is no text in it is marked.
pub fn read_text(path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    let mut text = Vec::new();
    let reading = File::open(path).and_then(|file| file.take(limit + 1).read_to_end(&mut text));
    reading.map_err(Error::file("read", path))?;
    if text.len() as u64 > limit {
        return Err(Error::malformed(path.display().to_string(), format!("larger than {limit} bytes")));
    }
    Ok(match readable(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(marked) => marked.into_bytes(),
    })
}

/// Reads a document, which is not larger than [`MAX_JSON`].
pub fn read_document<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let text = read_text(path, MAX_JSON)?;
    parse(&text).map_err(|message| Error::malformed(path.display().to_string(), message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn numbers_that_json_has_not_are_told() {
        for text in ["{\"a\": NaN}", "[1,\n -Infinity]", "{\"a\":Infinity}", "NaN"] {
            let message = parse::<Value>(text.as_bytes()).unwrap_err();
            assert!(message.contains("`NaN`"), "{text}: {message}");
        }
        for text in ["{\"a\": None}", "[\"NaN\", \"and much more text behind it\", oops]", "[\"NaN\"", ""] {
            let message = parse::<Value>(text.as_bytes()).unwrap_err();
            assert!(!message.contains("`NaN`"), "{text}: {message}");
        }
    }
}
