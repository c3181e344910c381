//! `--generation-config`: how to sample, and how patient to be, under EvalScope's names.

use crate::argument::ArgumentError;
use crate::key_values;
use evalscope_core::{Sampling, suggest};
use indexmap::IndexMap;
use serde_json::Value;
use std::num::NonZeroU32;
use std::time::Duration;

/// Sampling and connection, as asked for by the user.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GenerationConfig {
    /// Sampling; what is absent is left to the benchmark's protocol, then to the model's default.
    pub sampling: Sampling,
    /// Time for one call, retries included.
    pub timeout: Option<Duration>,
    /// Time for one try.
    pub attempt_timeout: Option<Duration>,
    /// Time for a connection to be made.
    pub connect_timeout: Option<Duration>,
    /// Time for the first token of a streamed reply, from sending the request.
    pub first_token_timeout: Option<Duration>,
    /// Tries after the first one.
    pub retries: Option<u32>,
    /// Wait before the first further try; it grows from there.
    pub retry_interval: Option<Duration>,
    /// Ask the endpoint to stream.
    pub stream: Option<bool>,
    /// Headers sent with every request.
    pub extra_headers: IndexMap<String, String>,
}

/// Names that are understood, EvalScope's and its predecessors' among them.
const NAMES: [&str; 24] = [
    "max_tokens",
    "max_new_tokens",
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "n",
    "seed",
    "stop",
    "stop_seqs",
    "frequency_penalty",
    "presence_penalty",
    "repetition_penalty",
    "do_sample",
    "timeout",
    "attempt_timeout",
    "connect_timeout",
    "first_token_timeout",
    "retries",
    "retry_interval",
    "stream",
    "extra_body",
    "extra_headers",
    "num_beams",
];

/// Stands for a value that is not written down.
pub(crate) const MASK: &str = "•••";

impl GenerationConfig {
    /// Whether values in the flag's text are masked.
    pub fn is_masked(text: &str) -> bool {
        text.contains(MASK)
    }

    /// The flag's text as it may be written down: with the values of headers masked.
    pub fn masked(text: &str) -> String {
        match key_values::parse("--generation-config", text) {
            Ok(mut values) => {
                if let Some(Value::Object(headers)) = values.get_mut("extra_headers") {
                    headers.values_mut().for_each(|value| *value = Value::from(MASK));
                }
                serde_json::to_string(&values).unwrap_or_default()
            }
            Err(_) => String::new(),
        }
    }

    /// Reads the flag's text: JSON, or `name=value` pairs.
    pub fn parse(text: &str) -> Result<GenerationConfig, ArgumentError> {
        let values = key_values::parse("--generation-config", text)?;
        let mut config = GenerationConfig::default();
        let mut greedy = false;
        for (name, value) in &values {
            config.set(name, value)?;
            greedy |= name == "do_sample" && value == &Value::Bool(false);
        }
        if greedy {
            config.sampling.temperature = Some(0.0);
        } else if values.get("do_sample") == Some(&Value::Bool(true)) {
            config.sampling.temperature.get_or_insert(1.0);
        }
        Ok(config)
    }

