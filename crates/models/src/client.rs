//! The one HTTP client: connections, deadlines, cancellation, repetition.

use crate::address::{Address, Endpoint};
use crate::body::{self, MAX_ERROR_BYTES, MAX_RESPONSE_BYTES, Unread};
use crate::connections::Connections;
use crate::error::Error;
use crate::failure::Site;
use crate::options::EndpointOptions;
use crate::turns::{Begun, Miss, Turns};
use crate::wire::Wire;
use backon::{ExponentialBuilder, Retryable};
use bytes::Bytes;
use evalscope_core::secrets::{self, Secrets};
use evalscope_core::{CallFailure, FailureKind};
use evalscope_model_api::CallContext;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Request, RequestBuilder, Response};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Longer pauses between repetitions only waste the user's time.
const MAX_RETRY_DELAY: Duration = Duration::from_secs(30);

/// Sends requests to the endpoints of one model.
pub struct Client {
    connections: Connections,
    key: Option<(HeaderName, HeaderValue)>,
    secrets: Secrets,
    timeout: Duration,
    attempt_timeout: Option<Duration>,
    retries: u32,
    retry_delay: Duration,
}

/// How often a failed call is made again.
#[derive(Debug, Clone, Copy)]
pub enum Retries {
    /// As often as the user allows.
    AsGiven,
    /// At most so often.
    AtMost(u32),
}

impl Client {
    /// Sets up connections as the options say. None is made yet.
    pub fn new(options: &EndpointOptions, wire: &Wire, addresses: &[Address]) -> Result<Client, Error> {
        let connections = Connections::new(headers(options, wire)?, options.connect_timeout, addresses)?;
        let values = options.headers.iter().flat_map(|(_, value)| secrets::of_header(value));
        Ok(Client {
            connections,
            key: key(options, wire)?,
            secrets: Secrets::new(
                options.key.as_ref(),
                addresses.iter().flat_map(Address::secrets).chain(values),
            ),
            timeout: options.timeout,
            attempt_timeout: options.attempt_timeout,
            retries: options.retries,
            retry_delay: options.retry_delay,
        })
    }

    /// Where a call to this endpoint goes, for messages.
    pub fn site<'a>(&'a self, endpoint: &'a Endpoint) -> Site<'a> {
        Site { shown: &endpoint.shown, secrets: &self.secrets }
    }

    /// A request for the list or the like.
    pub fn get(&self, endpoint: &Endpoint) -> Result<Request, CallFailure> {
        let built = self
            .connections
            .here()
            .and_then(|http| self.signed(http.get(endpoint.url.clone()), endpoint).build());
        built.map_err(|error| self.site(endpoint).transport(&error))
    }

    /// A request with a JSON body.
    pub fn post(&self, endpoint: &Endpoint, body: Bytes) -> Result<Request, CallFailure> {
        let json = HeaderValue::from_static("application/json");
        let built = self.connections.here().and_then(|http| {
            let request = http.post(endpoint.url.clone()).header(CONTENT_TYPE, json).body(body);
            self.signed(request, endpoint).build()
        });
        built.map_err(|error| self.site(endpoint).transport(&error))
    }

    /// The request with the key, where the address does not say itself who asks.
    fn signed(&self, request: RequestBuilder, endpoint: &Endpoint) -> RequestBuilder {
        match &self.key {
            Some((name, value)) if !endpoint.names_a_user => request.header(name, value),
            _ => request,
        }
    }

