//! Takes the framing of HTTP/1.1 off a body, piece by piece as it comes.

use crate::wire::head::Framing;

/// Digits of a chunk's length at most: sixteen would be more than a file system holds.
const MAX_DIGITS: u32 = 15;

/// Where in a body we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// So many bytes of the body, or of a chunk, are to come.
    Data(u64),
    /// Everything until the end of the connection.
    Open,
    /// In the length of a chunk: its value so far, and its digits.
    Size(u64, u32),
    /// Behind the length, before the end of its line.
    Extension(u64),
    /// In the line end behind a chunk's data.
    DataEnd,
    /// In the lines behind the last chunk; whether the line has a character.
    Trailer(bool),
    /// Over.
    Done,
}

/// Reads one body.
#[derive(Debug)]
pub struct Unframe {
    state: State,
    chunked: bool,
}

impl Unframe {
    /// A body that is marked off so.
    pub fn new(framing: Framing) -> Unframe {
        let state = match framing {
            Framing::Chunked => State::Size(0, 0),
            Framing::Length(0) => State::Done,
            Framing::Length(length) => State::Data(length),
            Framing::UntilClose => State::Open,
        };
        Unframe { state, chunked: framing == Framing::Chunked }
    }

    /// Whether the body is over.
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Whether the end of the connection is the proper end of the body.
    pub fn ends_with_connection(&self) -> bool {
        self.state == State::Open
    }

    /// The next piece of the body, and how many bytes it and its framing took. An empty piece with a count of 0 means
    /// that more has to come, or that the body is over.
    pub fn next<'a>(&mut self, bytes: &'a [u8]) -> Result<(&'a [u8], usize), &'static str> {
        let mut at = 0;
        while at < bytes.len() {
            match self.state {
                State::Done => break,
                State::Open => return Ok((&bytes[at..], bytes.len())),
                State::Data(left) => {
                    let rest = bytes.len() - at;
                    let count = usize::try_from(left).unwrap_or(rest).min(rest);
                    self.state = self.after_data(left - count as u64);
                    return Ok((&bytes[at..at + count], at + count));
                }
                State::Size(..) | State::Extension(_) | State::DataEnd | State::Trailer(_) => {
                    self.state = step(self.state, bytes[at])?;
                    at += 1;
                }
            }
        }
        Ok((&[], at))
    }

    fn after_data(&self, left: u64) -> State {
        match (left, self.chunked) {
            (0, true) => State::DataEnd,
            (0, false) => State::Done,
            (left, _) => State::Data(left),
        }
    }
}

/// One byte of the framing.
fn step(state: State, byte: u8) -> Result<State, &'static str> {
    match (state, byte) {
        (State::Size(value, digits), _) if byte.is_ascii_hexdigit() && digits < MAX_DIGITS => {
            let digit = u64::from((byte as char).to_digit(16).unwrap_or_default());
            Ok(State::Size(value * 16 + digit, digits + 1))
        }
        (State::Size(_, 0), _) => Err("a chunk of the body has no length"),
        (State::Size(value, _), b'\n') | (State::Extension(value), b'\n') => {
            Ok(if value == 0 { State::Trailer(false) } else { State::Data(value) })
        }
        (State::Size(value, _), b'\r' | b';' | b' ' | b'\t') => Ok(State::Extension(value)),
        (State::Size(..), _) => Err("the length of a chunk of the body is no number"),
        (State::Extension(value), _) => Ok(State::Extension(value)),
        (State::DataEnd, b'\r') => Ok(State::DataEnd),
        (State::DataEnd, b'\n') => Ok(State::Size(0, 0)),
        (State::DataEnd, _) => Err("a chunk of the body is longer than it says"),
        (State::Trailer(has_text), b'\r') => Ok(State::Trailer(has_text)),
        (State::Trailer(false), b'\n') => Ok(State::Done),
        (State::Trailer(true), b'\n') => Ok(State::Trailer(false)),
        (State::Trailer(_), _) => Ok(State::Trailer(true)),
        (other, _) => Ok(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The body of bytes that come in these pieces; whether it is over, and what is left.
    fn read<'a>(
        framing: Framing,
        pieces: impl Iterator<Item = &'a [u8]>,
    ) -> Result<(Vec<u8>, bool), &'static str> {
        let (mut unframe, mut body) = (Unframe::new(framing), Vec::new());
        for mut piece in pieces {
            loop {
                let (data, count) = unframe.next(piece)?;
                body.extend_from_slice(data);
                piece = &piece[count..];
                if count == 0 || piece.is_empty() {
                    break;
                }
            }
        }
        Ok((body, unframe.is_done()))
    }

    fn whole(framing: Framing, bytes: &str) -> Result<(Vec<u8>, bool), &'static str> {
        read(framing, std::iter::once(bytes.as_bytes()))
    }

    #[test]
    fn lengths_and_chunks_end_where_they_say() {
        assert_eq!(whole(Framing::Length(3), "abcX"), Ok((b"abc".to_vec(), true)));
        assert_eq!(whole(Framing::Length(4), "abc"), Ok((b"abc".to_vec(), false)));
        assert_eq!(whole(Framing::UntilClose, "abc"), Ok((b"abc".to_vec(), false)));
        let chunks = "3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: v\r\n\r\nX";
        assert_eq!(whole(Framing::Chunked, chunks), Ok((b"abc0123456789".to_vec(), true)));
        assert_eq!(whole(Framing::Chunked, "3\r\nab"), Ok((b"ab".to_vec(), false)));
    }

    #[test]
    fn what_is_no_chunk_is_refused() {
        for bytes in ["\r\n", "x\r\n", "3\r\nabcd", "1g\r\n", "0123456789abcdef0\r\n"] {
            assert!(whole(Framing::Chunked, bytes).is_err(), "{bytes}");
        }
    }

    proptest! {
        #[test]
        fn cuts_do_not_change_the_body(chunks in prop::collection::vec("[a-z\r\n]{1,20}", 0..8), size in 1_usize..9) {
            let mut bytes = Vec::new();
            for chunk in &chunks {
                bytes.extend(format!("{:x}\r\n{chunk}\r\n", chunk.len()).into_bytes());
            }
            bytes.extend_from_slice(b"0\r\n\r\n");
            let (body, done) = read(Framing::Chunked, bytes.chunks(size)).unwrap();
            prop_assert!(done && body == chunks.concat().into_bytes());
        }
    }
}
