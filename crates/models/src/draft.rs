//! A reply in the making: filled at once from a whole response, or piece by piece from a stream.

use crate::json::{self, Fields};
use crate::reasoning;
use evalscope_core::{Completion, FinishReason, Generation, Timing, ToolCall, Usage};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What a server has said so far.
#[derive(Debug, Default)]
pub struct Draft {
    /// The model's name as the server gives it.
    pub model: Option<String>,
    /// Tokens used.
    pub usage: Counts,
    /// Whether the server has said that nothing more comes.
    pub is_done: bool,
    choices: BTreeMap<u64, Choice>,
    extra: Fields,
}

/// Tokens used, as far as they are known.
#[derive(Debug, Default, Clone, Copy)]
pub struct Counts {
    /// Of the prompt.
    pub input: Option<u64>,
    /// Of the reply, reasoning included.
    pub output: Option<u64>,
    /// Of the prompt, computed before.
    pub cached: Option<u64>,
    /// Of the reply, spent on reasoning.
    pub reasoning: Option<u64>,
}

/// One reply, or as much of it as there is.
#[derive(Debug, Default)]
pub struct Choice {
    /// Text as it came.
    pub text: String,
    /// Reasoning that the server keeps apart; empty when it does not.
    pub reasoning: String,
    /// Why the model declines, where the server keeps that apart; the text of a reply that has no other.
    pub refusal: String,
    /// Tools that the model calls, by place.
    pub calls: BTreeMap<u64, ToolCall>,
    /// Why the reply ended, once it has.
    pub finish: Option<FinishReason>,
    extra: Fields,
}

impl Choice {
    /// The call at this place; an empty one when it is new.
    pub fn call(&mut self, place: u64) -> &mut ToolCall {
        let empty = || ToolCall { id: String::new(), name: String::new(), arguments: String::new() };
        self.calls.entry(place).or_insert_with(empty)
    }

    /// The place of the next call.
    pub fn next_place(&self) -> u64 {
        self.calls.last_key_value().map_or(0, |(place, _)| place + 1)
    }

    /// Adds a whole call. One without an id gets its place as one, by which the tool's answer can name it.
    pub fn add_call(&mut self, id: Option<String>, name: String, arguments: String) {
        let place = self.next_place();
        let id = id.unwrap_or_else(|| format!("call_{place}"));
        self.calls.insert(place, ToolCall { id, name, arguments });
    }

    /// Keeps a field that has no name here.
    pub fn keep(&mut self, name: impl Into<String>, value: Value) {
        json::gather(&mut self.extra, name.into(), value);
    }

    fn size(&self) -> usize {
        let calls = self.calls.values().map(|call| call.name.len() + call.arguments.len());
        self.text.len() + self.reasoning.len() + self.refusal.len() + calls.sum::<usize>()
    }

    /// Makes a refusal the text, and says that the reply was withheld; beside a text or calls it is kept.
    fn settle_refusal(&mut self) {
        let refusal = std::mem::take(&mut self.refusal);
        if refusal.trim().is_empty() {
            return;
        }
        if !self.text.trim().is_empty() || !self.calls.is_empty() {
            return self.keep("refusal", refusal.into());
        }
        self.text = refusal;
        self.finish = Some(FinishReason::ContentFilter);
    }

    fn into_completion(mut self, thinking: Thinking) -> (Completion, Fields) {
        self.settle_refusal();
        let (reasoning, text) = match thinking {
            Thinking::InTags if self.reasoning.is_empty() => reasoning::split(self.text),
            _ => ((!self.reasoning.is_empty()).then_some(self.reasoning), self.text),
        };
        let tool_calls = self.calls.into_values().collect();
        let finish = self.finish.unwrap_or_default();
        (Completion { text, reasoning, tool_calls, finish }, self.extra)
    }
}

/// What `<think>` at the start of a reply means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thinking {
    /// Reasoning, unless the server keeps that apart.
    InTags,
    /// Text like any other.
    IsText,
}

impl Draft {
    /// The reply at this place; an empty one when it is new.
    pub fn choice(&mut self, place: u64) -> &mut Choice {
        self.choices.entry(place).or_default()
    }

