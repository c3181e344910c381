//! What providers share: one model at one address, asked over HTTP.

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
use crate::stream::{self, FirstToken, Framing, Pieces};
use crate::wire::{Call, CallPath, Wire};
use evalscope_core::{
    CallFailure, Completion, FailureKind, FinishReason, GenerateRequest, Generation, Timing,
};
use evalscope_model_api::CallContext;
use reqwest::Request;
use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Calls in flight when the user does not say; EvalScope's number for endpoints.
pub const DEFAULT_CONCURRENCY: usize = 8;

/// One model at one address.
pub struct Service {
    /// Sends and repeats.
    pub client: Client,
    /// Its name there.
    pub model: String,
    /// Where text is asked for.
    pub endpoint: Endpoint,
    stream: bool,
    first_token_timeout: Option<Duration>,
    address: Address,
    wire: &'static Wire,
    max_context: OnceLock<u64>,
}

impl Service {
    /// Reads the options; connects to nothing yet.
    pub fn new(wire: &'static Wire, options: EndpointOptions) -> Result<Service, Error> {
        let mut address = Address::parse(&options.url, &wire.paths)?;
        let client = Client::new(&options, wire, &address)?;
        if options.key.is_some() {
            // A key and a password would both claim the `Authorization` header.
            address = address.without_credentials();
        }
        let (model, stream) = (options.model, options.stream);
        let first_token_timeout = options.first_token_timeout.filter(|_| stream);
        let path = (wire.paths.call)(&CallPath { model: &model, stream });
        let endpoint = address.endpoint(&path, wire.paths.stream_query.filter(|_| stream));
        Ok(Service {
            client,
            model,
            endpoint,
            stream,
            first_token_timeout,
            address,
            wire,
            max_context: OnceLock::new(),
        })
    }

    /// What decides the answers. Neither key nor headers.
    pub fn identity(&self) -> BTreeMap<String, String> {
        BTreeMap::from([
            ("provider".to_owned(), self.wire.name.to_owned()),
            ("url".to_owned(), self.address.shown()),
            ("model".to_owned(), self.model.clone()),
        ])
    }

    /// Tokens that prompt and reply may have together, when the server has said so to [`look_up`](Self::look_up).
    pub fn max_context(&self) -> Option<u64> {
        self.max_context.get().copied()
    }

    /// Looks the model up at the server, and keeps how much context it has, when the server says so.
    ///
    /// Fails when nobody answers or the key is refused. A server without a list, without this model in it, or whose
    /// list is out of order, may still serve: the calls will tell.
    pub async fn look_up(&self, context: &CallContext) -> Result<(), CallFailure> {
        let endpoint = self.address.endpoint(&(self.wire.paths.look_up)(&self.model), None);
        let request = self.client.get(&endpoint)?;
        let attempt = || async {
            let mut response = self.client.send(&endpoint, &request).await?;
            self.client.read(&endpoint, &mut response).await
        };
        match self.client.call(&endpoint, context, Retries::AtMost(0), attempt).await {
            Ok(body) => {
                if let Some(tokens) = model_list::find(&body, &self.model) {
                    self.max_context.get_or_init(|| tokens);
                }
                Ok(())
            }
            Err(failure) => match failure.kind {
                FailureKind::Network | FailureKind::Unauthorized | FailureKind::Cancelled => Err(failure),
                _ => Ok(()),
            },
        }
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
        let request = self.client.post(&self.endpoint, request::bytes(&body))?;
        let attempt = || self.try_generate(&request, context);
        self.client.call(&self.endpoint, context, Retries::AsGiven, attempt).await
    }

    fn refuse(&self, refusal: &Refusal) -> CallFailure {
        self.client.site(&self.endpoint).failure(refusal.kind, &refusal.text)
    }

    async fn try_generate(
        &self,
        request: &Request,
        context: &CallContext,
    ) -> Result<Generation, CallFailure> {
        let site = self.client.site(&self.endpoint);
        let sent = Instant::now();
        let first = FirstToken::within(self.first_token_timeout);
        let mut response = first.wait(site, self.client.send(&self.endpoint, request)).await?;
        let (draft, pieces) = match Framing::of(&response) {
            Some(framing) => stream::read(site, (response, framing), self.wire, context, first).await?,
            None => {
                // A server that does not stream: its first token comes with the last.
                let body = first.wait(site, self.client.read(&self.endpoint, &mut response)).await?;
                let mut draft = Draft::default();
                let read = json::parse(&body).and_then(|fields| (self.wire.read)(fields, &mut draft));
                read.map_err(|error| unusable(site, error, &body))?;
                (draft, Pieces::default())
            }
        };
        if draft.is_empty() {
            return Err(site.failure(FailureKind::Server, "the answer has no choice in it"));
        }
        let generation = draft.finish(self.wire.thinking, timing(sent, pieces));
        if generation.completions.iter().any(is_aborted) {
            let text = "the server gave up in the middle of the reply";
            return Err(site.failure(FailureKind::Server, text));
        }
        Ok(generation)
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
