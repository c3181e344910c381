//! One address of a model: how the questions of a probe get there, and back.

use super::command::command;
use crate::endpoint;
use crate::environment::Environment;
use crate::error::Error;
use crate::eval_type::EvalType;
use crate::options::{EndpointAddress, ModelOptions, without_credentials};
use async_trait::async_trait;
use evalscope_core::{CallFailure, FailureKind, Sampling, digest};
use evalscope_model_api::{CallContext, Capabilities, Model, Pace, Turn};
use evalscope_models::ProviderKind;
use evalscope_probe::{Findings, Next, Question, Reply, Subject, frugal, step};
use evalscope_runner::Pacer;
use futures::StreamExt;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Time for all that is asked of one address. A small model on a slow machine writes its three hundred tokens in it.
const MOST_TIME: Duration = Duration::from_secs(60);
/// Questions in flight: several, so that an endpoint whose answers depend on its load shows it.
const IN_FLIGHT: usize = 4;
/// A passing failure is forgiven once.
const RETRIES: u32 = 1;

/// How a model is talked to, when it is at an endpoint.
pub(super) fn provider_of(given: &ModelOptions) -> Option<ProviderKind> {
    match given.eval_type() {
        EvalType::Endpoint(provider) => Some(provider),
        EvalType::Command | EvalType::Replay | EvalType::Local => None,
    }
}

/// One address of a model.
pub(super) struct Target {
    url: String,
    whole: Arc<dyn Model>,
    streamed: Arc<dyn Model>,
    /// What the user sends with every request, such as a switch for reasoning.
    base: Sampling,
    /// What is found out is kept under this: provider, address without secrets, model name, and what the user adds to
    /// every request, headers included, as that may change all of it.
    pub key: String,
    /// The command that finds it out again.
    pub command: String,
}

impl Target {
    /// Where the key that is sent came from.
    pub fn key_source(&self) -> Option<String> {
        self.whole.key_source().map(str::to_owned)
    }

    /// All addresses of a model, none for what is no endpoint. Nothing is sent yet.
    pub fn all(given: &ModelOptions, environment: &Environment) -> Result<Vec<Target>, Error> {
        let Some(provider) = provider_of(given) else { return Ok(Vec::new()) };
        let alone = given.endpoints.iter().map(|address| patient(given, address.clone()));
        alone.map(|alone| Target::open(&alone, environment, provider)).collect()
    }

    /// `given` has one address.
    fn open(
        given: &ModelOptions,
        environment: &Environment,
        provider: ProviderKind,
    ) -> Result<Target, Error> {
        let open = |stream| {
            let mut given = given.clone();
            given.generation.stream = Some(stream);
            Ok::<_, Error>(endpoint::open(&given, environment, provider)?.model)
        };
        let whole = open(false)?;
        let extra_body = &given.generation.sampling.extra_body;
        Ok(Target {
            url: given.endpoints.first().map(|address| address.url.clone()).unwrap_or_default(),
            key: digest(&(whole.identity(), extra_body, headers(given))),
            command: command(given),
            base: Sampling { extra_body: frugal(extra_body), ..Sampling::default() },
            streamed: open(true)?,
            whole,
        })
    }

    /// The endpoint as a person knows it; its address is needed only where the model has several.
    pub fn name(&self, model: &str, has_several: bool) -> String {
        match has_several {
            false => format!("the endpoint of `{model}`"),
            true => format!("the endpoint {} of `{model}`", without_credentials(&self.url)),
        }
    }

    /// Asks what the logic wants to know, until it has its findings; why the first question was not answered, when it
    /// was not. `known` is what a look without questions has shown; absent, that look is taken first.
    pub async fn look(
        &self,
        known: Option<Capabilities>,
        pacer: Option<Arc<Pacer>>,
    ) -> (Findings, Option<CallFailure>) {
        let end = Instant::now() + MOST_TIME;
        let identity = self.whole.identity();
        let provider = identity.get("provider").cloned().unwrap_or_default();
        let capabilities = match known {
            Some(known) => known,
            None => self.capabilities(end).await,
        };
        let subject = Subject { provider, capabilities };
        let (mut findings, failure) = self.ask(&subject, pacer.as_ref(), end).await;
        findings.endpoint = identity.into_iter().collect();
        (findings, failure)
    }

    /// What a look without questions shows. When it fails, so will the first question, and say why.
    async fn capabilities(&self, end: Instant) -> Capabilities {
        let context = CallContext::with_timeout(MOST_TIME);
        let looked = timeout_at(end, self.whole.probe(&context)).await;
        looked.ok().and_then(Result::ok).unwrap_or_else(|| self.whole.capabilities())
    }

