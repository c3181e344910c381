//! Messages on pipes: four bytes of length, then JSON.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{Error, ErrorKind, Read, Write};

/// No message is longer: programs and their output have limits far below.
const LONGEST: usize = 256 << 20;

/// Writes one message.
pub fn write<T: Serialize>(to: &mut impl Write, message: &T) -> Result<(), Error> {
    to.write_all(&to_bytes(message)?)?;
    to.flush()
}

/// A message as it goes through a pipe.
pub fn to_bytes<T: Serialize>(message: &T) -> Result<Vec<u8>, Error> {
    let json = serde_json::to_vec(message)?;
    let length = u32::try_from(json.len()).map_err(|_| Error::from(ErrorKind::FileTooLarge))?;
    let mut bytes = Vec::with_capacity(json.len() + 4);
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(&json);
    Ok(bytes)
}

/// Reads one message and not a byte more; `None` when the other side has closed.
pub fn read<T: DeserializeOwned>(from: &mut impl Read) -> Result<Option<T>, Error> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let length = u32::from_be_bytes(length) as usize;
    if length > LONGEST {
        return Err(Error::from(ErrorKind::InvalidData));
    }
    let mut json = vec![0; length];
    from.read_exact(&mut json)?;
    Ok(Some(serde_json::from_slice(&json)?))
}

/// Messages out of bytes that come in pieces.
#[derive(Default)]
pub struct Inbox {
    bytes: Vec<u8>,
}

impl Inbox {
    /// Takes what has come.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole message.
    pub fn next<T: DeserializeOwned>(&mut self) -> Result<Option<T>, Error> {
        let Some((head, rest)) = self.bytes.split_first_chunk::<4>() else { return Ok(None) };
        let length = u32::from_be_bytes(*head) as usize;
        if length > LONGEST {
            return Err(Error::from(ErrorKind::InvalidData));
        }
        if rest.len() < length {
            return Ok(None);
        }
        let message = serde_json::from_slice(&rest[..length])?;
        self.bytes.drain(..4 + length);
        Ok(Some(message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_out_as_they_went_in() {
        let mut bytes = Vec::new();
        write(&mut bytes, &"one").unwrap();
        write(&mut bytes, &"two").unwrap();
        let mut from = bytes.as_slice();
        assert_eq!(read::<String>(&mut from).unwrap().as_deref(), Some("one"));
        assert_eq!(read::<String>(&mut from).unwrap().as_deref(), Some("two"));
        assert!(read::<String>(&mut from).unwrap().is_none());

        let mut inbox = Inbox::default();
        for byte in &bytes[..bytes.len() - 1] {
            inbox.push(&[*byte]);
        }
        assert_eq!(inbox.next::<String>().unwrap().as_deref(), Some("one"));
        assert!(inbox.next::<String>().unwrap().is_none());
        inbox.push(&bytes[bytes.len() - 1..]);
        assert_eq!(inbox.next::<String>().unwrap().as_deref(), Some("two"));
    }

    #[test]
    fn a_message_that_claims_to_be_endless_is_refused() {
        let mut inbox = Inbox::default();
        inbox.push(&[0xff; 8]);
        assert!(inbox.next::<String>().is_err());
        assert!(read::<String>(&mut [0xff; 8].as_slice()).is_err());
    }
}
