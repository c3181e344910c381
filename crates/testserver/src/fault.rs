//! What servers in the field do wrong.

/// Something that a server in the field does wrong.
#[derive(Debug, Clone)]
pub enum Fault {
    /// This status with an OpenAI-style error body that holds the message.
    Status {
        /// HTTP status.
        status: u16,
        /// `error.message`. `{key}` becomes the key that the client sent.
        message: String,
        /// The `Retry-After` header.
        retry_after: Option<String>,
    },
    /// Exactly these bytes, one piece of the body after the other.
    Bytes {
        /// HTTP status.
        status: u16,
        /// The `Content-Type` header.
        content_type: &'static str,
        /// The body in pieces.
        pieces: Vec<Vec<u8>>,
    },
    /// The connection is reset before the status line.
    Reset,
    /// The right answer, but the connection breaks after so many bytes of the body.
    Cut(usize),
    /// The right answer, but the body ends as it should too soon: a stream after its first event, a JSON text in its
    /// middle.
    Unfinished,
    /// The right answer, but this error inside: in a stream as the event after the first one, with `[DONE]` behind it;
    /// else instead of the answer.
    ErrorInside(&'static str),
    /// A reply in good order with no text in it, of which no token was generated.
    EmptyReply,
    /// The right answer, but nothing more comes after so many bytes of the body.
    Stall(usize),
    /// No status line, ever.
    Silence,
    /// A body that has no end and no line break.
    Endless,
    /// A redirect to this address.
    Redirect(String),
}

impl Fault {
    /// This status, with a message that says so.
    pub fn status(status: u16) -> Fault {
        Fault::Status { status, message: format!("the stand-in answers {status} as told"), retry_after: None }
    }

    /// This status with this message.
    pub fn says(status: u16, message: impl Into<String>) -> Fault {
        Fault::Status { status, message: message.into(), retry_after: None }
    }

    /// Too many requests; come back after so long.
    pub fn busy(retry_after: impl Into<String>) -> Fault {
        Fault::Status { status: 429, message: "slow down".into(), retry_after: Some(retry_after.into()) }
    }

    /// A whole JSON body with status 200.
    pub fn json(body: impl Into<Vec<u8>>) -> Fault {
        Fault::Bytes { status: 200, content_type: "application/json", pieces: vec![body.into()] }
    }

    /// A whole page of HTML.
    pub fn html(status: u16, body: impl Into<Vec<u8>>) -> Fault {
        Fault::Bytes { status, content_type: "text/html; charset=utf-8", pieces: vec![body.into()] }
    }

    /// An event stream in these pieces.
    pub fn events(pieces: Vec<Vec<u8>>) -> Fault {
        Fault::Bytes { status: 200, content_type: "text/event-stream", pieces }
    }
}