    async fn ask(
        &self,
        subject: &Subject,
        pacer: Option<&Arc<Pacer>>,
        end: Instant,
    ) -> (Findings, Option<CallFailure>) {
        let mut replies: Vec<Reply> = Vec::new();
        loop {
            match step(subject, &replies) {
                Next::Done(findings) => return (*findings, replies.into_iter().next().and_then(Result::err)),
                Next::Ask(questions) => {
                    let asked = questions.iter().map(|question| self.ask_one(question, pacer, end));
                    let more: Vec<Reply> = futures::stream::iter(asked).buffered(IN_FLIGHT).collect().await;
                    replies.extend(more);
                }
            }
        }
    }

    async fn ask_one(&self, question: &Question, pacer: Option<&Arc<Pacer>>, end: Instant) -> Reply {
        if Instant::now() >= end {
            // Not a timeout: it was not sent.
            return Err(CallFailure::new(FailureKind::Cancelled, "the time for the probe was over"));
        }
        let mut request = question.request.clone();
        request.sampling = self.base.overridden_by(&request.sampling);
        let model = if question.stream { &self.streamed } else { &self.whole };
        let pace = pacer.map(|pacer| Arc::new(Rate(Arc::clone(pacer))) as Arc<dyn Pace>);
        let context = CallContext { pace, ..CallContext::with_timeout(MOST_TIME) };
        let reply = timeout_at(end, model.generate(&request, &context)).await;
        let late = || CallFailure::new(FailureKind::Timeout, "it did not end in the time for the probe");
        let generation = reply.unwrap_or_else(|_| Err(late()))?;
        if let (Some(pacer), Some(usage)) = (pacer, generation.usage) {
            pacer.spent(usage.input_tokens.saturating_add(usage.output_tokens));
        }
        Ok(generation)
    }
}

/// What the user adds to the head of every request, whatever its order.
fn headers(given: &ModelOptions) -> BTreeMap<String, &String> {
    given.generation.extra_headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect()
}

/// The model at one address, asked with little patience.
fn patient(given: &ModelOptions, address: EndpointAddress) -> ModelOptions {
    let mut alone = ModelOptions { endpoints: vec![address], ..given.clone() };
    let generation = &mut alone.generation;
    generation.retries = Some(generation.retries.unwrap_or(RETRIES).min(RETRIES));
    generation.timeout = Some(generation.timeout.unwrap_or(MOST_TIME).min(MOST_TIME));
    alone
}

/// The run's pace, for its limits per minute and in flight. Where it would send a call is not asked, and how a call
/// ended is not told: the run is to find its endpoints as they are to its own calls.
struct Rate(Arc<Pacer>);

#[async_trait]
impl Pace for Rate {
    async fn turn_besides(self: Arc<Self>, _: &[usize]) -> Box<dyn Turn> {
        Box::new(Silent { _turn: Arc::clone(&self.0).turn().await })
    }

    fn was_silent(&self, _: usize, _: std::time::Instant) {}
}

struct Silent {
    _turn: Box<dyn Turn>,
}

impl Turn for Silent {
    fn ended(self: Box<Self>, _: Result<(), &CallFailure>) {}

    fn silent(self: Box<Self>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says what it can do, and answers nothing.
    struct Mute;

    #[async_trait]
    impl Model for Mute {
        fn identity(&self) -> BTreeMap<String, String> {
            BTreeMap::from([("provider".to_owned(), "openai_chat".to_owned())])
        }

        fn capabilities(&self) -> Capabilities {
            Capabilities::of_replies(1, "")
        }

        async fn probe(&self, _: &CallContext) -> Result<Capabilities, CallFailure> {
            std::future::pending().await
        }

        async fn generate(
            &self,
            _: &evalscope_core::GenerateRequest,
            _: &CallContext,
        ) -> Result<evalscope_core::Generation, CallFailure> {
            std::future::pending().await
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_endpoint_that_answers_nothing_holds_a_run_up_for_a_minute() {
        for known in [Some(Mute.capabilities()), None] {
            let (url, key) = ("http://h/v1".to_owned(), String::new());
            let base = Sampling::default();
            let command = String::new();
            let target = Target { url, whole: Arc::new(Mute), streamed: Arc::new(Mute), base, key, command };
            let begun = Instant::now();
            let (findings, failure) = target.look(known, None).await;
            assert!(begun.elapsed() <= MOST_TIME + Duration::from_secs(1), "{:?}", begun.elapsed());
            assert!(failure.is_some() && findings.failure.is_some());
        }
    }
}
