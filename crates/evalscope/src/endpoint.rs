//! Opens a model at an endpoint.

use crate::argument::ArgumentError;
use crate::environment::Environment;
use crate::error::Error;
use crate::open_model::{DEFAULT_ENDPOINT_TIMEOUT, OpenLimits, OpenModel, defaults, user_sampling};
use crate::options::{EndpointAddress, ModelOptions, without_credentials};
use evalscope_core::Secret;
use evalscope_models::{EndpointOptions, ProviderKind};

/// Addresses and model name of an endpoint; refuses options that it cannot follow.
pub(crate) fn addresses_and_name(given: &ModelOptions) -> Result<(&[EndpointAddress], String), Error> {
    if given.endpoints.is_empty() && given.serve.is_some() {
        return Err(ArgumentError::new(
            "`serve`: servers are started for `evalscope eval` and `evalscope perf` only",
        )
        .with_hint(Some("start it yourself and give its address, `api_url`".into()))
        .into());
    }
    let first = given.endpoints.first().ok_or_else(|| {
        ArgumentError::new("this `--eval-type` needs the address of an endpoint")
            .with_hint(Some("add `--api-url http://HOST:PORT/v1`".into()))
    })?;
    let model = given.model.clone().ok_or_else(|| {
        ArgumentError::new("`--api-url` needs the name of the model that is served there").with_hint(Some(
            format!(
                "add `--model NAME`; `curl {}/models` lists the names",
                without_credentials(&first.url).trim_end_matches('/')
            ),
        ))
    })?;
    refuse_idle(given)?;
    if let Some(address) = given.endpoints.iter().find(|address| !is_weight(address.weight)) {
        let url = without_credentials(&address.url);
        return Err(
            ArgumentError::new(format!("--api-url: the weight of {url} must be a number above 0")).into()
        );
    }
    Ok((&given.endpoints, model))
}

/// Refuses options that have no effect on a server, ours or another.
pub(crate) fn refuse_idle(given: &ModelOptions) -> Result<(), ArgumentError> {
    let generation = &given.generation;
    let first = given.args.keys().next().map(String::as_str);
    let (message, hint) = match first {
        _ if given.chat_template.is_some() => (
            "an endpoint lays out chats itself: `--chat-template` has no effect on it".to_owned(),
            "set the template where the server is started",
        ),
        Some("precision") => (
            "an endpoint has no use for `precision`".to_owned(),
            "it is for models that run here: a server decides its own",
        ),
        Some(name) => (
            format!("--model-args: an endpoint has no argument `{name}`"),
            "send fields to the endpoint with `--generation-config '{\"extra_body\": {…}}'`",
        ),
        None if generation.first_token_timeout.is_some() && generation.stream != Some(true) => (
            "`first_token_timeout` is for streamed replies: without `stream`, the first token comes with the last".to_owned(),
            "add `stream=true`, or limit each try with `attempt_timeout`",
        ),
        None => return Ok(()),
    };
    Err(ArgumentError::new(message).with_hint(Some(hint.to_owned())))
}

fn is_weight(weight: f64) -> bool {
    weight.is_finite() && weight > 0.0
}

pub(crate) fn open(
    given: &ModelOptions,
    environment: &Environment,
    provider: ProviderKind,
) -> Result<OpenModel, Error> {
    let (addresses, model) = addresses_and_name(given)?;
    let endpoint = connection(given, environment, provider, model.clone());
    Ok(OpenModel {
        id: given.id.clone().unwrap_or(model),
        timeout: endpoint.timeout,
        model: evalscope_models::open(endpoint)?,
        defaults: defaults(given.eval_type()),
        sampling: user_sampling(given),
        batch_size: given.batch_size,
        limits: Some(OpenLimits {
            limits: given.limits,
            weights: addresses.iter().map(|address| address.weight).collect(),
        }),
    })
}

/// How the endpoints are reached and asked for the model of this name.
pub(crate) fn connection(
    given: &ModelOptions,
    environment: &Environment,
    provider: ProviderKind,
    model: String,
) -> EndpointOptions {
    let generation = &given.generation;
    let timeout = generation.timeout.unwrap_or(DEFAULT_ENDPOINT_TIMEOUT);
    let mut endpoint = EndpointOptions::new(provider, String::new(), model);
    endpoint.urls = given.endpoints.iter().map(|address| address.url.clone()).collect();
    endpoint.server = given.serve.as_ref().map(|serve| serve.identity(given.model.as_ref()));
    // A server of our own asks for no key.
    let of_environment = || key(environment, provider);
    endpoint.key = given.api_key.clone().or_else(of_environment).filter(|_| given.serve.is_none());
    // An address that says who asks goes before a key that only the environment has.
    endpoint.user_first = given.api_key.is_none();
    endpoint.timeout = timeout;
    // A try that stalls leaves time for another one.
    endpoint.attempt_timeout = Some(generation.attempt_timeout.unwrap_or(timeout / 2));
    if let Some(time) = generation.connect_timeout {
        endpoint.connect_timeout = time;
    }
    endpoint.first_token_timeout = generation.first_token_timeout;
    endpoint.headers = generation.extra_headers.clone().into_iter().collect();
    endpoint.stream = generation.stream.unwrap_or(false);
    if let Some(interval) = generation.retry_interval {
        endpoint.retry_delay = interval;
    }
    if let Some(retries) = generation.retries {
        endpoint.retries = retries;
    }
    endpoint
}

/// The key in the environment: ours, or that of the protocol's maker, which nobody else is sent.
fn key(environment: &Environment, provider: ProviderKind) -> Option<Secret> {
    let of_maker = match provider {
        ProviderKind::OpenaiChat | ProviderKind::OpenaiCompletions | ProviderKind::OpenaiResponses => {
            &environment.openai_api_key
        }
        ProviderKind::Anthropic => &environment.anthropic_api_key,
        ProviderKind::Gemini => &environment.gemini_api_key,
        ProviderKind::Ollama => &None,
    };
    environment.api_key.clone().or_else(|| of_maker.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_named_in_an_address_goes_before_a_key_of_the_environment() {
        let environment = Environment { api_key: Some(Secret::new("env")), ..Environment::nowhere() };
        let found = |given: Option<&str>| {
            let options = ModelOptions { api_key: given.map(Secret::new), ..ModelOptions::default() };
            let opened = connection(&options, &environment, ProviderKind::OpenaiChat, "m".into());
            (opened.key.map(|key| key.expose().to_owned()).unwrap_or_default(), opened.user_first)
        };
        assert_eq!(found(None), ("env".to_owned(), true));
        assert_eq!(found(Some("own")), ("own".to_owned(), false));
    }

    #[test]
    fn a_maker_s_key_is_sent_to_its_own_protocol_only() {
        let named = |name: &str| Some(Secret::new(name));
        let mut environment = Environment {
            openai_api_key: named("openai"),
            anthropic_api_key: named("anthropic"),
            gemini_api_key: named("gemini"),
            ..Environment::nowhere()
        };
        let sent = |environment: &Environment, kind| {
            key(environment, kind).map(|key| key.expose().to_owned()).unwrap_or_default()
        };
        for (kind, name) in [
            (ProviderKind::OpenaiChat, "openai"),
            (ProviderKind::OpenaiResponses, "openai"),
            (ProviderKind::Anthropic, "anthropic"),
            (ProviderKind::Gemini, "gemini"),
            (ProviderKind::Ollama, ""),
        ] {
            assert_eq!(sent(&environment, kind), name);
        }
        environment.api_key = named("ours");
        assert_eq!(sent(&environment, ProviderKind::Anthropic), "ours");
    }
}
