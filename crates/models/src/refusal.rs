//! Why a request is not sent.

use evalscope_core::FailureKind;

/// Why a request is not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Which kind of failure it is.
    pub kind: FailureKind,
    /// Why, in one line.
    pub text: String,
}

impl Refusal {
    /// The protocol cannot say this at all.
    pub fn unsupported(text: impl Into<String>) -> Refusal {
        Refusal { kind: FailureKind::Unsupported, text: text.into() }
    }

    /// This request is out of order; others may be fine.
    pub fn of_this_request(text: impl Into<String>) -> Refusal {
        Refusal { kind: FailureKind::BadRequest, text: text.into() }
    }
}
