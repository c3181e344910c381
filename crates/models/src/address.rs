//! Reads the address of an endpoint, which people give in many forms.

use crate::error::Error;
use crate::wire::{Base, Paths};
use reqwest::Url;

/// The base under which the calls of an endpoint lie, such as `http://HOST:PORT/v1`.
#[derive(Debug, Clone)]
pub struct Address {
    base: Url,
}

/// One path of an endpoint.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Where requests go, credentials and query included.
    pub url: Url,
    /// The same without them, for people.
    pub shown: String,
    /// Whether the address says itself who asks.
    pub names_a_user: bool,
}

impl Address {
    /// Reads an address: the path of a call is taken off, the version that the protocol has is added.
    pub fn parse(text: &str, paths: &Paths) -> Result<Address, Error> {
        let text = text.trim();
        let wrong = |reason: &str| Error::Address { url: without_secrets(text), reason: reason.to_owned() };
        let mut base = Url::parse(text).map_err(|error| wrong(&error.to_string()))?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(wrong("it does not begin with `http://` or `https://`"));
        }
        if base.host_str().is_none_or(str::is_empty) {
            return Err(wrong("it has no host"));
        }
        base.set_fragment(None);
        let path = base_path(base.path(), paths);
        base.set_path(&path);
        Ok(Address { base })
    }

    /// The endpoint at this path below the base, this query added to the address's own.
    pub fn endpoint(&self, path: &str, query: Option<&str>) -> Endpoint {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        if let Some(query) = query {
            let own = self.base.query().map(|own| format!("{own}&")).unwrap_or_default();
            url.set_query(Some(&format!("{own}{query}")));
        }
        Endpoint { shown: bare(&url), url, names_a_user: self.names_a_user() }
    }

    /// The base without credentials and query.
    pub fn shown(&self) -> String {
        bare(&self.base).trim_end_matches('/').to_owned()
    }

    /// Whether certificates will be needed.
    pub fn is_encrypted(&self) -> bool {
        self.base.scheme() == "https"
    }

    /// Whether the server is on this machine.
    pub fn is_loopback(&self) -> bool {
        let host = self.base.host_str().unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }

    /// Whether the address says itself who asks: a user, or a user and a password.
    pub fn names_a_user(&self) -> bool {
        !self.base.username().is_empty() || self.base.password().is_some()
    }

    /// The same address without user and password.
    pub fn without_credentials(mut self) -> Address {
        // Both can fail only for addresses without a host, which `parse` refuses.
        let _ = self.base.set_username("");
        let _ = self.base.set_password(None);
        self
    }

    /// What in this address must not be shown.
    pub fn secrets(&self) -> Vec<String> {
        let mut secrets: Vec<String> = self.base.query_pairs().map(|(_, value)| value.into_owned()).collect();
        secrets.extend(self.base.query().map(str::to_owned));
        secrets.extend(self.base.password().map(str::to_owned));
        secrets
    }
}

fn base_path(path: &str, paths: &Paths) -> String {
    let path = path.trim_end_matches('/');
    let shorter = paths.calls.iter().find_map(|call| path.strip_suffix(call)).unwrap_or(path);
    let shorter = shorter.trim_end_matches('/');
    match paths.base {
        Base::OfHost(version) if path.is_empty() => version.to_owned(),
        Base::OfAll(version) if !shorter.ends_with(version) => format!("{shorter}{version}"),
        _ => shorter.to_owned(),
    }
}

fn bare(url: &Url) -> String {
    let mut url = Address { base: url.clone() }.without_credentials().base;
    url.set_query(None);
    url.into()
}

/// What may be shown of a text that is no address.
fn without_secrets(text: &str) -> String {
    let text = text.split(['?', '#']).next().unwrap_or_default();
    match text.rsplit_once('@') {
        None => text.to_owned(),
        Some((before, after)) => {
            let scheme = before.split_once("://").map_or(String::new(), |(scheme, _)| format!("{scheme}://"));
            format!("{scheme}{after}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPENAI: Paths = Paths {
        base: Base::OfHost("/v1"),
        calls: &["/chat/completions", "/completions"],
        call: |_| String::new(),
        stream_query: None,
        look_up: |_| String::new(),
    };

    fn parse(text: &str) -> Result<Address, Error> {
        Address::parse(text, &OPENAI)
    }

    #[test]
    fn every_form_of_an_address_leads_to_the_same_place() {
        for text in [
            "http://h:8000",
            "http://h:8000/",
            " http://h:8000/v1 ",
            "http://h:8000/v1/",
            "http://h:8000/v1/chat/completions",
            "http://h:8000/v1/chat/completions/",
            "http://h:8000/v1/completions",
            "http://h:8000/v1#part",
        ] {
            let address = parse(text).unwrap();
            assert_eq!(address.shown(), "http://h:8000/v1", "{text}");
            assert_eq!(address.endpoint("/models", None).url.as_str(), "http://h:8000/v1/models", "{text}");
        }
    }

    #[test]
    fn other_paths_and_queries_are_kept() {
        let shown = |text: &str| parse(text).unwrap().endpoint("/chat/completions", None).url.to_string();
        assert_eq!(shown("https://h/api/v3"), "https://h/api/v3/chat/completions");
        assert_eq!(shown("https://h/chat/completions"), "https://h/chat/completions");
        assert_eq!(
            shown("https://h/openai/deployments/d/chat/completions?api-version=1"),
            "https://h/openai/deployments/d/chat/completions?api-version=1"
        );
    }

    #[test]
    fn credentials_are_sent_and_not_shown() {
        let address = parse("https://me:pass-word@h/v1?key=k-123456").unwrap();
        assert_eq!(address.shown(), "https://h/v1");
        let endpoint = address.endpoint("/models", None);
        assert_eq!(endpoint.shown, "https://h/v1/models");
        assert_eq!(endpoint.url.password(), Some("pass-word"));
        assert!(address.secrets().contains(&"pass-word".to_owned()));
        assert!(address.secrets().contains(&"k-123456".to_owned()));
    }

    #[test]
    fn what_is_no_address_is_refused_without_its_secrets() {
        for (text, part) in [
            ("", "relative URL without a base"),
            ("h:8000/v1", "http://"),
            ("localhost:8000", "http://"),
            ("file:///v1", "http://"),
            ("http://", "empty host"),
            ("http://me:pass-word@h:port/v1?key=k", "port"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
            assert!(!error.contains("pass-word") && !error.contains("key=k"), "{error}");
        }
    }

    #[test]
    fn loopback_is_known() {
        for (text, is_loopback) in [
            ("http://127.0.0.1:1", true),
            ("http://[::1]:1", true),
            ("http://localhost", true),
            ("http://h", false),
        ] {
            assert_eq!(parse(text).unwrap().is_loopback(), is_loopback, "{text}");
        }
    }
}