    /// Sends a request once; a response with an error status is a failure.
    pub async fn send(&self, endpoint: &Endpoint, request: Request) -> Result<Response, CallFailure> {
        let site = self.site(endpoint);
        let http = self.connections.here().map_err(|error| site.transport(&error))?;
        let mut response = http.execute(request).await.map_err(|error| site.transport(&error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body = body::read_beginning(&mut response, MAX_ERROR_BYTES).await;
        Err(site.status(status.as_u16(), response.headers(), &body))
    }

    /// The whole body of a response.
    pub async fn read(&self, endpoint: &Endpoint, response: &mut Response) -> Result<Vec<u8>, CallFailure> {
        let site = self.site(endpoint);
        body::read(response, MAX_RESPONSE_BYTES).await.map_err(|unread| match unread {
            Unread::Broken(error) => site.transport(&error),
            Unread::TooLarge => too_large(site),
        })
    }

    /// Makes a call: tries until it succeeds, fails for good, is cancelled, or its time is over. Each try goes to the
    /// endpoint that its turn names; without turns, each to the next one.
    pub async fn call<'a, T, E, Try, Trying>(
        &self,
        endpoints: &'a [Endpoint],
        context: &CallContext,
        retries: Retries,
        attempt: Try,
    ) -> Result<T, CallFailure>
    where
        Try: Fn(&'a Endpoint) -> Trying,
        Trying: Future<Output = Result<T, E>>,
        E: Into<Miss>,
    {
        let time = context.timeout.min(self.timeout);
        let deadline = Deadline(Mutex::new(Instant::now() + time));
        let (attempts, turns) = (AtomicU32::new(0), Turns::at(context.pace.as_ref()));
        let attempt = &attempt;
        let counted = || async {
            let turn = deadline.without(turns.next()).await;
            let number = attempts.fetch_add(1, Ordering::Relaxed) as usize;
            let place = turn.as_ref().map_or(number, Begun::endpoint);
            let endpoint = &endpoints[place % endpoints.len()];
            let ended = self.once(endpoint, (time, deadline.at()), attempt(endpoint)).await;
            turns.ended(turn, &ended);
            ended
        };
        let tries = counted
            .retry(self.pauses(retries))
            .when(|miss: &Miss| may_pass(miss, endpoints.len()))
            .adjust(|miss, pause| pause_before(deadline.at(), miss.failure(), pause));
        let ended = tokio::select! {
            biased;
            () = context.cancel.cancelled() => {
                Err(self.site(&endpoints[0]).failure(FailureKind::Cancelled, "the call was cancelled"))
            }
            ended = tries => ended.map_err(Miss::into_failure),
        };
        ended.map_err(|mut failure| {
            failure.attempts = attempts.load(Ordering::Relaxed);
            failure
        })
    }

    /// One try. One that stalls ends in time for another, and with the call's time at the latest.
    async fn once<T, E: Into<Miss>>(
        &self,
        endpoint: &Endpoint,
        (time, deadline): (Duration, Instant),
        trying: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Miss> {
        let own = self.attempt_timeout.map(|time| (time, Instant::now() + time));
        let own = own.filter(|(_, end)| *end < deadline);
        let ended = tokio::time::timeout_at(own.map_or(deadline, |(_, end)| end), trying).await;
        ended.map(|ended| ended.map_err(Into::into)).unwrap_or_else(|_| {
            let text = match own {
                Some((time, _)) => format!("no answer to one try within {} s", time.as_secs_f64()),
                None => format!("no answer within {} s", time.as_secs_f64()),
            };
            Err(self.site(endpoint).failure(FailureKind::Timeout, &text).into())
        })
    }

    fn pauses(&self, retries: Retries) -> ExponentialBuilder {
        let count = match retries {
            Retries::AsGiven => self.retries,
            Retries::AtMost(most) => self.retries.min(most),
        };
        ExponentialBuilder::new()
            .with_jitter()
            .with_min_delay(self.retry_delay)
            .with_max_delay(MAX_RETRY_DELAY)
            .with_max_times(count as usize)
    }
}

/// When a call's time is over. Waiting for a turn is not the endpoint's doing, and does not count.
struct Deadline(Mutex<Instant>);

impl Deadline {
    fn at(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits, and moves on by as much.
    async fn without<T>(&self, waiting: impl Future<Output = T>) -> T {
        let begun = Instant::now();
        let done = waiting.await;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += begun.elapsed();
        done
    }
}

/// The failure of a response that has no end.
pub fn too_large(site: Site<'_>) -> CallFailure {
    let text = format!("the answer is larger than {} MiB", MAX_RESPONSE_BYTES >> 20);
    site.failure(FailureKind::Server, &text)
}

/// Whether another try may succeed: the reason is a passing one, or one that another endpoint need not share.
fn may_pass(miss: &Miss, endpoints: usize) -> bool {
    let failure = match miss {
        Miss::Failed(failure) => failure,
        Miss::Silent { again, .. } => return *again,
    };
    let is_of_the_endpoint = matches!(failure.kind, FailureKind::Unauthorized | FailureKind::NotFound);
    failure.kind.is_transient() || endpoints > 1 && is_of_the_endpoint
}

/// The pause before the next try: at least what the server asks for. None when the time would be over by then, so
/// that the caller learns what failed and not only that time passed.
fn pause_before(deadline: Instant, failure: &CallFailure, pause: Option<Duration>) -> Option<Duration> {
    let asked =
        failure.retry_after_s.map_or(Some(Duration::ZERO), |s| Duration::try_from_secs_f64(s).ok())?;
    let pause = pause?.max(asked);
    (pause < deadline.saturating_duration_since(Instant::now())).then_some(pause)
}

/// The header of the key, unless the user gives that header himself.
fn key(options: &EndpointOptions, wire: &Wire) -> Result<Option<(HeaderName, HeaderValue)>, Error> {
    let (name, before) = wire.key;
    let is_given = options.headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name));
    let key = options.key.as_ref().map(|key| key.expose().trim());
    let Some(key) = key.filter(|key| !key.is_empty() && !is_given) else { return Ok(None) };
    let mut value = HeaderValue::try_from(format!("{before}{key}")).map_err(|_| Error::Key)?;
    value.set_sensitive(true);
    Ok(Some((HeaderName::from_static(name), value)))
}

fn headers(options: &EndpointOptions, wire: &Wire) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
    for (name, value) in wire.headers {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    for (name, value) in &options.headers {
        let wrong = |part| Error::Header { name: name.clone(), part };
        let name: HeaderName = name.parse().map_err(|_| wrong("name"))?;
        let mut value = HeaderValue::try_from(value).map_err(|_| wrong("value"))?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}
