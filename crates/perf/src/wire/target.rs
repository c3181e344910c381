//! Where requests go: scheme, host, port and path of an address that people give in several forms.

use crate::error::Error;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use evalscope_core::Secret;
use url::Url;

/// An address, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Host as DNS knows it.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Whether the connection is encrypted.
    pub encrypted: bool,
    /// Path and query.
    pub path: String,
    /// `user:password` of the address, as its bytes are sent: in base64.
    credentials: Option<Secret>,
    /// What it holds that nobody else is to see, in every form that a server may say it in.
    secrets: Vec<Secret>,
}

impl Target {
    /// Reads an address. Without a path, or with one that ends in a version (`/v1`), `call` is added to it.
    pub fn parse(text: &str, call: &str) -> Result<Target, Error> {
        let wrong = |reason: &str| Error::Address { url: shown(text), reason: reason.to_owned() };
        let url = Url::parse(text.trim()).map_err(|error| wrong(&error.to_string()))?;
        let encrypted = match url.scheme() {
            "http" => false,
            "https" => true,
            _ => return Err(wrong("it does not begin with `http://` or `https://`")),
        };
        let host = url.host_str().ok_or_else(|| wrong("it has no host"))?;
        let port = url.port_or_known_default().ok_or_else(|| wrong("it has no port"))?;
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        Ok(Target {
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port,
            encrypted,
            path: format!("{}{query}", with_call(url.path(), call)),
            credentials: pair(&url).map(|pair| Secret::new(STANDARD.encode(pair))),
            secrets: secrets(&url).into_iter().map(Secret::new).collect(),
        })
    }

    /// Reads an address whose path is meant as it stands; without one it is `path`.
    pub fn parse_whole(text: &str, path: &str) -> Result<Target, Error> {
        let mut target = Target::parse(text, "")?;
        let own = Url::parse(text.trim()).ok().map(|url| url.path().to_owned());
        let own = own.filter(|own| own != "/").unwrap_or_else(|| path.to_owned());
        let query = target.path.split_once('?').map(|(_, query)| format!("?{query}")).unwrap_or_default();
        target.path = format!("{own}{query}");
        Ok(target)
    }

    /// Host and port as the `Host` header has them.
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        match (self.encrypted, self.port) {
            (false, 80) | (true, 443) => host,
            (_, port) => format!("{host}:{port}"),
        }
    }

    /// The value of the header `Authorization` that its user and password come to.
    pub fn authorization(&self) -> Option<String> {
        self.credentials.as_ref().map(|pair| format!("Basic {}", pair.expose()))
    }

    /// What it holds that nobody else is to see.
    pub fn secrets(&self) -> impl Iterator<Item = String> {
        self.secrets.iter().map(|secret| secret.expose().to_owned())
    }

    /// The address without credentials and query, for people.
    pub fn shown(&self) -> String {
        let scheme = if self.encrypted { "https" } else { "http" };
        let path = self.path.split('?').next().unwrap_or_default();
        format!("{scheme}://{}{path}", self.authority())
    }
}

/// The path of an address, with that of the call where it is only a base.
fn with_call(path: &str, call: &str) -> String {
    let base = path.trim_end_matches('/');
    let last = base.rsplit('/').next().unwrap_or_default();
    let is_version =
        last.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    match base {
        "" => format!("/v1{call}"),
        _ if is_version => format!("{base}{call}"),
        _ => path.to_owned(),
    }
}

/// User and password, which stand in an address with their odd bytes as `%40`.
fn pair(url: &Url) -> Option<Vec<u8>> {
    (!url.username().is_empty() || url.password().is_some())
        .then(|| [url.username(), ":", url.password().unwrap_or_default()].map(decoded).concat())
}

/// The pair as it is sent and as it is meant, the password as it is typed and as it is meant, what stands in the query.
fn secrets(url: &Url) -> Vec<String> {
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let mut secrets: Vec<String> = url.query_pairs().map(|(_, value)| value.into_owned()).collect();
    secrets.extend(url.query().map(str::to_owned));
    if let Some(pair) = pair(url) {
        secrets.extend([STANDARD.encode(&pair), text(pair)]);
    }
    if let Some(password) = url.password() {
        secrets.extend([password.to_owned(), text(decoded(password))]);
    }
    // A token may stand where a user does: `http://TOKEN@host`.
    if url.password().is_none() {
        secrets.extend([url.username().to_owned(), text(decoded(url.username()))]);
    }
    secrets
}

