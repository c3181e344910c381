//! The lines of a text file, one after the other, none longer than a limit.

use super::MAX_ROW;
use crate::content::{BOM, Content, read_failed, too_large};
use crate::error::Error;
use std::io::{BufRead, BufReader, Read};

/// Lines with their numbers, from 1; blank ones are left out.
pub(crate) struct Lines {
    name: String,
    reader: BufReader<Box<dyn Read + Send>>,
    number: u64,
    max_bytes: u64,
}

impl Lines {
    /// The lines of a file.
    pub fn new(content: Content) -> Lines {
        Lines {
            name: content.name.clone(),
            reader: BufReader::with_capacity(1 << 16, content.into_stream()),
            number: 0,
            max_bytes: MAX_ROW,
        }
    }

    /// The name of the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn read_line(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let mut line = Vec::new();
        let count = (&mut self.reader)
            .take(self.max_bytes + 1)
            .read_until(b'\n', &mut line)
            .map_err(|error| read_failed(&self.name, error))?;
        if count as u64 > self.max_bytes {
            return Err(too_large(&self.name, self.max_bytes));
        }
        self.number += 1;
        if self.number == 1 && line.starts_with(BOM) {
            line.drain(..BOM.len());
        }
        Ok((count > 0).then_some(line))
    }
}

impl Iterator for Lines {
    type Item = Result<(u64, String), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let line = match self.read_line() {
                Ok(line) => line?,
                Err(error) => return Some(Err(error)),
            };
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let number = self.number;
            return Some(match String::from_utf8(line) {
                Ok(line) => Ok((number, line)),
                Err(_) => Err(Error::Utf8 { file: self.name.clone(), line: number }),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_a_limit() {
        let content = Content::from_stream("a", Box::new(&b"1234\n12345\n"[..]), 0).unwrap();
        let mut lines = Lines { max_bytes: 5, ..Lines::new(content) };
        assert_eq!(lines.next().unwrap().unwrap(), (1, "1234\n".to_owned()));
        assert!(matches!(lines.next().unwrap().unwrap_err(), Error::TooLarge { .. }));
    }
}
