//! Opens a model at an endpoint.

use crate::argument::ArgumentError;
use crate::environment::Environment;
use crate::error::Error;
use crate::open_model::{DEFAULT_ENDPOINT_TIMEOUT, OpenModel, defaults, user_sampling};
use crate::options::{EvalOptions, without_credentials};
use evalscope_core::Secret;
use evalscope_models::{EndpointOptions, ProviderKind};

/// Address and model name of an endpoint; refuses options that it cannot follow.
pub(crate) fn address_and_name(options: &EvalOptions) -> Result<(String, String), Error> {
    let given = &options.model;
    let url = given.api_url.clone().ok_or_else(|| {
        ArgumentError::new("this `--eval-type` needs the address of an endpoint")
            .with_hint(Some("add `--api-url http://HOST:PORT/v1`".into()))
    })?;
    let model = given.model.clone().ok_or_else(|| {
        ArgumentError::new("`--api-url` needs the name of the model that is served there").with_hint(Some(
            format!(
                "add `--model NAME`; `curl {}/models` lists the names",
                without_credentials(&url).trim_end_matches('/')
            ),
        ))
    })?;
    if given.chat_template.is_some() {
        return Err(ArgumentError::new(
            "an endpoint lays out chats itself: `--chat-template` has no effect on it",
        )
        .with_hint(Some("set the template where the server is started".into()))
        .into());
    }
    if let Some(name) = given.args.keys().next() {
        return Err(ArgumentError::new(format!("--model-args: an endpoint has no argument `{name}`"))
            .with_hint(Some(
                "send fields to the endpoint with `--generation-config '{\"extra_body\": {…}}'`".into(),
            ))
            .into());
    }
    if options.generation.first_token_timeout.is_some() && options.generation.stream != Some(true) {
        return Err(ArgumentError::new(
            "`first_token_timeout` is for streamed replies: without `stream`, the first token comes with the last",
        )
        .with_hint(Some("add `stream=true`, or limit each try with `attempt_timeout`".into()))
        .into());
    }
    Ok((url, model))
}

pub(crate) fn open(
    options: &EvalOptions,
    environment: &Environment,
    provider: ProviderKind,
) -> Result<OpenModel, Error> {
    let given = &options.model;
    let (url, model) = address_and_name(options)?;
    let timeout = options.generation.timeout.unwrap_or(DEFAULT_ENDPOINT_TIMEOUT);
    let mut endpoint = EndpointOptions::new(provider, url, model.clone());
    endpoint.key = given.api_key.clone().or_else(|| key(environment, provider));
    endpoint.timeout = timeout;
    // A try that stalls leaves time for another one.
    endpoint.attempt_timeout = Some(options.generation.attempt_timeout.unwrap_or(timeout / 2));
    endpoint.first_token_timeout = options.generation.first_token_timeout;
    endpoint.headers = options.generation.extra_headers.clone().into_iter().collect();
    endpoint.stream = options.generation.stream.unwrap_or(false);
    if let Some(interval) = options.generation.retry_interval {
        endpoint.retry_delay = interval;
    }
    if let Some(retries) = options.generation.retries {
        endpoint.retries = retries;
    }
    Ok(OpenModel {
        id: given.id.clone().unwrap_or(model),
        model: evalscope_models::open(endpoint)?,
        defaults: defaults(options.model.eval_type()),
        sampling: user_sampling(options),
        timeout,
        limits: Some(options.limits),
    })
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
    fn a_maker_s_key_is_sent_to_its_own_protocol_only() {
        let named = |name: &str| Some(Secret::new(name));
        let mut environment = Environment {
            openai_api_key: named("openai"),
            anthropic_api_key: named("anthropic"),
            gemini_api_key: named("gemini"),
            api_key: None,
            cache: "cache".into(),
            modelscope_cache: "modelscope".into(),
            huggingface_cache: "huggingface".into(),
            modelscope_endpoint: String::new(),
            huggingface_endpoint: String::new(),
            modelscope_token: None,
            huggingface_token: None,
            offline: true,
            pip: "pip".into(),
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
