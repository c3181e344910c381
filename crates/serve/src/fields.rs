//! The fields of a request that chat and completions share.

use crate::refusal::Refusal;
use evalscope_core::Sampling;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Fields that change no answer.
const HARMLESS: [&str; 3] = ["user", "metadata", "store"];
/// What OpenAI's API takes when the request does not say.
const DEFAULT_TEMPERATURE: f64 = 1.0;

/// One text or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

/// How to draw, how to answer, and whatever else the request says.
#[derive(Debug, Deserialize)]
pub(crate) struct Fields {
    pub(crate) model: Option<String>,
    #[serde(alias = "max_completion_tokens")]
    pub(crate) max_tokens: Option<u32>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    top_k: Option<u32>,
    min_p: Option<f64>,
    n: Option<u32>,
    seed: Option<i64>,
    stop: Option<OneOrMany>,
    frequency_penalty: Option<f64>,
    presence_penalty: Option<f64>,
    repetition_penalty: Option<f64>,
    #[serde(default)]
    pub(crate) stream: bool,
    stream_options: Option<StreamOptions>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// What a stream carries beside text.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct StreamOptions {
    #[serde(default)]
    include_usage: bool,
}

impl Fields {
    /// Refuses what would be left out in silence.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        let says_something = |value: &Value| match value {
            Value::Null | Value::Bool(false) => false,
            Value::Array(list) => !list.is_empty(),
            Value::Object(map) => !map.is_empty(),
            _ => true,
        };
        let unknown = self
            .rest
            .iter()
            .find(|(name, value)| !HARMLESS.contains(&name.as_str()) && says_something(value));
        match unknown {
            Some((name, _)) => Err(Refusal::bad_request(format!("this server has no field `{name}`"))),
            None if self.stream && self.n.unwrap_or(1) > 1 => {
                Err(Refusal::bad_request("a stream carries one reply; leave `n` out"))
            }
            None => Ok(()),
        }
    }

    /// Whether a stream ends with the tokens that were used.
    pub(crate) fn wants_usage(&self) -> bool {
        self.stream_options.is_some_and(|options| options.include_usage)
    }

    /// How to draw.
    pub(crate) fn sampling(&self) -> Sampling {
        let stop = match &self.stop {
            None => Vec::new(),
            Some(OneOrMany::One(text)) => vec![text.clone()],
            Some(OneOrMany::Many(texts)) => texts.clone(),
        };
        Sampling {
            max_tokens: self.max_tokens,
            temperature: Some(self.temperature.unwrap_or(DEFAULT_TEMPERATURE)),
            top_p: self.top_p,
            top_k: self.top_k,
            min_p: self.min_p,
            n: self.n,
            // Any number is a seed; below 0 its bits are.
            seed: self.seed.map(|seed| seed as u64),
            stop,
            frequency_penalty: self.frequency_penalty,
            presence_penalty: self.presence_penalty,
            repetition_penalty: self.repetition_penalty,
            ..Sampling::default()
        }
    }
}
