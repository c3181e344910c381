//! OpenAI's completions of raw text, and the log-likelihoods that they give by echoing the prompt.

use crate::address::Endpoint;
use crate::choices::{self, Shape};
use crate::client::Retries;
use crate::draft::Thinking;
use crate::echo::{self, Echo};
use crate::error::Error;
use crate::failure::unusable;
use crate::json::Fields;
use crate::options::EndpointOptions;
use crate::refusal::Refusal;
use crate::request;
use crate::service::{DEFAULT_CONCURRENCY, Service};
use crate::wire::{Base, Call, Paths, Wire};
use async_trait::async_trait;
use bytes::Bytes;
use evalscope_core::{
    CallFailure, ContinuationScore, ContinuationTokens, FailureKind, GenerateRequest, Generation, Input,
    LoglikelihoodRequest, Message,
};
use evalscope_model_api::{CallContext, Capabilities, LoglikelihoodSupport, Model};
use futures::{StreamExt, TryStreamExt};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use tokio::sync::OnceCell;

/// The protocol.
pub const WIRE: Wire = Wire {
    name: "openai_completions",
    paths: Paths {
        base: Base::OfHost("/v1"),
        calls: &["/chat/completions", "/completions"],
        call: |_| "/completions".into(),
        stream_query: None,
        look_up: |_| "/models".into(),
    },
    key: ("authorization", "Bearer "),
    headers: &[],
    identity: &[],
    body,
    read: |fields, draft| choices::read_whole(fields, draft, Shape::Text),
    read_event: |fields, draft| choices::read_event(fields, draft, Shape::Text),
    thinking: Thinking::IsText,
};

/// Continuations of one request that are asked for at once: the choices of a usual question.
const MAX_CONTINUATIONS_IN_FLIGHT: usize = 4;
/// What the server is to echo before a run, and the beginning of it. Plain words, so that every tokenizer gives
/// them back as they are.
const PROBE: &str = "The quick brown fox jumps over the lazy dog";
const PROBE_BEGINNING: &str = "The quick brown fox";

/// Further tries of these. Where one call in five fails, four in a row are rare; at a server that does not echo they take
/// some seconds.
const PROBE_RETRIES: u32 = 3;

struct OpenaiCompletions {
    service: Service,
    loglikelihood: OnceLock<LoglikelihoodSupport>,
}

/// A model behind `/completions`.
pub fn open(options: EndpointOptions) -> Result<Arc<dyn Model>, Error> {
    let service = Service::new(&WIRE, options)?;
    Ok(Arc::new(OpenaiCompletions { service, loglikelihood: OnceLock::new() }))
}

fn body(call: &Call<'_>) -> Result<Fields, Refusal> {
    let prompt = plain_text(&call.request.input)?;
    if !call.request.tools.is_empty() {
        return Err(Refusal::unsupported("a completions endpoint knows no tools"));
    }
    Ok(request::openai(call, ("prompt", prompt.into())))
}

/// A conversation as plain text, a blank line between messages: this endpoint knows no chat template, and base
/// models, which it is used for, have none.
fn plain_text(input: &Input) -> Result<String, Refusal> {
    let messages = match input {
        Input::Text(text) => return Ok(text.clone()),
        Input::Chat(messages) => messages,
    };
    if messages.iter().any(|message| message.content.has_image()) {
        return Err(Refusal::unsupported("a completions endpoint takes text only, and there is an image"));
    }
    if messages.iter().any(|message| !message.tool_calls.is_empty() || message.tool_call_id.is_some()) {
        return Err(Refusal::unsupported("a completions endpoint knows no tools"));
    }
    Ok(messages.iter().map(Message::text).collect::<Vec<_>>().join("\n\n"))
}

#[async_trait]
impl Model for OpenaiCompletions {
    fn identity(&self) -> BTreeMap<String, String> {
        let mut identity = self.service.identity();
        identity.insert("chat_layout".to_owned(), "plain text".to_owned());
        identity
    }

    fn key_source(&self) -> Option<&str> {
        self.service.key_source()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            loglikelihood: self.loglikelihood.get().cloned().unwrap_or(LoglikelihoodSupport::EchoCompletions),
            stream: true,
            max_context: self.service.max_context(),
            ..Capabilities::of_replies(DEFAULT_CONCURRENCY, "")
        }
    }

    async fn probe(&self, context: &CallContext) -> Result<Capabilities, CallFailure> {
        let notices = self.service.look_up(context).await?;
        let support = self.try_echoes(context).await?;
        self.loglikelihood.get_or_init(|| support);
        Ok(Capabilities { notices, ..self.capabilities() })
    }

    async fn generate(
        &self,
        request: &GenerateRequest,
        context: &CallContext,
    ) -> Result<Generation, CallFailure> {
        self.service.generate(request, context).await
    }

    async fn loglikelihood(
        &self,
        request: &LoglikelihoodRequest,
        context: &CallContext,
    ) -> Result<Vec<ContinuationScore>, CallFailure> {
        let prefix = Prefix::new(request);
        let calls: Vec<_> = request
            .continuations
            .iter()
            .map(|continuation| self.score(&prefix, continuation, request.tokens, context))
            .collect();
        // Each call has the whole time.
        futures::stream::iter(calls).buffered(MAX_CONTINUATIONS_IN_FLIGHT).try_collect().await
    }
}

