//! A model that is open, and what the ways to one share.

use crate::argument::ArgumentError;
use crate::error::Error;
use crate::eval_type::EvalType;
use crate::options::{EndpointLimits, ModelOptions};
use evalscope_core::Sampling;
use evalscope_model_api::{CallContext, Capabilities, Model};
use evalscope_runner::{PaceLimits, Pacer, RunModel};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Time for one call to an endpoint, retries included, when the user does not say.
pub(crate) const DEFAULT_ENDPOINT_TIMEOUT: Duration = Duration::from_secs(600);

/// Tokens at most in a reply of the embedded engine when neither user nor protocol says; EvalScope's number.
const DEFAULT_LOCAL_MAX_TOKENS: u32 = 2048;
/// Calls in flight that an endpoint gets at most when the user does not say; more are tried only while they bring
/// more answers.
const MOST_IN_FLIGHT: usize = 64;

/// A model that is open, and how long one call may take.
pub(crate) struct OpenModel {
    pub id: String,
    pub model: Arc<dyn Model>,
    pub defaults: Sampling,
    pub sampling: Sampling,
    pub timeout: Duration,
    /// Samples in flight, when the user says.
    pub batch_size: Option<usize>,
    /// How the endpoints may be asked; absent for what keeps a queue of its own.
    pub limits: Option<OpenLimits>,
}

/// How the endpoints of a model may be asked.
pub(crate) struct OpenLimits {
    pub limits: EndpointLimits,
    /// The endpoints' shares of the calls.
    pub weights: Vec<f64>,
}

impl OpenModel {
    /// Asks the model what it can do, and makes it ready to run.
    pub async fn probe(self) -> Result<(RunModel, Capabilities), Error> {
        let context = CallContext::with_timeout(self.timeout.min(Duration::from_secs(60)));
        let capabilities = self.model.probe(&context).await.map_err(|failure| {
            let key = self.model.key_source().map(str::to_owned);
            evalscope_runner::Error::Model { model: self.id.clone(), failure, key }
        })?;
        Ok(self.ready(capabilities))
    }

    /// Makes the model ready without asking it, with what it declares.
    pub fn unprobed(self) -> (RunModel, Capabilities) {
        let capabilities = self.model.capabilities();
        self.ready(capabilities)
    }

    fn ready(self, capabilities: Capabilities) -> (RunModel, Capabilities) {
        let batch_size = self.batch_size;
        let initial = batch_size.unwrap_or(capabilities.default_concurrency);
        let endpoints = self.limits.as_ref().map_or(0, |open| open.weights.len());
        let concurrency = match endpoints {
            0 => initial,
            count => batch_size.unwrap_or(initial.max(MOST_IN_FLIGHT) * count),
        };
        let pace = self.limits.map(|open| {
            Pacer::new(PaceLimits {
                initial: batch_size.unwrap_or(initial * endpoints),
                most: concurrency,
                calls_per_minute: open.limits.calls_per_minute,
                tokens_per_minute: open.limits.tokens_per_minute,
                weights: open.weights,
            })
        });
        let run = RunModel {
            concurrency,
            pace,
            price: None,
            identity: self.model.identity(),
            id: self.id,
            model: self.model,
            defaults: self.defaults,
            sampling: self.sampling,
            timeout: self.timeout,
        };
        (run, capabilities)
    }
}

/// Sampling when neither user nor protocol says: EvalScope's temperature 0, and for the embedded engine a limit too.
pub(crate) fn defaults(kind: EvalType) -> Sampling {
    let max_tokens = (kind == EvalType::Local).then_some(DEFAULT_LOCAL_MAX_TOKENS);
    Sampling { temperature: Some(0.0), max_tokens, ..Sampling::default() }
}

/// The user's sampling. `n` is taken out: it repeats samples, as in EvalScope.
pub(crate) fn user_sampling(given: &ModelOptions) -> Sampling {
    Sampling { n: None, ..given.generation.sampling.clone() }
}

/// Refuses options that only an endpoint or another kind of model can follow, except these.
pub(crate) fn refuse_options_except(
    kept: &[&str],
    who: &str,
    given: &ModelOptions,
) -> Result<(), ArgumentError> {
    let generation = &given.generation;
    let named = [
        ("--api-url", !given.endpoints.is_empty()),
        ("--chat-template", given.chat_template.is_some()),
        ("extra_headers", !generation.extra_headers.is_empty()),
        ("extra_body", !generation.sampling.extra_body.is_empty()),
        ("stream", generation.stream == Some(true)),
        ("attempt_timeout", generation.attempt_timeout.is_some()),
        ("connect_timeout", generation.connect_timeout.is_some()),
        ("first_token_timeout", generation.first_token_timeout.is_some()),
        ("--rpm", given.limits.calls_per_minute.is_some()),
        ("--tpm", given.limits.tokens_per_minute.is_some()),
        ("retries", generation.retries.is_some()),
        ("retry_interval", generation.retry_interval.is_some()),
    ];
    match named.iter().find(|(name, is_given)| *is_given && !kept.contains(name)) {
        None => Ok(()),
        Some((name, _)) => Err(ArgumentError::new(format!("{who} has no use for `{name}`"))
            .with_hint(Some("take it out, or give an endpoint with `--api-url`".into()))),
    }
}

/// A path's last part, a hub id, or a catalogue name, as it is.
pub(crate) fn model_id(name: &str) -> String {
    let path = Path::new(name);
    if !path.exists() {
        return name.to_owned();
    }
    // `.` has its name elsewhere.
    let named = path.file_stem().map(ToOwned::to_owned);
    let named = named.or_else(|| path.canonicalize().ok()?.file_name().map(ToOwned::to_owned));
    named.map_or_else(|| name.to_owned(), |stem| stem.to_string_lossy().into_owned())
}
