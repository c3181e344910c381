//! What answers have in common.

use crate::shared::{now, random};
use evalscope_core::{FinishReason, Usage};
use serde_json::{Value, json};

/// Which of the two forms an answer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Chat,
    Text,
}

/// What stands in an answer, or in each piece of one, whatever it says.
#[derive(Debug)]
pub(crate) struct Envelope {
    id: String,
    created: u64,
    model: String,
    shape: Shape,
}

impl Envelope {
    /// That of one answer.
    pub(crate) fn new(shape: Shape, model: &str) -> Self {
        let prefix = match shape {
            Shape::Chat => "chatcmpl",
            Shape::Text => "cmpl",
        };
        let id = format!("{prefix}-{:016x}{:016x}", random(), random());
        Envelope { id, created: now(), model: model.to_owned(), shape }
    }

    /// The whole answer.
    pub(crate) fn whole(&self, choices: Vec<Value>, used: Option<Usage>) -> Value {
        let object = match self.shape {
            Shape::Chat => "chat.completion",
            Shape::Text => "text_completion",
        };
        let mut answer = self.around(object, choices);
        answer["usage"] = usage(used);
        answer
    }

    /// A piece of the answer.
    pub(crate) fn piece(&self, choices: Vec<Value>) -> Value {
        let object = match self.shape {
            Shape::Chat => "chat.completion.chunk",
            Shape::Text => "text_completion",
        };
        self.around(object, choices)
    }

    fn around(&self, object: &str, choices: Vec<Value>) -> Value {
        json!({"id": self.id, "object": object, "created": self.created, "model": self.model, "choices": choices})
    }
}

/// The reason in OpenAI's words.
pub(crate) fn finish_reason(finish: &FinishReason) -> &'static str {
    match finish {
        FinishReason::Length | FinishReason::Context => "length",
        FinishReason::ToolCalls => "tool_calls",
        FinishReason::ContentFilter => "content_filter",
        FinishReason::Stop | FinishReason::Other(_) => "stop",
    }
}

/// The tokens that were used.
pub(crate) fn usage(usage: Option<Usage>) -> Value {
    usage.map_or(Value::Null, |usage| {
        json!({
            "prompt_tokens": usage.input_tokens, "completion_tokens": usage.output_tokens,
            "total_tokens": usage.input_tokens + usage.output_tokens,
        })
    })
}
