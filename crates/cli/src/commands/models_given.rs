//! The models that are given: each with options of its own over those that all share.

use super::precision::with_precision;
use crate::arguments::EvalArguments;
use crate::environment;
use crate::output::Failure;
use evalscope::core::Secret;
use evalscope::{
    ArgumentError, EndpointAddress, EndpointLimits, EvalType, GenerationConfig, ManagedServer, ModelOptions,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The names of a model's fields.
pub const FIELDS: [&str; 15] = [
    "model",
    "model_id",
    "api_url",
    "serve",
    "api_key",
    "api_key_env",
    "eval_type",
    "model_args",
    "precision",
    "generation_config",
    "chat_template",
    "rpm",
    "tpm",
    "eval_batch_size",
    "price",
];

/// One model. Its fields are named as the flags are.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    model: Option<String>,
    model_id: Option<String>,
    api_url: Option<Addresses>,
    /// The server that is to be started for it.
    serve: Option<Value>,
    api_key: Option<String>,
    /// The environment variable that holds its key.
    api_key_env: Option<String>,
    eval_type: Option<String>,
    model_args: Option<Value>,
    /// How the embedded engine keeps weights.
    precision: Option<String>,
    generation_config: Option<Value>,
    chat_template: Option<String>,
    rpm: Option<f64>,
    tpm: Option<f64>,
    eval_batch_size: Option<usize>,
    /// What its tokens cost.
    price: Option<Value>,
}

/// One address, or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Addresses {
    One(Address),
    Several(Vec<Address>),
}

/// An address, with its weight or without.
#[derive(Deserialize)]
#[serde(untagged)]
enum Address {
    Text(String),
    Weighted { url: String, weight: f64 },
}

/// All models, each as its value of `--model` says, else as the flags do.
pub fn models(arguments: &EvalArguments) -> Result<Vec<ModelOptions>, Failure> {
    let shared = shared(arguments)?;
    let values: Vec<Option<&str>> = match arguments.model.as_slice() {
        [] => vec![None],
        several => several.iter().map(|value| Some(value.as_str())).collect(),
    };
    if values.len() > 1 && arguments.price.is_some() {
        return Err(ArgumentError::new("--price: there are several models, and this is one price")
            .with_hint(Some(
                "give `price` to each: `--model '{\"model\": …, \"price\": …}'`, or `--prices FILE` with their names".into(),
            ))
            .into());
    }
    if values.len() > 1 && arguments.model_id.is_some() {
        return Err(ArgumentError::new("--model-id: there are several models, and this is one name")
            .with_hint(Some("give `model_id` to each: `--model '{\"model\": …, \"model_id\": …}'`".into()))
            .into());
    }
    values.into_iter().map(|value| model("--model", value, &shared)).collect()
}

/// A model as `option` or a file names it: by its name, or with options of its own.
pub fn one(option: &str, value: &Value) -> Result<ModelOptions, Failure> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    model(option, Some(&text), &Map::new())
}

/// Tokens are drawn as often for all models: `n` of each, which must be the same.
pub fn replies_per_prompt(models: &[ModelOptions]) -> Result<u32, ArgumentError> {
    let mut counts = models.iter().map(|model| model.generation.sampling.n.unwrap_or(1).max(1));
    let first = counts.next().unwrap_or(1);
    if counts.all(|count| count == first) {
        return Ok(first);
    }
    Err(ArgumentError::new("`n` must be the same for all models: it is how often each sample is asked"))
}

/// A value of `--model` as it may be written down: without keys.
pub fn without_secrets(value: &str) -> Value {
    let Some(Value::Object(mut fields)) = parse_object(value).ok().flatten() else { return value.into() };
    fields.remove("api_key");
    if let Some(config) = fields.get_mut("generation_config") {
        let text = config.as_str().map_or_else(|| config.to_string(), str::to_owned);
        *config = GenerationConfig::masked(&text).into();
    }
    if let Some(addresses) = fields.get_mut("api_url") {
        mask_addresses(addresses);
    }
    Value::Object(fields)
}

/// A value of `--api-url` as it may be written down.
pub fn address_without_secrets(value: &str) -> Value {
    let mut address = parse_object(value).ok().flatten().unwrap_or_else(|| value.into());
    mask_addresses(&mut address);
    address
}

fn mask_addresses(addresses: &mut Value) {
    match addresses {
        Value::String(url) => *url = evalscope::without_credentials(url),
        Value::Array(several) => several.iter_mut().for_each(mask_addresses),
        Value::Object(fields) => fields.values_mut().for_each(mask_addresses),
        _ => {}
    }
}

/// The options that all models share.
fn shared(arguments: &EvalArguments) -> Result<Map<String, Value>, ArgumentError> {
    let mut urls = Vec::new();
    for value in &arguments.api_url {
        let parsed = parse_object(value)
            .map_err(|error| ArgumentError::new(format!("--api-url is not valid JSON: {error}")))?;
        urls.push(parsed.unwrap_or_else(|| value.as_str().into()));
    }
    let shared = json!({
        "model_id": arguments.model_id,
        "api_url": (!urls.is_empty()).then_some(urls),
        "serve": arguments.serve,
        "api_key": arguments.api_key,
        "eval_type": arguments.eval_type,
        "model_args": arguments.model_args,
        "precision": arguments.precision,
        "generation_config": arguments.generation_config,
        "chat_template": arguments.chat_template,
        "rpm": arguments.rpm,
        "tpm": arguments.tpm,
        "eval_batch_size": arguments.eval_batch_size,
        "price": arguments.price,
    });
    Ok(shared.as_object().cloned().unwrap_or_default())
}

