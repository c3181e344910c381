//! What the load loop knows of an answer: when its bytes came and how it was marked off. What it says is read elsewhere.

use crate::wire::socket::Arrival;

/// An answer so far.
#[derive(Debug, Default)]
pub struct Answer {
    /// Its HTTP status.
    pub status: Option<u16>,
    /// The `Retry-After` header.
    pub retry_after: Option<String>,
    /// When its first byte came.
    pub first_byte: Option<Arrival>,
    /// When its last byte came.
    pub last_byte: Arrival,
    /// When `[DONE]` came.
    pub done: Option<Arrival>,
    /// All of an answer that is no stream.
    pub body: Option<Vec<u8>>,
}

impl Answer {
    /// `[DONE]` came.
    pub fn is_done(&self) -> bool {
        self.done.is_some()
    }

    /// Bytes came.
    pub fn arrived(&mut self, arrival: Arrival) {
        self.first_byte.get_or_insert(arrival);
        self.last_byte = arrival;
    }
}
