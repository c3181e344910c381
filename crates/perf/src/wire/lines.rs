//! Event streams: hands on the data of each event as it is complete.
//!
//! Lines end with LF, CR LF or CR. Each `data:` line is handed on alone: no model server splits a JSON object over
//! several, and an event that has none is of no interest here. A line's bytes are copied only when it comes in pieces.

/// Bytes of a line at most; an event of a model is some hundred.
const MAX_LINE: usize = 16 << 20;

/// Cuts an event stream into lines.
#[derive(Debug, Default)]
pub struct Lines {
    begun: Vec<u8>,
    after_return: bool,
}

/// A line has no end.
#[derive(Debug, PartialEq, Eq)]
pub struct TooLong;

impl Lines {
    /// Takes bytes and calls `found` with the data of each `data:` line that they end.
    pub fn take(&mut self, mut bytes: &[u8], mut found: impl FnMut(&[u8])) -> Result<(), TooLong> {
        if self.after_return && bytes.first() == Some(&b'\n') {
            bytes = &bytes[1..];
        }
        self.after_return = false;
        while let Some(end) = memchr::memchr2(b'\n', b'\r', bytes) {
            let line = &bytes[..end];
            if self.begun.is_empty() {
                hand_on(line, &mut found);
            } else {
                self.begun.extend_from_slice(line);
                hand_on(&self.begun, &mut found);
                self.begun.clear();
            }
            let is_return = bytes[end] == b'\r';
            bytes = &bytes[end + 1..];
            match (is_return, bytes.first()) {
                (true, Some(b'\n')) => bytes = &bytes[1..],
                (true, None) => self.after_return = true,
                _ => {}
            }
        }
        if self.begun.len() + bytes.len() > MAX_LINE {
            return Err(TooLong);
        }
        self.begun.extend_from_slice(bytes);
        Ok(())
    }

    /// The stream is over; a last line without its end still counts.
    pub fn end(&mut self, mut found: impl FnMut(&[u8])) {
        hand_on(&std::mem::take(&mut self.begun), &mut found);
    }
}

fn hand_on(line: &[u8], found: &mut impl FnMut(&[u8])) {
    if let Some(data) = line.strip_prefix(b"data:") {
        found(data.trim_ascii());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn events(bytes: &[u8], size: usize) -> Vec<String> {
        let (mut lines, mut found) = (Lines::default(), Vec::new());
        let text = |data: &[u8]| String::from_utf8_lossy(data).into_owned();
        for piece in bytes.chunks(size) {
            lines.take(piece, |data| found.push(text(data))).unwrap();
        }
        lines.end(|data| found.push(text(data)));
        found
    }

    #[test]
    fn every_kind_of_line_end_ends_a_line() {
        let stream = b": hello\nevent: x\r\ndata: {\"a\":1}\r\n\r\ndata:b\rdata:  c \n\ndata: [DONE]";
        for size in 1..=stream.len() {
            assert_eq!(events(stream, size), ["{\"a\":1}", "b", "c", "[DONE]"], "{size}");
        }
    }

    #[test]
    fn a_line_without_an_end_is_refused() {
        let mut lines = Lines::default();
        let piece = vec![b'x'; MAX_LINE / 2 + 1];
        assert_eq!(lines.take(&piece, |_| ()), Ok(()));
        assert_eq!(lines.take(&piece, |_| ()), Err(TooLong));
    }

    proptest! {
        #[test]
        fn cuts_do_not_change_events(data in prop::collection::vec("[a-z{}\" ]{0,30}", 0..9), size in 1_usize..12) {
            let stream: String = data.iter().map(|data| format!("data: {data}\r\n\r\n")).collect();
            let wanted: Vec<&str> = data.iter().map(|data| data.trim()).collect();
            prop_assert_eq!(events(stream.as_bytes(), size), wanted);
        }
    }
}