fn model(option: &str, value: Option<&str>, shared: &Map<String, Value>) -> Result<ModelOptions, Failure> {
    let wrong = |error: serde_json::Error| ArgumentError::new(format!("{option}: {error}"));
    let mut fields = shared.clone();
    let mut source = "--api-key";
    if let Some(value) = value {
        let own = match parse_object(value).map_err(wrong)? {
            Some(Value::Object(own)) => own,
            _ => Map::from_iter([("model".to_owned(), value.into())]),
        };
        if own.contains_key("api_key_env") {
            fields.remove("api_key");
        }
        if own.contains_key("api_key") {
            source = "`api_key` of this model";
        }
        fields.extend(own);
    }
    read(serde_json::from_value(Value::Object(fields)).map_err(wrong)?, option, source)
}

/// `option` names the model, and `source` says where the key was given.
fn read(given: Given, option: &str, source: &str) -> Result<ModelOptions, Failure> {
    if [given.rpm, given.tpm].into_iter().flatten().any(|limit| !(limit.is_finite() && limit > 0.0)) {
        return Err(ArgumentError::new(format!("{option}: `rpm` and `tpm` must be numbers above 0")).into());
    }
    if given.eval_batch_size == Some(0) {
        return Err(
            ArgumentError::new(format!("{option}: `eval_batch_size` must be a number above 0")).into()
        );
    }
    let key = match (given.api_key, given.api_key_env) {
        (Some(key), _) => Some(Secret::new(key).from_source(source)),
        (None, Some(name)) => Some(environment::secret_named(&name).ok_or_else(|| {
            ArgumentError::new(format!(
                "{option}: the environment has no `{name}`, which `api_key_env` names"
            ))
            .with_hint(Some(format!("set it: `export {name}=…`")))
        })?),
        (None, None) => None,
    };
    let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut options = ModelOptions {
        model: given.model,
        endpoints: given.api_url.map(addresses).unwrap_or_default(),
        serve: given.serve.map(|value| ManagedServer::parse(&text(value))).transpose()?,
        api_key: key,
        eval_type: given.eval_type.as_deref().map(eval_type).transpose()?,
        args: match given.model_args {
            Some(value) => evalscope::key_values::parse("--model-args", &text(value))?,
            None => Default::default(),
        },
        chat_template: given.chat_template,
        id: given.model_id,
        generation: match given.generation_config {
            Some(value) => GenerationConfig::parse(&text(value))?,
            None => GenerationConfig::default(),
        },
        batch_size: given.eval_batch_size,
        limits: EndpointLimits { calls_per_minute: given.rpm, tokens_per_minute: given.tpm },
        price: given.price.map(|value| evalscope::parse_price(&text(value))).transpose()?,
    };
    with_precision(&mut options, given.precision.as_deref())?;
    Ok(options)
}

fn addresses(given: Addresses) -> Vec<EndpointAddress> {
    let several = match given {
        Addresses::One(one) => vec![one],
        Addresses::Several(several) => several,
    };
    let address = |given| match given {
        Address::Text(url) => EndpointAddress { url, weight: 1.0 },
        Address::Weighted { url, weight } => EndpointAddress { url, weight },
    };
    several.into_iter().map(address).collect()
}

pub fn eval_type(name: &str) -> Result<EvalType, ArgumentError> {
    EvalType::parse(name).ok_or_else(|| {
        let names = EvalType::NAMES.map(|(name, _)| name);
        ArgumentError::new(format!("--eval-type: there is no `{name}`"))
            .with_hint(Some(format!("one of: {}", names.join(", "))))
    })
}

/// The value as JSON, when it looks like an object.
pub fn parse_object(value: &str) -> Result<Option<Value>, serde_json::Error> {
    if value.trim_start().starts_with('{') { serde_json::from_str(value).map(Some) } else { Ok(None) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_fields_are_those_that_are_read() {
        let error = serde_json::from_value::<Given>(json!({"?": 1})).err().map(|error| error.to_string());
        let listed = FIELDS.map(|name| format!("`{name}`")).join(", ");
        assert_eq!(error, Some(format!("unknown field `?`, expected one of {listed}")));
    }

    #[test]
    fn what_is_written_down_holds_no_secret() {
        let value = r#"{"model":"m","api_key":"sk-1","api_url":["http://u:pw@h/v1?key=k",{"url":"http://u:pw@g","weight":2}],
            "generation_config":{"extra_headers":{"x":"sk-2"}}}"#;
        let written = without_secrets(value).to_string();
        for secret in ["sk-1", "sk-2", "pw", "key=k"] {
            assert!(!written.contains(secret), "{written}");
        }
        assert!(written.contains("http://h/v1") && written.contains(r#""weight":2"#), "{written}");
        assert_eq!(without_secrets("org/name"), json!("org/name"));
        assert_eq!(address_without_secrets("http://u:pw@h/v1"), json!("http://h/v1"));
    }
}
