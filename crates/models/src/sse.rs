//! Puts a streamed reply together.

use crate::wire::{self, Choice, Envelope, Shape, Unusable};
use evalscope_core::Generation;
use std::collections::BTreeMap;
use std::time::Instant;

/// What ends a stream.
const DONE: &str = "[DONE]";

/// Whether more events are to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// They may.
    Open,
    /// The server has said that it is done.
    Done,
}

/// A reply in the making.
pub struct Assembly {
    shape: Shape,
    around: Envelope,
    choices: BTreeMap<u64, Choice>,
    first_text: Option<Instant>,
    is_done: bool,
}

impl Assembly {
    /// Nothing yet.
    pub fn new(shape: Shape) -> Assembly {
        Assembly {
            shape,
            around: Envelope::default(),
            choices: BTreeMap::new(),
            first_text: None,
            is_done: false,
        }
    }

    /// Adds one event; `on_text` is told new text of the first reply.
    pub fn add(&mut self, data: &str, on_text: &dyn Fn(&str)) -> Result<Progress, Unusable> {
        if data.trim() == DONE {
            self.is_done = true;
            return Ok(Progress::Done);
        }
        let event = Envelope::read(data.as_bytes())?;
        self.around.usage = event.usage.or(self.around.usage);
        self.around.model = self.around.model.take().or(event.model);
        self.around.extra.extend(event.extra);
        for choice in event.choices.unwrap_or_default() {
            let choice = Choice::read(choice, self.shape);
            let index = choice.index.unwrap_or(0);
            if index == 0 && !choice.text.is_empty() {
                on_text(&choice.text);
            }
            self.add_choice(index, choice);
        }
        Ok(Progress::Open)
    }

    fn add_choice(&mut self, index: u64, part: Choice) {
        if self.first_text.is_none() && !(part.text.is_empty() && part.reasoning.is_none()) {
            self.first_text = Some(Instant::now());
        }
        let choice = self.choices.entry(index).or_default();
        choice.text.push_str(&part.text);
        if let Some(reasoning) = part.reasoning {
            choice.reasoning.get_or_insert_default().push_str(&reasoning);
        }
        choice.finish = part.finish.or(choice.finish.take());
        choice.extra.extend(part.extra);
    }

    /// When the first text came.
    pub fn first_text(&self) -> Option<Instant> {
        self.first_text
    }

    /// Whether nothing is missing: the server has said so, or every reply has its end.
    pub fn is_complete(&self) -> bool {
        let has_ends = || self.choices.values().all(|choice| choice.finish.is_some());
        self.is_done || (!self.choices.is_empty() && has_ends())
    }

    /// The reply.
    pub fn finish(self) -> Generation {
        wire::assemble(self.around, self.choices.into_values().collect(), self.shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use evalscope_core::FinishReason;
    use std::sync::Mutex;

    fn assembled(events: &[&str]) -> Assembly {
        let mut assembly = Assembly::new(Shape::Chat);
        for event in events {
            assembly.add(event, &|_| {}).unwrap();
        }
        assembly
    }

    #[test]
    fn parts_become_replies_in_order() {
        let told = Mutex::new(String::new());
        let mut assembly = Assembly::new(Shape::Chat);
        for event in [
            r#"{"model":"m","choices":[{"index":1,"delta":{"role":"assistant","content":""}}]}"#,
            r#"{"choices":[{"index":1,"delta":{"content":"b"}},{"index":0,"delta":{"reasoning_content":"hm"}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"a1"}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"a2"},"finish_reason":"length"}]}"#,
            r#"{"choices":[{"index":1,"delta":{},"finish_reason":"stop"}]}"#,
            r#"{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#,
        ] {
            assert_eq!(
                assembly.add(event, &|text| told.lock().unwrap().push_str(text)).unwrap(),
                Progress::Open
            );
        }
        assert!(assembly.is_complete() && assembly.first_text().is_some());
        let reply = assembly.finish();
        assert_eq!(reply.completions[0].text, "a1a2");
        assert_eq!(reply.completions[0].reasoning.as_deref(), Some("hm"));
        assert_eq!(reply.completions[0].finish, FinishReason::Length);
        assert_eq!(reply.completions[1].text, "b");
        assert_eq!(reply.usage.unwrap().output_tokens, 2);
        assert_eq!(told.into_inner().unwrap(), "a1a2");
    }

    #[test]
    fn a_stream_that_just_stops_is_not_complete() {
        assert!(!assembled(&[]).is_complete());
        assert!(!assembled(&[r#"{"choices":[{"index":0,"delta":{"content":"a"}}]}"#]).is_complete());
        assert!(
            assembled(&[r#"{"choices":[{"index":0,"delta":{"content":"a"}}]}"#, " [DONE]"]).is_complete()
        );
    }

    #[test]
    fn thinking_across_events_is_split_off() {
        let reply = assembled(&[
            r#"{"choices":[{"delta":{"content":"<thi"}}]}"#,
            r#"{"choices":[{"delta":{"content":"nk>a</th"}}]}"#,
            r#"{"choices":[{"delta":{"content":"ink>\nB"},"finish_reason":"stop"}]}"#,
        ])
        .finish();
        assert_eq!(reply.text(), "B");
        assert_eq!(reply.completions[0].reasoning.as_deref(), Some("a"));
    }
}
