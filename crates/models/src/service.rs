//! What providers share: one model at one address, asked over HTTP.

use crate::address::{Address, Endpoint};
use crate::body::MAX_RESPONSE_BYTES;
use crate::client::{Client, Retries, too_large};
use crate::error::Error;
use crate::failure::Site;
use crate::model_list;
use crate::options::EndpointOptions;
use crate::sse::{Assembly, Progress};
use crate::wire::{self, Shape, Unusable};
use evalscope_core::{CallFailure, Completion, FailureKind, FinishReason, Generation};
use evalscope_model_api::CallContext;
use eventsource_stream::{EventStreamError, Eventsource};
use futures::StreamExt;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Request, Response};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Calls in flight when the user does not say; EvalScope's number for endpoints.
pub const DEFAULT_CONCURRENCY: usize = 8;
/// One line of an event stream at most; events are read anew with each piece until their line ends.
const MAX_EVENT_BYTES: usize = 4 << 20;
/// How long the end of a stream is waited for after the server said that it is done, so that the connection can
/// be used again.
const MAX_WAIT_FOR_END: Duration = Duration::from_millis(100);

/// One model at one address.
pub struct Service {
    /// Sends and repeats.
    pub client: Client,
    /// Its name there.
    pub model: String,
    /// Whether replies are streamed.
    pub stream: bool,
    address: Address,
    provider: &'static str,
}

impl Service {
    /// Reads the options; connects to nothing yet.
    pub fn new(provider: &'static str, options: EndpointOptions) -> Result<Service, Error> {
        let mut address = Address::parse(&options.url)?;
        let client = Client::new(&options, &address)?;
        if options.key.is_some() {
            // A key and a password would both claim the `Authorization` header.
            address = address.without_credentials();
        }
        Ok(Service { client, model: options.model, stream: options.stream, address, provider })
    }

    /// The endpoint at this path.
    pub fn endpoint(&self, path: &str) -> Endpoint {
        self.address.endpoint(path)
    }

    /// What decides the answers. Neither key nor headers.
    pub fn identity(&self) -> BTreeMap<String, String> {
        BTreeMap::from([
            ("provider".to_owned(), self.provider.to_owned()),
            ("url".to_owned(), self.address.shown()),
            ("model".to_owned(), self.model.clone()),
        ])
    }

    /// Looks the model up in the server's list, and returns how much context it has, when the list says so.
    ///
    /// Fails when nobody answers or the key is refused. A server without a list, without this model in it, or whose
    /// list is out of order, may still serve: the calls will tell.
    pub async fn look_up(&self, context: &CallContext) -> Result<Option<u64>, CallFailure> {
        let endpoint = self.endpoint("/models");
        let request = self.client.get(&endpoint)?;
        let attempt = || async {
            let mut response = self.client.send(&endpoint, &request).await?;
            self.client.read(&endpoint, &mut response).await
        };
        match self.client.call(&endpoint, context, Retries::AtMost(0), attempt).await {
            Ok(body) => Ok(model_list::find(&body, &self.model)),
            Err(failure) => match failure.kind {
                FailureKind::Network | FailureKind::Unauthorized | FailureKind::Cancelled => Err(failure),
                _ => Ok(None),
            },
        }
    }

    /// Text from this endpoint.
    pub async fn generate(
        &self,
        endpoint: &Endpoint,
        body: Vec<u8>,
        shape: Shape,
        context: &CallContext,
    ) -> Result<Generation, CallFailure> {
        let request = self.client.post(endpoint, body)?;
        let attempt = || self.try_generate(endpoint, &request, shape, context);
        self.client.call(endpoint, context, Retries::AsGiven, attempt).await
    }

