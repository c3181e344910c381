//! Requests to a hub: the system's certificates, deadlines, retries, and a token that does not leave its host.

use crate::error::Error;
use crate::watch::Watch;
use evalscope_core::Secret;
use reqwest::blocking::{Client, Response};
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::{StatusCode, Url};
use serde::de::DeserializeOwned;
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::Duration;

/// Time to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// Longest silence before and within a reply; a whole file may take longer.
const STALL_TIMEOUT: Duration = Duration::from_secs(60);
/// Attempts that bring nothing before we give up.
const MAX_ATTEMPTS: u32 = 5;
/// Wait after the first failure; doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// Longest wait that a hub can ask of us.
const MAX_PAUSE: Duration = Duration::from_secs(30);
/// Redirects in a row; hub, storage and its mirror make three.
const MAX_REDIRECTS: usize = 8;
/// Bytes of a reply in JSON at most; a page of a thousand files has less than one megabyte.
const MAX_JSON: u64 = 64 << 20;

/// A hub at an address, with the token for it.
pub(crate) struct Endpoint {
    hub: &'static str,
    base: Url,
    credentials: HeaderMap,
    variable: &'static str,
    client: OnceLock<Client>,
    /// Who is told of files that it sends.
    pub watch: Watch,
}

/// How a token travels.
pub(crate) struct Token<'a> {
    /// The token.
    pub secret: Option<&'a Secret>,
    /// The variable that holds it, for hints.
    pub variable: &'static str,
    /// Name of the cookie that also carries it.
    pub cookie: Option<&'static str>,
}

/// Why an attempt failed.
pub(crate) enum Failure {
    /// Another attempt may do; with the pause that the hub asks for.
    Transient(String, Option<Duration>),
    /// No use.
    Final(Error),
}

/// A reply, with what the hub said of the file before it sent us elsewhere.
pub(crate) struct Reply {
    pub response: Response,
    /// `X-Linked-ETag`, without quotes.
    pub linked_etag: Option<String>,
}

impl Endpoint {
    /// A hub; asks nothing yet.
    pub fn new(
        hub: &'static str,
        address: &str,
        token: &Token<'_>,
        watch: &Watch,
    ) -> Result<Endpoint, Error> {
        let what = "the address of a hub, such as https://host";
        let wrong = || Error::Name { given: without_user(address).to_owned(), what };
        let base = Url::parse(address).map_err(|_| wrong())?;
        if !matches!(base.scheme(), "http" | "https") || base.host().is_none() {
            return Err(wrong());
        }
        let credentials = credentials(token)?;
        let (variable, client, watch) = (token.variable, OnceLock::new(), watch.clone());
        Ok(Endpoint { hub, base, credentials, variable, client, watch })
    }

    /// An address below the hub's; every segment is escaped.
    pub fn url<'a>(&self, segments: impl IntoIterator<Item = &'a str>, query: &[(&str, &str)]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// Fetches JSON, and the address of the next page when the reply names one; retries.
    pub fn json<T: DeserializeOwned>(&self, url: &Url, what: &str) -> Result<(T, Option<Url>), Error> {
        let mut patience = Patience::default();
        loop {
            match self.try_json(url, what) {
                Ok(reply) => return Ok(reply),
                Err(failure) => patience.bear(failure).map_err(|error| self.gone(what, error))?,
            }
        }
    }

    fn try_json<T: DeserializeOwned>(&self, url: &Url, what: &str) -> Result<(T, Option<Url>), Failure> {
        use std::io::Read;
        let response = self.get(url.clone(), what, None)?.response;
        let next = next_page(response.headers()).and_then(|next| response.url().join(&next).ok());
        if next.as_ref().is_some_and(|next| !is_same_host(next, url)) {
            return Err(Failure::Final(self.network(what, "the next page is on another host")));
        }
        let mut text = Vec::new();
        response.take(MAX_JSON).read_to_end(&mut text).map_err(|e| Failure::Transient(cause(&e), None))?;
        match serde_json::from_slice(&text) {
            Ok(value) => Ok((value, next)),
            Err(error) => Err(Failure::Final(self.network(what, &format!("unexpected reply: {error}")))),
        }
    }

    /// Sends one request, from byte `start` when given, and follows redirects. The token stays on the hub's host.
    pub fn get(&self, url: Url, what: &str, start: Option<u64>) -> Result<Reply, Failure> {
        let mut url = url;
        let mut linked_etag = None;
        let mut with_token = true;
        for _ in 0..MAX_REDIRECTS {
            let mut request = self.client()?.get(url.clone());
            with_token = with_token && is_same_host(&url, &self.base);
            if with_token {
                request = request.headers(self.credentials.clone());
            }
            if let Some(start) = start {
                request = request.header(header::RANGE, format!("bytes={start}-"));
            }
            let response = request.send().map_err(|e| Failure::Transient(cause(&e.without_url()), None))?;
            linked_etag = linked_etag.or_else(|| etag(response.headers(), "x-linked-etag"));
            if !response.status().is_redirection() {
                return self.check(response, what).map(|response| Reply { response, linked_etag });
            }
            let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
            let next = location.and_then(|location| url.join(location).ok());
            let next = next.ok_or_else(|| Failure::Final(self.network(what, "a redirect to nowhere")))?;
            if url.scheme() == "https" && next.scheme() != "https" {
                return Err(Failure::Final(self.network(what, "a redirect to an unsafe address")));
            }
            url = next;
        }
        Err(Failure::Final(self.network(what, "too many redirects")))
    }