/// The bytes that a part of an address stands for.
fn decoded(text: &str) -> Vec<u8> {
    let digits = |pair: &[u8]| {
        let text = std::str::from_utf8(pair).ok().filter(|_| pair.iter().all(u8::is_ascii_hexdigit))?;
        u8::from_str_radix(text, 16).ok()
    };
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, others)) = rest.split_first() {
        match others.get(..2).filter(|_| *first == b'%').and_then(digits) {
            Some(byte) => {
                bytes.push(byte);
                rest = &others[2..];
            }
            None => {
                bytes.push(*first);
                rest = others;
            }
        }
    }
    bytes
}

/// What may be shown of a text that is no address: no query, no credentials. A password may hold any sign.
fn shown(text: &str) -> String {
    let cut = |text: &str| text.split(['?', '#']).next().unwrap_or_default().to_owned();
    match text.rsplit_once('@') {
        None => cut(text),
        Some((before, _)) if before.contains(['?', '#']) => "…".to_owned(),
        Some((_, rest)) => cut(rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Target {
        Target::parse(text, "/chat/completions").unwrap()
    }

    #[test]
    fn a_base_gets_the_path_of_the_call() {
        for (text, shown) in [
            ("http://h:8000", "http://h:8000/v1/chat/completions"),
            ("http://h:8000/v1/", "http://h:8000/v1/chat/completions"),
            ("https://h/api/v3", "https://h/api/v3/chat/completions"),
            (" http://h:8000/v1/chat/completions ", "http://h:8000/v1/chat/completions"),
            ("http://h/own/path", "http://h/own/path"),
            ("http://[::1]:80/v1", "http://[::1]/v1/chat/completions"),
        ] {
            assert_eq!(parse(text).shown(), shown);
        }
    }

    #[test]
    fn a_whole_address_stays_as_it_is() {
        let path = |text| Target::parse_whole(text, "/metrics").unwrap().path;
        assert_eq!(path("http://h:8000"), "/metrics");
        assert_eq!(path("http://h:8000/v1"), "/v1");
        assert_eq!(path("http://h/own?x=1"), "/own?x=1");
    }

    #[test]
    fn secrets_are_kept_and_not_shown() {
        let target = parse("https://me:pass@h/v1?key=secret");
        assert_eq!(target.path, "/v1/chat/completions?key=secret");
        assert_eq!(target.authorization().unwrap(), format!("Basic {}", STANDARD.encode("me:pass")));
        assert!(!format!("{target:?}").contains(&STANDARD.encode("me:pass")));
        assert_eq!(target.shown(), "https://h/v1/chat/completions");
        let secrets: Vec<String> = parse("http://me:p%40ss@h/v1?key=k1&a=b").secrets().collect();
        let pair = STANDARD.encode("me:p@ss");
        for secret in ["k1", "me:p@ss", "p%40ss", "p@ss", &pair] {
            assert!(secrets.iter().any(|known| known == secret), "{secret} of {secrets:?}");
        }
        for wrong in
            ["ftp://me:QQ@h?key=ZZ", "http://me:QQ?ZZ@h", "http://me:QQ#ZZ@h:1", "http://h:x/?k=QQ@ZZ"]
        {
            let error = Target::parse(wrong, "/x").unwrap_err().to_string();
            assert!(!error.contains("QQ") && !error.contains("ZZ"), "{error}");
        }
    }

    #[test]
    fn odd_signs_of_a_password_are_sent_as_they_are() {
        let pair = |text: &str| {
            parse(text).authorization().map(|sent| {
                let bytes = STANDARD.decode(sent.strip_prefix("Basic ").unwrap()).unwrap();
                String::from_utf8(bytes).unwrap()
            })
        };
        for (text, sent) in [
            ("http://a%40b:c%3Ad%2f%25@h", "a@b:c:d/%"),
            ("http://me:p@ss@h", "me:p@ss"),
            ("http://me@h", "me:"),
            ("http://:token@h", ":token"),
            ("http://m%C3%A9:100%@h", "mé:100%"),
            ("http://me:%+1%zz@h", "me:%+1%zz"),
        ] {
            assert_eq!(pair(text).as_deref(), Some(sent), "{text}");
        }
        assert_eq!(pair("http://h"), None);
    }
}