    async fn try_generate(
        &self,
        endpoint: &Endpoint,
        request: &Request,
        shape: Shape,
        context: &CallContext,
    ) -> Result<Generation, CallFailure> {
        let sent = Instant::now();
        let mut response = self.client.send(endpoint, request).await?;
        let (mut generation, first_text) = if is_event_stream(&response) {
            let assembly = read_events(self.client.site(endpoint), response, shape, context).await?;
            let first_text = assembly.first_text();
            (assembly.finish(), first_text)
        } else {
            let body = self.client.read(endpoint, &mut response).await?;
            let read = wire::generation(&body, shape);
            (read.map_err(|unusable| failure(self.client.site(endpoint), unusable, &body))?, None)
        };
        if generation.completions.iter().all(|reply| reply.finish == wire::no_choices()) {
            return Err(self
                .client
                .site(endpoint)
                .failure(FailureKind::Server, "the answer has no choice in it"));
        }
        let aborted = |reply: &Completion| matches!(&reply.finish, FinishReason::Other(why) if why == "error" || why == "abort");
        if generation.completions.iter().any(aborted) {
            return Err(self
                .client
                .site(endpoint)
                .failure(FailureKind::Server, "the server gave up in the middle of the reply"));
        }
        generation.timing.latency_ms = milliseconds(sent.elapsed());
        generation.timing.ttft_ms = first_text.map(|at| milliseconds(at.duration_since(sent)));
        Ok(generation)
    }
}

async fn read_events(
    site: Site<'_>,
    response: Response,
    shape: Shape,
    context: &CallContext,
) -> Result<Assembly, CallFailure> {
    let mut limits = StreamLimits::default();
    let pieces = response.bytes_stream().map(move |piece| match piece {
        Ok(piece) if limits.admit(&piece) => Ok(piece),
        Ok(_) => Err(None),
        Err(error) => Err(Some(error)),
    });
    let mut events = std::pin::pin!(pieces.eventsource());
    let mut assembly = Assembly::new(shape);
    let on_text = |text: &str| {
        if let Some(listener) = &context.on_text {
            listener(text);
        }
    };
    while let Some(event) = events.next().await {
        let data = event.map_err(|error| stream_failure(site, error))?.data;
        let progress = assembly.add(&data, &on_text);
        if progress.map_err(|unusable| failure(site, unusable, data.as_bytes()))? == Progress::Done {
            let rest = async { while let Some(Ok(_)) = events.next().await {} };
            // Past the time limit the connection is closed; the reply is whole either way.
            let _ = tokio::time::timeout(MAX_WAIT_FOR_END, rest).await;
            break;
        }
    }
    if assembly.is_complete() {
        Ok(assembly)
    } else {
        Err(site.failure(FailureKind::Network, "the stream ended in the middle of the answer"))
    }
}

/// Counts what a stream has brought.
#[derive(Default)]
struct StreamLimits {
    total: usize,
    line: usize,
}

impl StreamLimits {
    /// Whether the stream is still within its limits with this piece.
    fn admit(&mut self, piece: &[u8]) -> bool {
        self.total += piece.len();
        self.line = match piece.iter().rposition(|byte| *byte == b'\n') {
            Some(at) => piece.len() - at - 1,
            None => self.line + piece.len(),
        };
        self.total <= MAX_RESPONSE_BYTES && self.line <= MAX_EVENT_BYTES
    }
}

fn stream_failure(site: Site<'_>, error: EventStreamError<Option<reqwest::Error>>) -> CallFailure {
    match error {
        EventStreamError::Transport(Some(error)) => site.transport(&error),
        EventStreamError::Transport(None) => too_large(site),
        EventStreamError::Utf8(_) => site.failure(FailureKind::Server, "the stream is not UTF-8"),
        EventStreamError::Parser(_) => site.failure(FailureKind::Server, "the stream is no event stream"),
    }
}

/// The failure of a response that came and is of no use.
pub fn failure(site: Site<'_>, unusable: Unusable, body: &[u8]) -> CallFailure {
    match unusable {
        Unusable::Malformed(what) => site.malformed(&what, body),
        Unusable::Reported(error) => site.reported(&error),
    }
}

fn is_event_stream(response: &Response) -> bool {
    let value = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    value.is_some_and(|value| value.starts_with("text/event-stream"))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
