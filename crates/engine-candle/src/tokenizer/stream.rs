//! Turns the tokens of a reply into text, one by one, without cutting characters.

/// The text of a reply that grows.
#[derive(Clone, Default)]
pub(crate) struct TextStream {
    text: String,
    /// Bytes of a character that is not complete.
    pending: Vec<u8>,
    /// Whether the next byte, if it is a space, is dropped.
    drops_space: bool,
}

impl TextStream {
    /// An empty text. SentencePiece models begin a reply with a space that is not part of it.
    pub(super) fn new(drops_space: bool) -> Self {
        TextStream { text: String::new(), pending: Vec::new(), drops_space }
    }

    /// The text so far, without a character that is not complete.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Bytes so far, with those of a character that is not complete.
    pub(crate) fn length(&self) -> usize {
        self.text.len() + self.pending.len()
    }

    /// Adds the bytes of a token.
    pub(super) fn push(&mut self, mut bytes: &[u8]) {
        if self.drops_space && !bytes.is_empty() {
            self.drops_space = false;
            bytes = bytes.strip_prefix(b" ").unwrap_or(bytes);
        }
        self.pending.extend_from_slice(bytes);
        self.take_complete();
    }

    /// Moves complete characters to the text. Bytes that can never be one become U+FFFD.
    fn take_complete(&mut self) {
        loop {
            match std::str::from_utf8(&self.pending) {
                Ok(valid) => {
                    self.text.push_str(valid);
                    self.pending.clear();
                    return;
                }
                Err(error) => {
                    let valid = error.valid_up_to();
                    self.text.push_str(&String::from_utf8_lossy(&self.pending[..valid]));
                    let Some(broken) = error.error_len() else {
                        self.pending.drain(..valid);
                        return;
                    };
                    self.text.push(char::REPLACEMENT_CHARACTER);
                    self.pending.drain(..valid + broken);
                }
            }
        }
    }

    /// Ends the text; an incomplete character becomes U+FFFD.
    pub(crate) fn finish(&mut self) {
        if !self.pending.is_empty() {
            self.pending.clear();
            self.text.push(char::REPLACEMENT_CHARACTER);
        }
    }
}