    fn check(&self, response: Response, what: &str) -> Result<Response, Failure> {
        let status = response.status();
        let (hub, what, number) = (self.hub, what.to_owned(), status.as_u16());
        match status {
            _ if status.is_success() || status == StatusCode::RANGE_NOT_SATISFIABLE => Ok(response),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(Failure::Final(Error::Denied {
                hub,
                what,
                status: number,
                variable: self.variable,
                with_token: !self.credentials.is_empty(),
            })),
            StatusCode::NOT_FOUND | StatusCode::GONE => {
                Err(Failure::Final(Error::NotThere { hub, what, status: number }))
            }
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
                Err(Failure::Transient(format!("HTTP {number}"), retry_after(response.headers())))
            }
            _ if status.is_server_error() => {
                Err(Failure::Transient(format!("HTTP {number}"), retry_after(response.headers())))
            }
            _ => Err(Failure::Final(self.network(&what, &format!("HTTP {number}")))),
        }
    }

    fn client(&self) -> Result<&Client, Failure> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        // Another part of the program may have installed the same provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // Certificates are checked by the platform's verifier, which reads the system's store.
        let client = Client::builder()
            .user_agent(concat!("evalscope/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .no_gzip()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(STALL_TIMEOUT)
            .build()
            .map_err(|error| Failure::Final(self.network("anything", &cause(&error))))?;
        Ok(self.client.get_or_init(|| client))
    }

    /// A failure of the network or the hub.
    pub fn network(&self, what: &str, message: &str) -> Error {
        Error::Network { hub: self.hub, what: what.to_owned(), message: message.to_owned() }
    }

    /// What remains of a failure when patience is at its end.
    pub fn gone(&self, what: &str, failure: Failure) -> Error {
        match failure {
            Failure::Transient(message, _) => self.network(what, &message),
            Failure::Final(error) => error,
        }
    }
}

/// Waits between attempts, for ever longer, and not for ever.
#[derive(Default)]
pub(crate) struct Patience {
    failures: u32,
}

impl Patience {
    /// Waits before the next attempt, or gives the failure back.
    pub fn bear(&mut self, failure: Failure) -> Result<(), Failure> {
        self.failures += 1;
        match failure {
            Failure::Transient(_, asked) if self.failures < MAX_ATTEMPTS => {
                let pause = asked.unwrap_or(FIRST_PAUSE * 2_u32.pow(self.failures - 1));
                sleep(pause.min(MAX_PAUSE));
                Ok(())
            }
            failure => Err(failure),
        }
    }

    /// An attempt has brought something.
    pub fn renew(&mut self) {
        self.failures = 0;
    }
}

fn credentials(token: &Token<'_>) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    let Some(secret) = token.secret else { return Ok(headers) };
    let mut add = |name: HeaderName, value: String| {
        let wrong = |_| Error::Name { given: token.variable.to_owned(), what: "a variable with a token" };
        let mut value = HeaderValue::try_from(value).map_err(wrong)?;
        value.set_sensitive(true);
        headers.insert(name, value);
        Ok::<(), Error>(())
    };
    add(header::AUTHORIZATION, format!("Bearer {}", secret.expose().trim()))?;
    if let Some(cookie) = token.cookie {
        add(header::COOKIE, format!("{cookie}={}", secret.expose().trim()))?;
    }
    Ok(headers)
}

fn is_same_host(a: &Url, b: &Url) -> bool {
    a.scheme() == b.scheme() && a.host() == b.host() && a.port_or_known_default() == b.port_or_known_default()
}

fn etag(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    Some(value.trim_start_matches("W/").trim_matches('"').to_owned())
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok().map(Duration::from_secs)
}

/// The address behind `rel="next"` in a `Link` header.
fn next_page(headers: &HeaderMap) -> Option<String> {
    let links = headers.get(header::LINK)?.to_str().ok()?;
    let next = links.split(',').find(|link| link.contains("rel=\"next\""))?;
    Some(next.split_once('<')?.1.split_once('>')?.0.to_owned())
}

/// The innermost cause of an error: the outer ones only say that a request failed.
pub(crate) fn cause(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// An address without the user name and password that it may carry.
fn without_user(address: &str) -> &str {
    address.rsplit_once('@').map_or(address, |(_, host)| host)
}
