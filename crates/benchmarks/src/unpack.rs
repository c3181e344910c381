//! What data sets pack into one text column: JSON, or JSON that was pickled, compressed and written down in base64.

use crate::pickle;
use base64::Engine;
use minijinja::{Error, ErrorKind};
use std::io::Read;

/// Bytes that one text may unpack to: LiveCodeBench's largest set of tests has some tens of millions.
const MOST: u64 = 256 << 20;

/// The JSON text that `text` is, or that is packed in it.
pub(crate) fn unpacked(text: &str) -> Result<String, Error> {
    let is_json = text.trim_start().starts_with(['[', '{', '"']);
    if is_json {
        return Ok(text.to_owned());
    }
    unpack(text).map_err(|message| Error::new(ErrorKind::InvalidOperation, message))
}

fn unpack(text: &str) -> Result<String, String> {
    let wrong = |error: &dyn std::fmt::Display| format!("the text is neither JSON nor packed JSON: {error}");
    let packed = base64::engine::general_purpose::STANDARD.decode(text.trim());
    let packed = packed.map_err(|error| wrong(&error))?;
    let mut bytes = Vec::new();
    let read = flate2::read::ZlibDecoder::new(packed.as_slice()).take(MOST + 1).read_to_end(&mut bytes);
    read.map_err(|error| wrong(&error))?;
    if bytes.len() as u64 > MOST {
        return Err(format!("the packed text is longer than {} MB", MOST >> 20));
    }
    pickle::text(&bytes).map(str::to_owned).map_err(|error| wrong(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_packed_comes_out() {
        // base64.b64encode(zlib.compress(pickle.dumps(json.dumps([{"input": "1\n", "output": "é"}])))) of CPython 3.11.
        let packed = "eJxrYJmqxQABPWrR1UqZeQWlJUpWCkqGMXlKOgpK+aUlUIGYUgODVEul2tgpegBaTw4j";
        assert_eq!(unpacked(packed).unwrap(), r#"[{"input": "1\n", "output": "\u00e9"}]"#);
        assert_eq!(unpacked("[1, 2]").unwrap(), "[1, 2]");
        assert!(unpacked("no base64 at all!").unwrap_err().to_string().contains("neither JSON"));
        assert!(unpacked("AAAA").is_err());
    }
}