    /// Keeps a field that has no name here.
    pub fn keep(&mut self, name: impl Into<String>, value: Value) {
        json::gather(&mut self.extra, name.into(), value);
    }

    /// Keeps a field that is said anew each time.
    pub fn replace(&mut self, name: impl Into<String>, value: Value) {
        self.extra.insert(name.into(), value);
    }

    /// Keeps all these.
    pub fn keep_all(&mut self, fields: Fields) {
        fields.into_iter().for_each(|(name, value)| self.keep(name, value));
    }

    /// Adds counts of tokens, and keeps what else stood beside them. Later counts replace earlier ones.
    pub fn count(&mut self, counts: Counts, rest: Fields) {
        self.usage = Counts {
            input: counts.input.or(self.usage.input),
            output: counts.output.or(self.usage.output),
            cached: counts.cached.or(self.usage.cached),
            reasoning: counts.reasoning.or(self.usage.reasoning),
        };
        let mut kept = Fields::new();
        rest.into_iter().for_each(|(name, value)| json::gather(&mut kept, name, value));
        self.keep("usage", kept.into());
    }

    /// The first reply's text so far.
    pub fn text(&self) -> &str {
        self.choices.get(&0).map_or("", |choice| choice.text.as_str())
    }

    /// Bytes of text, reasoning and calls so far.
    pub fn size(&self) -> usize {
        self.choices.values().map(Choice::size).sum()
    }

    /// Whether there is no reply in it.
    pub fn is_empty(&self) -> bool {
        self.choices.is_empty()
    }

    /// Whether no reply was cut or withheld, as far as is said.
    pub fn ends_by_itself(&self) -> bool {
        self.choices.values().all(|choice| matches!(choice.finish, None | Some(FinishReason::Stop)))
    }

    /// Whether nothing is missing: the server has said so, or every reply has its end.
    pub fn is_complete(&self) -> bool {
        let has_ends = || self.choices.values().all(|choice| choice.finish.is_some());
        self.is_done || (!self.choices.is_empty() && has_ends())
    }

    /// The finished generation.
    pub fn finish(self, thinking: Thinking, timing: Timing) -> Generation {
        let mut extra = self.extra;
        let (completions, left): (Vec<Completion>, Vec<Fields>) =
            self.choices.into_values().map(|choice| choice.into_completion(thinking)).unzip();
        if left.iter().any(|fields| !fields.is_empty()) {
            extra.insert("choices".into(), left.into_iter().map(Value::from).collect());
        }
        let Counts { input, output, cached, reasoning } = self.usage;
        // Half a count is none: the other half would pass for 0.
        let usage = input.zip(output).map(|(input_tokens, output_tokens)| Usage {
            input_tokens,
            output_tokens,
            cached_tokens: cached,
            reasoning_tokens: reasoning,
        });
        let lone =
            [("input_tokens", input), ("output_tokens", output)].into_iter().filter(|_| usage.is_none());
        for (name, count) in lone.filter_map(|(name, count)| Some((name, count?))) {
            json::gather(&mut extra, "usage".into(), json!({ name: count }));
        }
        Generation { completions, usage, timing, served_model: self.model, extra }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_count_is_kept_and_is_no_usage() {
        let finished = |input, output| {
            let mut draft = Draft::default();
            draft.count(Counts { input, output, ..Counts::default() }, Fields::new());
            draft.finish(Thinking::IsText, Timing::default())
        };
        assert_eq!(finished(Some(3), Some(0)).usage, Some(Usage::new(3, 0)));
        let half = finished(None, Some(7));
        assert_eq!((half.usage, &half.extra["usage"]), (None, &json!({"output_tokens": 7})));
    }

    #[test]
    fn a_refusal_beside_calls_withholds_nothing() {
        let mut draft = Draft::default();
        let choice = draft.choice(0);
        choice.refusal = "No.".into();
        choice.finish = Some(FinishReason::ToolCalls);
        choice.add_call(None, "look".into(), "{}".into());
        let done = draft.finish(Thinking::IsText, Timing::default());
        assert_eq!((done.text(), &done.completions[0].finish), ("", &FinishReason::ToolCalls));
        assert_eq!(done.extra["choices"][0]["refusal"], "No.");
    }
}
