//! What providers share: one model, at one address or several, asked over HTTP.

use crate::address::{Address, Endpoint};
use crate::client::{Client, Retries};
use crate::draft::Draft;
use crate::error::Error;
use crate::failure::unusable;
use crate::json;
use crate::model_list;
use crate::options::EndpointOptions;
use crate::refusal::Refusal;
use crate::request;
use crate::silence::{self, Silences};
use crate::stream::{self, FirstToken, Framing, Pieces};
use crate::turns::Miss;
use crate::wire::{Call, CallPath, Wire};
use bytes::Bytes;
use evalscope_core::{
    CallFailure, Completion, FailureKind, FinishReason, GenerateRequest, Generation, Timing,
};
use evalscope_model_api::CallContext;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Calls in flight when the user does not say; EvalScope's number for endpoints.
pub const DEFAULT_CONCURRENCY: usize = 8;

/// Further looks at the list of models: one broken connection says nothing of the server, two say that it is not there.
const LIST_RETRIES: u32 = 1;

/// No server has said how much context the model has.
const UNKNOWN: u64 = u64::MAX;

/// One model, wherever it is served.
pub struct Service {
    /// Sends and repeats.
    pub client: Client,
    /// Its name there.
    pub model: String,
    /// Where text is asked for; at least one.
    pub endpoints: Vec<Endpoint>,
    stream: bool,
    first_token_timeout: Option<Duration>,
    addresses: Vec<Address>,
    server: Option<String>,
    key_source: Option<String>,
    wire: &'static Wire,
    max_context: AtomicU64,
}

impl Service {
    /// Reads the options; connects to nothing yet.
    pub fn new(wire: &'static Wire, options: EndpointOptions) -> Result<Service, Error> {
        let parsed = options.urls.iter().map(|url| Address::parse(url, &wire.paths));
        let mut addresses = parsed.collect::<Result<Vec<Address>, Error>>()?;
        if addresses.is_empty() {
            return Err(Error::NoAddress);
        }
        let client = Client::new(&options, wire, &addresses)?;
        if options.key.is_some() && !options.user_first {
            // A key and a password would both claim the `Authorization` header.
            addresses = addresses.into_iter().map(Address::without_credentials).collect();
        }
        // Where every address names a user, it is sent nowhere.
        let key = options.key.as_ref().filter(|_| !addresses.iter().all(Address::names_a_user));
        let key_source = key.and_then(|key| key.source().map(str::to_owned));
        let (model, stream) = (options.model, options.stream);
        let first_token_timeout = options.first_token_timeout.filter(|_| stream);
        let path = (wire.paths.call)(&CallPath { model: &model, stream });
        let query = wire.paths.stream_query.filter(|_| stream);
        let endpoints = addresses.iter().map(|address| address.endpoint(&path, query)).collect();
        Ok(Service {
            client,
            model,
            endpoints,
            stream,
            first_token_timeout,
            addresses,
            server: options.server,
            key_source,
            wire,
            max_context: AtomicU64::new(UNKNOWN),
        })
    }

