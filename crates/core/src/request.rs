//! What a model can be asked for.

use crate::departures::{Departures, told};
use crate::message::{Message, Tool};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Asks for text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GenerateRequest {
    /// The conversation or the raw text to go on from.
    pub input: Input,
    /// How to draw tokens, and when to stop.
    #[serde(default)]
    pub sampling: Sampling,
    /// Tools that the model may call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<Tool>,
    /// Who of the run's models answers.
    #[serde(default, skip_serializing_if = "Addressee::is_evaluated")]
    pub to: Addressee,
}

/// Who of a run's models is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Addressee {
    /// The model that is evaluated.
    #[default]
    Evaluated,
    /// The judge of this number, from 0.
    Judge(u32),
}

impl Addressee {
    /// Whether it is the model that is evaluated.
    pub fn is_evaluated(&self) -> bool {
        *self == Addressee::Evaluated
    }
}

impl GenerateRequest {
    /// A request to the model that is evaluated, without tools.
    pub fn new(input: Input, sampling: Sampling) -> Self {
        GenerateRequest { input, sampling, tools: Vec::new(), to: Addressee::Evaluated }
    }
}

/// What generation goes on from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// A conversation; the model's chat template lays it out.
    Chat(Vec<Message>),
    /// Text as it is, without a chat template.
    Text(String),
}

/// How tokens are drawn. What is `None` is left to the provider.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Sampling {
    /// Tokens at most in the reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// 0 takes the most likely token every time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Draw only from the most likely tokens that together have this probability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// Draw only from this many most likely tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_k: Option<u32>,
    /// Draw only from tokens at least this likely relative to the most likely one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_p: Option<f64>,
    /// Replies wanted; 1 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<u32>,
    /// Seed of the draw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Texts at which the reply ends (they are not part of it).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<String>,
    /// Penalty on tokens by how often they occurred.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frequency_penalty: Option<f64>,
    /// Penalty on tokens that occurred.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presence_penalty: Option<f64>,
    /// Divides the logits of tokens that occurred (1 = none).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repetition_penalty: Option<f64>,
    /// Anything else, sent to an API as it is.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub extra_body: serde_json::Map<String, serde_json::Value>,
}

/// Fields that do nothing at these values, so that giving them is as good as leaving them out.
const IDLE: [(&str, f64); 5] = [
    ("top_p", 1.0),
    ("min_p", 0.0),
    ("frequency_penalty", 0.0),
    ("presence_penalty", 0.0),
    ("repetition_penalty", 1.0),
];

/// Fields that are no way of sampling: how many replies, and which of the draws.
const OF_DRAWS: [&str; 2] = ["n", "seed"];

impl Sampling {
    /// The fields that are set here and say otherwise than `own`, which may leave them open.
    pub fn apart_from(&self, own: &Sampling) -> Departures {
        let fields = |sampling: &Sampling| match serde_json::to_value(sampling) {
            Ok(serde_json::Value::Object(fields)) => fields,
            _ => serde_json::Map::new(),
        };
        let own = fields(own);
        let is_idle = |name: &str, value: &serde_json::Value| {
            !own.contains_key(name)
                && IDLE.iter().any(|(idle, at)| *idle == name && value.as_f64() == Some(*at))
        };
        let set = fields(self).into_iter().filter(|(name, value)| {
            !OF_DRAWS.contains(&name.as_str()) && own.get(name) != Some(value) && !is_idle(name, value)
        });
        set.map(|(name, value)| (name, told(value))).collect()
    }

    /// The fields of `over`, and where those are absent the fields of `self`.
    pub fn overridden_by(&self, over: &Sampling) -> Sampling {
        let mut extra_body = self.extra_body.clone();
        extra_body.extend(over.extra_body.clone());
        Sampling {
            max_tokens: over.max_tokens.or(self.max_tokens),
            temperature: over.temperature.or(self.temperature),
            top_p: over.top_p.or(self.top_p),
            top_k: over.top_k.or(self.top_k),
            min_p: over.min_p.or(self.min_p),
            n: over.n.or(self.n),
            seed: over.seed.or(self.seed),
            stop: if over.stop.is_empty() { self.stop.clone() } else { over.stop.clone() },
            frequency_penalty: over.frequency_penalty.or(self.frequency_penalty),
            presence_penalty: over.presence_penalty.or(self.presence_penalty),
            repetition_penalty: over.repetition_penalty.or(self.repetition_penalty),
            extra_body,
        }
    }
}

/// Asks how likely each of several continuations is after one prefix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LoglikelihoodRequest {
    /// The text before, in segments. A segment border marks where other requests are likely to part from
    /// this one (after the few-shot block, say); an engine may use it to share work, and it never changes a
    /// result.
    pub prefix: Vec<String>,
    /// The texts to be scored, each directly after the prefix.
    pub continuations: Vec<String>,
    /// How a continuation's tokens are found.
    #[serde(default)]
    pub tokens: ContinuationTokens,
}

impl LoglikelihoodRequest {
    /// The prefix as one text.
    pub fn prefix_text(&self) -> String {
        self.prefix.concat()
    }
}

/// How the tokens of a continuation are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContinuationTokens {
    /// The tail of `encode(prefix + continuation)` after `encode(prefix)`, trailing spaces of the prefix moved
    /// to the continuation first. As lm-eval does.
    #[default]
    InContext,
    /// The last token of the continuation encoded alone. As EvalScope 0.5 does for answer letters.
    LastAlone,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sampling_apart_is_what_is_set_and_differs() {
        let own = Sampling { temperature: Some(0.0), max_tokens: Some(512), ..Sampling::default() };
        let user = Sampling {
            temperature: Some(0.0),
            max_tokens: Some(5),
            top_p: Some(1.0),
            top_k: Some(40),
            stop: vec!["x".into()],
            n: Some(3),
            seed: Some(7),
            ..Sampling::default()
        };
        let apart = serde_json::json!({"max_tokens": 5, "top_k": 40, "stop": null});
        assert_eq!(serde_json::json!(user.apart_from(&own)), apart);
        assert!(own.apart_from(&own).is_empty() && Sampling::default().apart_from(&own).is_empty());
        let narrow = Sampling { top_p: Some(0.9), ..own.clone() };
        let idle = Sampling { top_p: Some(1.0), ..Sampling::default() };
        assert_eq!(serde_json::json!(idle.apart_from(&narrow)), serde_json::json!({"top_p": 1.0}));
    }
}
