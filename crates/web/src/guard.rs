//! Who may ask: the host must be ours (DNS rebinding), the page must be ours (CSRF), and the token must be right.

use axum::http::{HeaderMap, Method, Uri, header};
use evalscope_core::Secret;
use std::net::IpAddr;

/// The cookie that holds the token.
pub const COOKIE: &str = "evalscope_token";

/// Decides whether a request may be answered.
#[derive(Debug)]
pub struct Guard {
    token: Option<Secret>,
    names: Vec<String>,
}

/// Why a request is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It names a host that is not ours.
    Host,
    /// Another site's page sent it.
    Origin,
    /// It has no token, or a wrong one.
    Token,
}

impl Guard {
    /// A guard that wants this token, and answers to numeric addresses, `localhost` and these names.
    pub fn new(token: Option<Secret>, names: Vec<String>) -> Guard {
        Guard { token, names }
    }

    /// Whether a token is wanted.
    pub fn wants_token(&self) -> bool {
        self.token.is_some()
    }

    /// Checks a request.
    pub fn check(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        let host = text(headers, header::HOST.as_str()).ok_or(Refusal::Host)?;
        if !self.is_ours(host) {
            return Err(Refusal::Host);
        }
        if !is_from_here(method, uri, headers, host) {
            return Err(Refusal::Origin);
        }
        let given = bearer(headers).or_else(|| cookie(headers)).or_else(|| query(uri));
        match &self.token {
            Some(token) if !given.is_some_and(|given| same(&given, token.expose())) => Err(Refusal::Token),
            _ => Ok(()),
        }
    }

    /// A name that an attacker's DNS points here is in no list; a numeric address is nobody's name.
    fn is_ours(&self, host: &str) -> bool {
        let name = without_port(host);
        name.eq_ignore_ascii_case("localhost")
            || name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
            || self.names.iter().any(|ours| ours.eq_ignore_ascii_case(name))
    }
}

/// The token in the address, with which a browser comes the first time.
pub fn query(uri: &Uri) -> Option<String> {
    let pairs = uri.query()?.split('&');
    pairs
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == "token")
        .map(|(_, value)| value.into())
}

fn is_from_here(method: &Method, uri: &Uri, headers: &HeaderMap, host: &str) -> bool {
    if let Some(origin) = text(headers, header::ORIGIN.as_str()) {
        let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        if !authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host)) {
            return false;
        }
    }
    match text(headers, "sec-fetch-site") {
        None | Some("same-origin" | "none") => true,
        // A link on another page may lead here, but not call the API.
        Some(_) => {
            method == Method::GET
                && text(headers, "sec-fetch-mode") == Some("navigate")
                && !uri.path().starts_with("/api/")
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    text(headers, header::AUTHORIZATION.as_str())?.strip_prefix("Bearer ").map(str::to_owned)
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    let pairs = text(headers, header::COOKIE.as_str())?.split(';');
    let pairs = pairs.filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find(|(name, _)| *name == COOKIE).map(|(_, value)| value.to_owned())
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    }
}

/// Compares digests, so that the time does not tell how much of a token was right.
fn same(given: &str, wanted: &str) -> bool {
    blake3::hash(given.as_bytes()) == blake3::hash(wanted.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderName;

    fn check(guard: &Guard, method: Method, path: &str, headers: &[(&str, &str)]) -> Result<(), Refusal> {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()))
            .collect();
        guard.check(&method, &path.parse().unwrap(), &headers)
    }

    #[test]
    fn only_our_names_are_answered() {
        let guard = Guard::new(None, vec!["lab.example".into()]);
        for host in ["localhost:9000", "127.0.0.1:9000", "[::1]:9000", "[::1]", "lab.example", "10.0.0.7"] {
            assert_eq!(check(&guard, Method::GET, "/", &[("host", host)]), Ok(()), "{host}");
        }
        for host in ["evil.example", "127.0.0.1.evil.example:9000", "localhost.evil", ""] {
            assert_eq!(check(&guard, Method::GET, "/", &[("host", host)]), Err(Refusal::Host), "{host}");
        }
        assert_eq!(check(&guard, Method::GET, "/", &[]), Err(Refusal::Host));
    }

    #[test]
    fn only_our_pages_may_call() {
        let guard = Guard::new(None, Vec::new());
        let host = ("host", "localhost:9000");
        let of = |method, path, header| check(&guard, method, path, &[host, header]);
        assert_eq!(of(Method::POST, "/api/runs", ("origin", "http://localhost:9000")), Ok(()));
        for origin in ["http://evil.example", "http://localhost:9001", "null", "file://"] {
            let found = of(Method::POST, "/api/runs", ("origin", origin));
            assert_eq!(found, Err(Refusal::Origin), "{origin}");
        }
        assert_eq!(of(Method::GET, "/api/runs", ("sec-fetch-site", "cross-site")), Err(Refusal::Origin));
        assert_eq!(of(Method::GET, "/api/runs", ("sec-fetch-site", "same-site")), Err(Refusal::Origin));
        let link = [host, ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")];
        assert_eq!(check(&guard, Method::GET, "/", &link), Ok(()));
        assert_eq!(check(&guard, Method::GET, "/api/runs", &link), Err(Refusal::Origin));
    }

    #[test]
    fn the_token_comes_in_three_ways() {
        let guard = Guard::new(Some(Secret::new("s3cret".to_owned())), Vec::new());
        let host = ("host", "10.0.0.7:9000");
        let of = |path, header| check(&guard, Method::GET, path, &[host, header]);
        let nothing = ("accept", "*/*");
        assert_eq!(of("/?token=s3cret", nothing), Ok(()));
        assert_eq!(of("/api/runs", ("cookie", "a=b; evalscope_token=s3cret")), Ok(()));
        assert_eq!(of("/api/runs", ("authorization", "Bearer s3cret")), Ok(()));
        for wrong in [nothing, ("cookie", "evalscope_token="), ("authorization", "Bearer s3cre")] {
            assert_eq!(of("/api/runs", wrong), Err(Refusal::Token), "{wrong:?}");
        }
        assert_eq!(of("/?token=s3cretx", nothing), Err(Refusal::Token));
    }
}
