//! A text out of Python's pickle format, and nothing else: no opcode that builds or calls anything is known here.

/// The one text that a pickle holds. Fails at the first opcode that is not part of writing down a text.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, String> {
    let mut rest = Rest(bytes);
    let mut found = None;
    loop {
        match rest.byte()? {
            PROTOCOL | PUT => rest.skip(1)?,
            FRAME => rest.skip(8)?,
            LONG_PUT => rest.skip(4)?,
            MEMOIZE => {}
            SHORT_TEXT if found.is_none() => found = Some(rest.text(1)?),
            TEXT if found.is_none() => found = Some(rest.text(4)?),
            LONG_TEXT if found.is_none() => found = Some(rest.text(8)?),
            STOP => return found.ok_or_else(|| "the pickle holds no text".into()),
            other => return Err(format!("the pickle holds more than a text: opcode {other:#04x}")),
        }
    }
}

// The opcodes of protocols 2 to 5 with which `pickle.dumps` of CPython writes a `str`.
const PROTOCOL: u8 = 0x80;
const FRAME: u8 = 0x95;
const SHORT_TEXT: u8 = 0x8c;
const TEXT: u8 = b'X';
const LONG_TEXT: u8 = 0x8d;
const MEMOIZE: u8 = 0x94;
const PUT: u8 = b'q';
const LONG_PUT: u8 = b'r';
const STOP: u8 = b'.';

struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn byte(&mut self) -> Result<u8, String> {
        Ok(self.take(1)?[0])
    }

    fn skip(&mut self, count: usize) -> Result<(), String> {
        self.take(count).map(|_| ())
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or("the pickle ends too early")?;
        self.0 = rest;
        Ok(taken)
    }

    /// A text behind its length, which has so many bytes, the least first.
    fn text(&mut self, width: usize) -> Result<&'a str, String> {
        let length =
            self.take(width)?.iter().rev().fold(0_u64, |length, byte| length << 8 | u64::from(*byte));
        let length = usize::try_from(length).map_err(|_| "the pickle ends too early")?;
        std::str::from_utf8(self.take(length)?).map_err(|error| format!("the pickle's text: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_all_protocols_come_out() {
        // `pickle.dumps("aé", n)` of CPython 3.11, n from 2 to 5.
        let pickles: [&[u8]; 4] = [
            b"\x80\x02X\x03\x00\x00\x00a\xc3\xa9q\x00.",
            b"\x80\x03X\x03\x00\x00\x00a\xc3\xa9q\x00.",
            b"\x80\x04\x95\x07\x00\x00\x00\x00\x00\x00\x00\x8c\x03a\xc3\xa9\x94.",
            b"\x80\x05\x95\x07\x00\x00\x00\x00\x00\x00\x00\x8c\x03a\xc3\xa9\x94.",
        ];
        for pickle in pickles {
            assert_eq!(text(pickle), Ok("aé"));
        }
        let long = [&b"\x80\x04\x8d\x02\0\0\0\0\0\0\0"[..], b"ab\x94."].concat();
        assert_eq!(text(&long), Ok("ab"));
    }

    #[test]
    fn nothing_is_built_or_called() {
        // `pickle.dumps(os.system)`-like, a list, an integer, two texts; and pickles that end early.
        let pickles: [&[u8]; 8] = [
            b"cos\nsystem\n(S'true'\ntR.",
            b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R.",
            b"\x80\x04]\x94.",
            b"\x80\x04K\x01.",
            b"\x80\x04\x8c\x01a\x8c\x01b.",
            b"\x80\x04.",
            b"\x80\x04\x8c\x05ab",
            b"X\xff\xff\xff\xffab.",
        ];
        for pickle in pickles {
            assert!(text(pickle).is_err(), "{pickle:?}");
        }
        assert!(text(b"").is_err() && text(b"\x8c\x01\xff.").is_err());
    }
}
