//! The first request to a server that was started for a run: for one token. It is asked outside of runs, so that it stands in
//! no journal and costs nothing.

use crate::endpoint::connection;
use crate::environment::Environment;
use crate::error::Error;
use crate::options::ModelOptions;
use crate::runtime::runtime;
use evalscope_core::{FailureKind, GenerateRequest, Input, Message, Sampling};
use evalscope_model_api::CallContext;
use evalscope_models::ProviderKind;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// What is said to the model.
const WORD: &str = "Hello";
/// Tries after the first one: a server that says that it is ready may still refuse for a moment.
const RETRIES: u32 = 2;

/// Asks the model for one token, with the patience that its start has; what came instead.
pub(crate) fn ask(
    given: &ModelOptions,
    environment: &Environment,
    provider: ProviderKind,
    (patience, stop): (Duration, &CancellationToken),
) -> Result<Result<(), String>, Error> {
    let mut options = connection(given, environment, provider, given.model.clone().unwrap_or_default());
    options.timeout = patience;
    options.attempt_timeout = Some(patience);
    options.first_token_timeout = None;
    options.retries = RETRIES;
    let model = evalscope_models::open(options)?;
    let input = match provider {
        ProviderKind::OpenaiCompletions => Input::Text(WORD.into()),
        _ => Input::Chat(vec![Message::user(WORD)]),
    };
    let sampling = Sampling {
        max_tokens: Some(1),
        extra_body: given.generation.sampling.extra_body.clone(),
        ..Sampling::default()
    };
    let request = GenerateRequest::new(input, sampling);
    let context = CallContext { cancel: stop.child_token(), ..CallContext::with_timeout(patience) };
    match runtime()?.block_on(model.generate(&request, &context)) {
        Ok(_) => Ok(Ok(())),
        Err(failure) if failure.kind == FailureKind::Cancelled => Ok(Ok(())),
        Err(failure) => Ok(Err(failure.message)),
    }
}
