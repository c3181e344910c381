//! Makes one line, without secrets, of what can go wrong in a call.

use crate::json;
use crate::retry_after;
use crate::unusable::Unusable;
use evalscope_core::{CallFailure, FailureKind, Secrets};
use reqwest::header::{HeaderMap, LOCATION};
use serde_json::Value;
use std::error::Error as _;
use std::io::ErrorKind;

/// Characters of a server's text that a message quotes: enough for a sentence, short enough for a line.
const MAX_QUOTE: usize = 300;

/// What servers say when a prompt does not fit: OpenAI and vLLM, SGLang, llama-server, DashScope, TGI.
const TOO_LONG: [&str; 12] = [
    "context length",
    "context_length",
    "context window",
    "context size",
    "exceed_context_size",
    "maximum model length",
    "max_model_len",
    "maximum tokens",
    "maximum number of tokens",
    "range of input length",
    "prompt is too long",
    "input is too long",
];

/// What services say in a 400 about a key that they do not know: Google.
const WRONG_KEY: [&str; 2] = ["api key not valid", "api key expired"];

/// Status codes that the words stand for which services put into errors inside a stream: Anthropic, OpenAI.
const NAMED_STATUS: [(&str, u16); 9] = [
    ("invalid_request_error", 400),
    ("authentication_error", 401),
    ("permission_error", 403),
    ("not_found_error", 404),
    ("request_too_large", 413),
    ("rate_limit_error", 429),
    ("rate_limit_exceeded", 429),
    ("api_error", 500),
    ("overloaded_error", 529),
];

/// Where a call went, for messages.
#[derive(Clone, Copy)]
pub struct Site<'a> {
    /// The address without secrets.
    pub shown: &'a str,
    /// What must not be shown.
    pub secrets: &'a Secrets,
}

impl Site<'_> {
    /// A failure of this kind with this text.
    pub fn failure(self, kind: FailureKind, text: &str) -> CallFailure {
        CallFailure::new(kind, format!("{}: {}", self.shown, one_line(&self.secrets.mask(text))))
    }

    /// What a response with an error status says.
    pub fn status(self, status: u16, headers: &HeaderMap, body: &[u8]) -> CallFailure {
        let text = if (300..400).contains(&status) {
            let to = headers.get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or("elsewhere");
            format!("the server sends us on to {to}; give that address instead")
        } else {
            self.said(body)
        };
        let text = if text.is_empty() { String::new() } else { format!(": {text}") };
        let mut failure = self.failure(kind_of_status(status, &text), &format!("HTTP {status}{text}"));
        failure.status = Some(status);
        failure.retry_after_s = retry_after::seconds(headers);
        failure
    }

    /// What broke below HTTP.
    pub fn transport(self, error: &reqwest::Error) -> CallFailure {
        self.failure(FailureKind::Network, &cause(error))
    }

    /// A response with a good status that is none.
    pub fn malformed(self, what: &str, body: &[u8]) -> CallFailure {
        let said = self.said(body);
        if said.starts_with('<') {
            return self.failure(FailureKind::NotFound, "this address serves a web page, not a model");
        }
        let quote =
            if said.is_empty() { "the body is empty".to_owned() } else { format!("it begins `{said}`") };
        self.failure(FailureKind::Server, &format!("{what}; {quote}"))
    }

    /// An error that a server reports inside a response with a good status.
    pub fn reported(self, error: &Value) -> CallFailure {
        let text = message_in(error).unwrap_or_else(|| error.to_string());
        let status = ["code", "type"].iter().find_map(|name| status_in(error.get(name)?));
        let kind = status.map_or(FailureKind::Server, |status| kind_of_status(status, &text));
        let mut failure = self.failure(kind, &format!("the server reports: {text}"));
        failure.status = status;
        failure
    }

    /// What an error body says, in the words of the server. Masked before it is cut: half a secret is one too.
    fn said(self, body: &[u8]) -> String {
        let body = String::from_utf8_lossy(body);
        let message = json::from_bytes::<Value>(body.as_bytes()).ok().and_then(|value| message_in(&value));
        let text = message.or_else(|| title(&body)).unwrap_or_else(|| body.into_owned());
        shortened(&one_line(&self.secrets.mask(&text)))
    }
}

/// The failure of a response that came and is of no use.
pub fn unusable(site: Site<'_>, unusable: Unusable, body: &[u8]) -> CallFailure {
    match unusable {
        Unusable::Malformed(what) => site.malformed(&what, body),
        Unusable::Reported(error) => site.reported(&error),
    }
}

/// The HTTP status that a code in an error stands for.
fn status_in(code: &Value) -> Option<u16> {
    let number = code.as_u64().or_else(|| code.as_str()?.parse().ok());
    if let Some(number) = number.filter(|number| (400..600).contains(number)) {
        return u16::try_from(number).ok();
    }
    let name = code.as_str()?;
    NAMED_STATUS.iter().find(|(known, _)| *known == name).map(|(_, status)| *status)
}

