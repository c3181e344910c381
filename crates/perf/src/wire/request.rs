//! The bytes of a request, made once and sent as often as needed.

use crate::api::Api;
use crate::error::Error;
use crate::wire::target::Target;
use evalscope_core::Secret;
use std::borrow::Cow;
use std::sync::Arc;

/// A request, ready to be sent in one piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request(pub Arc<[u8]>);

impl Request {
    /// Its body, as text.
    pub fn body(&self) -> Cow<'_, str> {
        let start = self.0.windows(4).position(|bytes| bytes == b"\r\n\r\n").map_or(0, |end| end + 4);
        String::from_utf8_lossy(&self.0[start..])
    }
}

/// The head that all requests of a test share, up to the length of the body.
#[derive(Debug, Clone)]
pub struct Headers {
    head: String,
}

impl Headers {
    /// The head of requests to `target`. A header of the user's replaces ours of the same name.
    pub fn new(
        target: &Target,
        api: &dyn Api,
        key: Option<&Secret>,
        own: &[(String, String)],
    ) -> Result<Headers, Error> {
        let mut lines = vec![
            ("Host".to_owned(), target.authority()),
            ("User-Agent".to_owned(), concat!("evalscope/", env!("CARGO_PKG_VERSION")).to_owned()),
            ("Accept".to_owned(), "text/event-stream, application/json".to_owned()),
            ("Content-Type".to_owned(), "application/json".to_owned()),
        ];
        let key = key.map(|key| key.expose().trim()).filter(|key| !key.is_empty());
        match (key, target.authorization()) {
            (Some(key), _) => {
                let (name, before) = api.key();
                lines.push((name.to_owned(), format!("{before}{key}")));
            }
            (None, Some(basic)) => lines.push(("Authorization".to_owned(), basic)),
            (None, None) => {}
        }
        let of_api = api.headers().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        lines.extend(of_api);
        for (name, value) in own {
            lines.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            lines.push((name.clone(), value.clone()));
        }
        let mut head = format!("POST {} HTTP/1.1\r\n", target.path);
        for (name, value) in &lines {
            check(name, value)?;
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        Ok(Headers { head })
    }

    /// A request with this body.
    pub fn with(&self, body: &[u8]) -> Request {
        let mut bytes = format!("{}Content-Length: {}\r\n\r\n", self.head, body.len()).into_bytes();
        bytes.extend_from_slice(body);
        Request(bytes.into())
    }
}

/// A line break in a header would begin another one.
fn check(name: &str, value: &str) -> Result<(), Error> {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(is_token) {
        return Err(Error::Header { name: name.to_owned(), part: "name" });
    }
    if value.chars().any(|c| c.is_control() && c != '\t') || !value.is_ascii() {
        return Err(Error::Header { name: name.to_owned(), part: "value" });
    }
    let is_ours = ["content-length", "transfer-encoding", "connection"]
        .iter()
        .any(|ours| name.eq_ignore_ascii_case(ours));
    if is_ours { Err(Error::Header { name: name.to_owned(), part: "name" }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Anthropic, Chat};

    fn target() -> Target {
        Target::parse("http://h:8000/v1", "/chat/completions").unwrap()
    }

    #[test]
    fn a_request_is_one_piece() {
        let own = [("user-agent".to_owned(), "me".to_owned()), ("X-A".to_owned(), "b c".to_owned())];
        let headers = Headers::new(&target(), &Chat, Some(&Secret::new(" k ")), &own).unwrap();
        assert_eq!(
            String::from_utf8_lossy(&headers.with(b"{}").0),
            "POST /v1/chat/completions HTTP/1.1\r\nHost: h:8000\r\nAccept: text/event-stream, application/json\r\n\
             Content-Type: application/json\r\nAuthorization: Bearer k\r\nuser-agent: me\r\nX-A: b c\r\n\
             Content-Length: 2\r\n\r\n{}"
        );
    }

    #[test]
    fn keys_go_where_the_api_wants_them() {
        let headers = Headers::new(&target(), &Anthropic, Some(&Secret::new("k")), &[]).unwrap();
        let text = String::from_utf8_lossy(&headers.with(b"").0).into_owned();
        assert!(text.contains("\r\nx-api-key: k\r\nanthropic-version: 2023-06-01\r\n"), "{text}");
        assert!(!text.contains("Bearer"));
    }

    #[test]
    fn headers_cannot_smuggle_lines() {
        for (name, value) in
            [("X", "a\r\nY: b"), ("X Y", "a"), ("", "a"), ("Content-Length", "3"), ("X", "é")]
        {
            assert!(
                Headers::new(&target(), &Chat, None, &[(name.to_owned(), value.to_owned())]).is_err(),
                "{name}"
            );
        }
    }
}