/// The text before the continuations.
struct Prefix {
    text: String,
    /// Bytes without the white space at the end, which belongs to the continuations.
    border: usize,
    /// Its tokens when encoded alone, once they had to be counted.
    tokens: OnceCell<usize>,
}

impl Prefix {
    fn new(request: &LoglikelihoodRequest) -> Prefix {
        let text = request.prefix_text();
        Prefix { border: text.trim_end().len(), text, tokens: OnceCell::new() }
    }
}

impl OpenaiCompletions {
    fn failure(&self, kind: FailureKind, text: &str) -> CallFailure {
        self.service.client.site(&self.service.endpoints[0]).failure(kind, text)
    }

    /// The tokens of a text with their log-probabilities, from one of these endpoints.
    async fn ask_echo(
        &self,
        endpoints: &[Endpoint],
        text: &str,
        retries: Retries,
        context: &CallContext,
    ) -> Result<Echo, CallFailure> {
        let client = &self.service.client;
        let sent = &Bytes::from(request::echo(&self.service.model, text));
        let attempt = |endpoint| async move {
            let mut response = client.send(endpoint, client.post(endpoint, sent.clone())?).await?;
            let body = client.read(endpoint, &mut response).await?;
            Echo::read(&body).map_err(|error| unusable(client.site(endpoint), error, &body))
        };
        client.call(endpoints, context, retries, attempt).await
    }

    async fn score(
        &self,
        prefix: &Prefix,
        continuation: &str,
        tokens: ContinuationTokens,
        context: &CallContext,
    ) -> Result<ContinuationScore, CallFailure> {
        let bytes = continuation.len() as u32;
        let prompt = format!("{}{continuation}", prefix.text);
        if prompt.len() == prefix.border {
            // Nothing is certain to follow anything.
            return Ok(ContinuationScore { is_greedy: true, bytes, ..ContinuationScore::default() });
        }
        let echo = self.ask_echo(&self.service.endpoints, &prompt, Retries::AsGiven, context).await?;
        let range = match echo.tokens_behind(&prompt, prefix.border) {
            Some(range) => range,
            None => self.count(prefix, context).await?..echo.count(),
        };
        let score = echo.score(range, tokens);
        let score = score.map_err(|text| self.failure(FailureKind::BadRequest, &text))?;
        Ok(ContinuationScore { bytes, ..score })
    }

    /// Tokens of the prefix when it stands alone; asked for once.
    async fn count(&self, prefix: &Prefix, context: &CallContext) -> Result<usize, CallFailure> {
        if prefix.border == 0 {
            return Ok(0);
        }
        let text = &prefix.text[..prefix.border];
        let all = &self.service.endpoints;
        let ask = || async { Ok(self.ask_echo(all, text, Retries::AsGiven, context).await?.count()) };
        prefix.tokens.get_or_try_init(ask).await.copied()
    }

    /// Whether log-likelihoods can be had, from whichever endpoint is asked. One that is out of use says nothing.
    async fn try_echoes(&self, context: &CallContext) -> Result<LoglikelihoodSupport, CallFailure> {
        let tries = self.service.endpoints.iter().map(|endpoint| self.try_echo(endpoint, context));
        let mut support = Err(self.failure(FailureKind::Network, "no endpoint answers"));
        for tried in futures::future::join_all(tries).await {
            match (tried, &support) {
                (Ok(none @ LoglikelihoodSupport::None(_)), _) => return Ok(none),
                (Ok(some), _) => support = Ok(some),
                (Err(failure), Err(_)) => support = Err(failure),
                (Err(_), Ok(_)) => {}
            }
        }
        support
    }

    /// Whether one endpoint gives log-likelihoods: the prompt comes back with numbers, and they make sense.
    async fn try_echo(
        &self,
        endpoint: &Endpoint,
        context: &CallContext,
    ) -> Result<LoglikelihoodSupport, CallFailure> {
        let retries = Retries::AtMost(PROBE_RETRIES);
        let ask = |text| self.ask_echo(std::slice::from_ref(endpoint), text, retries, context);
        let (whole, part) = match futures::try_join!(ask(PROBE), ask(PROBE_BEGINNING)) {
            Ok(echoes) => echoes,
            Err(failure) => return without_echo(failure),
        };
        Ok(match echo::check((&whole, PROBE), (&part, PROBE_BEGINNING)) {
            Ok(()) => LoglikelihoodSupport::EchoCompletions,
            Err(reason) => LoglikelihoodSupport::None(format!("the echoed prompt is of no use: {reason}")),
        })
    }
}

/// A server that refuses to echo can still write text; one that cannot be reached, or not with this key, cannot.
fn without_echo(failure: CallFailure) -> Result<LoglikelihoodSupport, CallFailure> {
    match failure.kind {
        FailureKind::Network | FailureKind::Cancelled => Err(failure),
        kind if kind.is_fatal() => Err(failure),
        _ => Ok(LoglikelihoodSupport::None(failure.message)),
    }
}