fn kind_of_status(status: u16, text: &str) -> FailureKind {
    match status {
        // 402: the account behind the key may not spend.
        401..=403 => FailureKind::Unauthorized,
        // Redirects are not followed: they would send the key somewhere else.
        300..=399 | 404 => FailureKind::NotFound,
        408 => FailureKind::Timeout,
        425 | 429 => FailureKind::RateLimited,
        400 if WRONG_KEY.iter().any(|part| text.to_lowercase().contains(part)) => FailureKind::Unauthorized,
        400 | 413 | 422 if is_too_long(text) => FailureKind::ContextTooLong,
        400..=499 => FailureKind::BadRequest,
        _ => FailureKind::Server,
    }
}

fn is_too_long(text: &str) -> bool {
    let text = text.to_lowercase();
    TOO_LONG.iter().any(|part| text.contains(part))
}

/// The message in an error body, wherever OpenAI, vLLM, FastAPI, Ollama and others put it.
fn message_in(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(entries) => entries.first().and_then(message_in),
        Value::Object(fields) => ["error", "message", "msg", "detail", "errors"]
            .iter()
            .find_map(|name| message_in(fields.get(*name)?)),
        _ => None,
    }
}

/// The title of an HTML page, which proxies send.
fn title(body: &str) -> Option<String> {
    let start = body.find("<title>")? + "<title>".len();
    Some(body[start..].split("</title>").next()?.to_owned())
}

/// The text with every white space as one blank, and no control characters.
pub fn one_line(text: &str) -> String {
    text.split(|sign: char| sign.is_whitespace() || sign.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The beginning of a text, as much as a message quotes.
pub fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The reason at the bottom of an error of the HTTP library, in words that users know.
fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() && error.is_connect() {
        return "no connection in time".into();
    }
    let mut deepest = None;
    let mut current = error.source();
    while let Some(source) = current {
        let known = source.downcast_ref::<std::io::Error>().and_then(|error| known_cause(error.kind()));
        if let Some(known) = known {
            return known.into();
        }
        let text = source.to_string();
        if text.contains("dns error") {
            return "the host name is not known".into();
        }
        deepest = Some(text);
        current = source.source();
    }
    match deepest {
        Some(text) if error.is_connect() => format!("no connection: {text}"),
        Some(text) => format!("the connection broke: {text}"),
        None => "the connection broke".into(),
    }
}

fn known_cause(kind: ErrorKind) -> Option<&'static str> {
    match kind {
        ErrorKind::ConnectionRefused => Some("connection refused"),
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => Some("the host cannot be reached"),
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof => Some("the connection broke"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(status: u16, body: &str) -> (FailureKind, String) {
        let secrets = Secrets::new(Some(&evalscope_core::Secret::new("sk-secret")), []);
        let site = Site { shown: "http://h/v1", secrets: &secrets };
        let failure = site.status(status, &HeaderMap::new(), body.as_bytes());
        (failure.kind, failure.message)
    }

    #[test]
    fn the_server_s_words_are_found() {
        for body in [
            r#"{"error":{"message":"no such thing","type":"x"}}"#,
            r#"{"error":"no such thing"}"#,
            r#"{"object":"error","message":"no such thing"}"#,
            r#"{"detail":"no such thing"}"#,
            r#"{"detail":[{"loc":["body"],"msg":"no such thing"}]}"#,
            r#"[{"error":{"code":400,"message":"no such thing"}}]"#,
            "<html><head><title>no such\n thing</title></head></html>",
            "no such thing",
        ] {
            assert_eq!(from(418, body).1, "http://h/v1: HTTP 418: no such thing", "{body}");
        }
        assert_eq!(from(502, "").1, "http://h/v1: HTTP 502");
        assert_eq!(from(401, "bad key sk-secret!").1, "http://h/v1: HTTP 401: bad key •••!");
        assert!(from(500, &"long ".repeat(1000)).1.chars().count() < 350);
    }

    #[test]
    fn a_status_has_a_kind() {
        for (status, kind) in [
            (307, FailureKind::NotFound),
            (400, FailureKind::BadRequest),
            (401, FailureKind::Unauthorized),
            (402, FailureKind::Unauthorized),
            (403, FailureKind::Unauthorized),
            (404, FailureKind::NotFound),
            (408, FailureKind::Timeout),
            (422, FailureKind::BadRequest),
            (429, FailureKind::RateLimited),
            (500, FailureKind::Server),
            (529, FailureKind::Server),
        ] {
            assert_eq!(from(status, "{}").0, kind, "{status}");
        }
    }

    #[test]
    fn an_error_inside_a_good_response_keeps_its_code() {
        let secrets = Secrets::default();
        let site = Site { shown: "http://h/v1", secrets: &secrets };
        let failure = site.reported(&serde_json::json!({"code": "429", "message": "slow down"}));
        assert_eq!((failure.kind, failure.status), (FailureKind::RateLimited, Some(429)));
        let failure = site.reported(&serde_json::json!("oh"));
        assert_eq!((failure.kind, failure.status), (FailureKind::Server, None));
        assert_eq!(failure.message, "http://h/v1: the server reports: oh");
    }
}
