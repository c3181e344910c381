//! How a request can end. Each way is a class of its own; only one of them is a success.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a request ended.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, Default,
)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Answered in full.
    #[default]
    Ok,
    /// HTTP status 429: the server wants fewer requests.
    #[serde(rename = "http_429")]
    Http429,
    /// Another HTTP status from 400 to 499.
    #[serde(rename = "http_4xx")]
    Http4xx,
    /// An HTTP status from 500 to 599.
    #[serde(rename = "http_5xx")]
    Http5xx,
    /// A status that is neither an answer nor an error, such as a redirect.
    HttpOther,
    /// No connection: refused, unknown host, no agreement on encryption, too slow.
    Connect,
    /// The connection was reset, or closed before the answer began.
    Reset,
    /// The connection was closed in the middle of the answer.
    Truncated,
    /// The answer ended in order, but said neither why it was finished nor `[DONE]`.
    Unfinished,
    /// Something in the answer is no HTTP, or no JSON.
    Malformed,
    /// After status 200, an error object where text should have been, or a reason for the end that says that the server
    /// gave the answer up.
    ErrorInBand,
    /// Nothing came for as long as `--read-timeout`.
    Stalled,
    /// It was not over within `--total-timeout`.
    TimedOut,
    /// Answered in full, without any content.
    Empty,
    /// The user ended the test.
    Aborted,
}

impl Class {
    /// Every class.
    pub const ALL: [Class; 15] = [
        Class::Ok,
        Class::Http429,
        Class::Http4xx,
        Class::Http5xx,
        Class::HttpOther,
        Class::Connect,
        Class::Reset,
        Class::Truncated,
        Class::Unfinished,
        Class::Malformed,
        Class::ErrorInBand,
        Class::Stalled,
        Class::TimedOut,
        Class::Empty,
        Class::Aborted,
    ];

    /// The class of an HTTP status; 2xx is not decided by it.
    pub fn of_status(status: u16) -> Option<Class> {
        match status {
            200..=299 => None,
            429 => Some(Class::Http429),
            400..=499 => Some(Class::Http4xx),
            500..=599 => Some(Class::Http5xx),
            _ => Some(Class::HttpOther),
        }
    }

    /// The word for it in files and on screen.
    pub fn word(self) -> &'static str {
        match self {
            Class::Ok => "ok",
            Class::Http429 => "http_429",
            Class::Http4xx => "http_4xx",
            Class::Http5xx => "http_5xx",
            Class::HttpOther => "http_other",
            Class::Connect => "connect",
            Class::Reset => "reset",
            Class::Truncated => "truncated",
            Class::Unfinished => "unfinished",
            Class::Malformed => "malformed",
            Class::ErrorInBand => "error_in_band",
            Class::Stalled => "stalled",
            Class::TimedOut => "timed_out",
            Class::Empty => "empty",
            Class::Aborted => "aborted",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_files() {
        for class in Class::ALL {
            assert_eq!(serde_json::to_value(class).unwrap(), class.word());
        }
    }

    #[test]
    fn statuses_have_classes() {
        for (status, class) in [
            (200, None),
            (204, None),
            (302, Some(Class::HttpOther)),
            (404, Some(Class::Http4xx)),
            (429, Some(Class::Http429)),
            (503, Some(Class::Http5xx)),
            (999, Some(Class::HttpOther)),
        ] {
            assert_eq!(Class::of_status(status), class, "{status}");
        }
    }
}