    fn set(&mut self, name: &str, value: &Value) -> Result<(), ArgumentError> {
        if value.is_null() {
            return Ok(());
        }
        let sampling = &mut self.sampling;
        match name {
            "max_tokens" | "max_new_tokens" => {
                sampling.max_tokens = Some(read::<NonZeroU32>(name, value, "a whole number above 0")?.get())
            }
            "temperature" => sampling.temperature = Some(read_range(name, value, 0.0, 100.0)?),
            "top_p" => sampling.top_p = Some(read_range(name, value, 0.0, 1.0)?),
            "top_k" => sampling.top_k = Some(read(name, value, "a whole number")?),
            "min_p" => sampling.min_p = Some(read_range(name, value, 0.0, 1.0)?),
            "n" => sampling.n = Some(read(name, value, "a whole number")?),
            "seed" => sampling.seed = Some(read(name, value, "a whole number")?),
            "stop" | "stop_seqs" => {
                sampling.stop = match value {
                    Value::String(text) => vec![text.clone()],
                    other => read(name, other, "text or a list of texts")?,
                }
            }
            "frequency_penalty" => sampling.frequency_penalty = Some(read(name, value, "a number")?),
            "presence_penalty" => sampling.presence_penalty = Some(read(name, value, "a number")?),
            "repetition_penalty" => sampling.repetition_penalty = Some(read(name, value, "a number")?),
            "do_sample" => {
                read::<bool>(name, value, "true or false")?;
            }
            "num_beams" => {
                if value != &Value::from(1) {
                    return Err(ArgumentError::new("--generation-config: only `num_beams` 1 is possible"));
                }
            }
            "timeout" => self.timeout = Some(Duration::from_secs_f64(read_range(name, value, 0.001, 1e6)?)),
            "attempt_timeout" => {
                self.attempt_timeout = Some(Duration::from_secs_f64(read_range(name, value, 0.001, 1e6)?));
            }
            "connect_timeout" => {
                self.connect_timeout = Some(Duration::from_secs_f64(read_range(name, value, 0.001, 1e6)?));
            }
            "first_token_timeout" => {
                self.first_token_timeout =
                    Some(Duration::from_secs_f64(read_range(name, value, 0.001, 1e6)?));
            }
            "retry_interval" => {
                self.retry_interval = Some(Duration::from_secs_f64(read_range(name, value, 0.0, 1e4)?));
            }
            "retries" => self.retries = Some(read(name, value, "a whole number")?),
            "stream" => self.stream = Some(read(name, value, "true or false")?),
            "extra_body" => sampling.extra_body = read(name, value, "a JSON object")?,
            "extra_headers" => self.extra_headers = read(name, value, "a JSON object of texts")?,
            _ => {
                return Err(ArgumentError::new(format!("--generation-config: unknown name `{name}`"))
                    .with_hint(Some(match suggest::nearest(name, NAMES) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!(
                            "an endpoint is sent it with extra_body: {{\"{name}\": …}}; the engines of local models take \
                             `chat_template_kwargs` so and nothing else"
                        ),
                    })));
            }
        }
        Ok(())
    }
}

fn read<T: serde::de::DeserializeOwned>(name: &str, value: &Value, what: &str) -> Result<T, ArgumentError> {
    serde_json::from_value(value.clone()).map_err(|_| {
        ArgumentError::new(format!("--generation-config: `{name}` must be {what}{}", but(name, value)))
    })
}

/// What was given instead; headers may hold a key, so theirs is not repeated.
fn but(name: &str, value: &Value) -> String {
    if name == "extra_headers" { String::new() } else { format!(", not `{value}`") }
}

fn read_range(name: &str, value: &Value, low: f64, high: f64) -> Result<f64, ArgumentError> {
    let number: f64 = read(name, value, "a number")?;
    if (low..=high).contains(&number) {
        Ok(number)
    } else {
        Err(ArgumentError::new(format!(
            "--generation-config: `{name}` must lie between {low} and {high}, not `{number}`"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_name_is_understood() {
        for name in NAMES {
            let value = match name {
                "stop" | "stop_seqs" => "\"x\"",
                "do_sample" | "stream" => "true",
                "extra_body" | "extra_headers" => "{}",
                _ => "1",
            };
            GenerationConfig::parse(&format!("{{\"{name}\": {value}}}")).unwrap();
        }
    }

    #[test]
    fn wrong_names_and_values_are_named() {
        let error = GenerationConfig::parse("temprature=1").unwrap_err();
        assert_eq!(error.hint.as_deref(), Some("did you mean `temperature`?"));
        assert!(GenerationConfig::parse("top_p=2").is_err());
        assert!(GenerationConfig::parse("max_tokens=many").is_err());
        assert!(GenerationConfig::parse("max_tokens=0").is_err());
    }

    #[test]
    fn header_values_are_masked() {
        let text = GenerationConfig::masked("{\"extra_headers\": {\"api-key\": \"sk-1\"}, \"n\": 2}");
        assert!(!text.contains("sk-1") && text.contains("api-key"), "{text}");
        let error = GenerationConfig::parse("{\"extra_headers\": \"sk-1\"}").unwrap_err();
        assert!(!error.message.contains("sk-1"), "{error}");
    }

    #[test]
    fn greedy_is_temperature_zero() {
        let config = GenerationConfig::parse("temperature=0.7,do_sample=false").unwrap();
        assert_eq!(config.sampling.temperature, Some(0.0));
    }
}