    /// What decides the answers. Neither key nor headers.
    pub fn identity(&self) -> BTreeMap<String, String> {
        let mut urls: Vec<String> = self.addresses.iter().map(Address::shown).collect();
        // The order, and how calls are divided, decide no answer.
        urls.sort();
        let place = match &self.server {
            Some(server) => ("server".to_owned(), server.clone()),
            None => ("url".to_owned(), urls.join(" ")),
        };
        let mut identity = BTreeMap::from([
            ("provider".to_owned(), self.wire.name.to_owned()),
            place,
            ("model".to_owned(), self.model.clone()),
        ]);
        let of_wire = self.wire.identity.iter();
        identity.extend(of_wire.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        identity
    }

    /// Where the key came from.
    pub fn key_source(&self) -> Option<&str> {
        self.key_source.as_deref()
    }

    /// Tokens that prompt and reply may have together, when the server has said so to [`look_up`](Self::look_up).
    pub fn max_context(&self) -> Option<u64> {
        Some(self.max_context.load(Ordering::Relaxed)).filter(|tokens| *tokens != UNKNOWN)
    }

    /// Looks the model up at each address, and keeps how much context it has, when a server says so. Gives what is
    /// wrong with addresses that do not answer.
    ///
    /// Fails when no address answers with this key. A server without a list, without this model in it, or whose list is
    /// out of order, may still serve: the calls will tell.
    pub async fn look_up(&self, context: &CallContext) -> Result<Vec<String>, CallFailure> {
        let path = (self.wire.paths.look_up)(&self.model);
        let lists: Vec<Endpoint> =
            self.addresses.iter().map(|address| address.endpoint(&path, None)).collect();
        let mut failures = Vec::new();
        for answer in futures::future::join_all(lists.iter().map(|list| self.look_at(list, context))).await {
            match answer {
                Ok(tokens) => self.note_context(tokens),
                Err(failure) => match failure.kind {
                    FailureKind::Cancelled => return Err(failure),
                    FailureKind::Network | FailureKind::Unauthorized => failures.push(failure),
                    _ => {}
                },
            }
        }
        if failures.len() == lists.len() {
            return Err(failures.swap_remove(0));
        }
        Ok(failures.iter().map(|failure| format!("one endpoint is out of use: {failure}")).collect())
    }

    /// How much context the model has at one address.
    async fn look_at(&self, list: &Endpoint, context: &CallContext) -> Result<Option<u64>, CallFailure> {
        Ok(model_list::find(&self.read_list(list, context).await?, &self.model))
    }

    async fn read_list(&self, list: &Endpoint, context: &CallContext) -> Result<Vec<u8>, CallFailure> {
        let attempt = |list| async move {
            let mut response = self.client.send(list, self.client.get(list)?).await?;
            self.client.read(list, &mut response).await
        };
        self.client.call(std::slice::from_ref(list), context, Retries::AtMost(LIST_RETRIES), attempt).await
    }

    /// A call may go to any address, so the least context counts.
    fn note_context(&self, tokens: Option<u64>) {
        if let Some(tokens) = tokens {
            self.max_context.fetch_min(tokens, Ordering::Relaxed);
        }
    }

    /// The names of the models that the first address lists.
    pub async fn list(&self, context: &CallContext) -> Result<Vec<String>, CallFailure> {
        let path = (self.wire.paths.look_up)("");
        let list = self.addresses[0].endpoint(path.trim_end_matches('/'), None);
        Ok(model_list::names(&self.read_list(&list, context).await?))
    }

    /// Text.
    pub async fn generate(
        &self,
        request: &GenerateRequest,
        context: &CallContext,
    ) -> Result<Generation, CallFailure> {
        let call = Call { model: &self.model, request, stream: self.stream };
        let mut body = (self.wire.body)(&call).map_err(|refusal| self.refuse(&refusal))?;
        json::patch(&mut body, &request.sampling.extra_body);
        let body = Bytes::from(request::bytes(&body));
        let silences = Silences::default();
        let attempt = |endpoint| self.try_generate(endpoint, (request, &body), context, &silences);
        let ended = self.client.call(&self.endpoints, context, Retries::AsGiven, attempt).await;
        silences.settle(ended)
    }

    fn refuse(&self, refusal: &Refusal) -> CallFailure {
        self.client.site(&self.endpoints[0]).failure(refusal.kind, &refusal.text)
    }

    async fn try_generate(
        &self,
        endpoint: &Endpoint,
        (asked, body): (&GenerateRequest, &Bytes),
        context: &CallContext,
        silences: &Silences,
    ) -> Result<Generation, Miss> {
        silences.begin(&endpoint.shown);
        let site = self.client.site(endpoint);
        let request = self.client.post(endpoint, body.clone())?;
        let sent = Instant::now();
        let first = FirstToken::within(self.first_token_timeout);
        let mut response = first.wait(site, self.client.send(endpoint, request)).await?;
        let (draft, pieces) = match Framing::of(&response) {
            Some(framing) => stream::read(site, (response, framing), self.wire, context, first).await?,
            None => {
                // A server that does not stream: its first token comes with the last.
                let body = first.wait(site, self.client.read(endpoint, &mut response)).await?;
                let mut draft = Draft::default();
                let read = json::parse(&body).and_then(|fields| (self.wire.read)(fields, &mut draft));
                read.map_err(|error| unusable(site, error, &body))?;
                (draft, Pieces::default())
            }
        };
        if draft.is_empty() {
            return Err(site.failure(FailureKind::Server, "the answer has no choice in it").into());
        }
        let is_silent = silence::is_silent(&draft, asked);
        let generation = draft.finish(self.wire.thinking, timing(sent, pieces));
        if generation.completions.iter().any(is_aborted) {
            let text = "the server gave up in the middle of the reply";
            return Err(site.failure(FailureKind::Server, text).into());
        }
        if !is_silent {
            return Ok(generation);
        }
        let text = "the reply is empty, and no token of it was generated";
        let failure = site.failure(FailureKind::Server, text);
        Err(Miss::Silent { failure, again: silences.add(generation, &endpoint.shown) })
    }
}

fn is_aborted(reply: &Completion) -> bool {
    matches!(&reply.finish, FinishReason::Other(why) if why == "error" || why == "abort")
}

fn timing(sent: Instant, pieces: Pieces) -> Timing {
    Timing {
        latency_ms: milliseconds(sent.elapsed()),
        ttft_ms: pieces.between.map(|(first, _)| milliseconds(first.duration_since(sent))),
        itl_ms: pieces.mean_gap().map(milliseconds),
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
