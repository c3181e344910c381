//! Reads `choices` and `usage` as OpenAI's chat and text completions send them, and many servers after it.
//! Forgiving: a field of an unexpected shape counts as absent, a field without a name here is kept, and neither is
//! an error. What the model said is not among these: without it a call has failed.

use crate::draft::{Choice, Counts, Draft};
use crate::json::{self, Fields};
use crate::unusable::Unusable;
use evalscope_core::FinishReason;
use serde_json::Value;

/// Where the text of a reply stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `message.content`, or `delta.content` in a stream.
    Chat,
    /// `text`.
    Text,
}

impl Shape {
    /// Whether a choice has what holds the text.
    fn is_of(self, choice: &Value) -> bool {
        let names: &[&str] = match self {
            Shape::Chat => &["message", "delta"],
            Shape::Text => &["text"],
        };
        names.iter().any(|name| choice.get(name).is_some_and(|value| !value.is_null()))
    }

    /// Fails on a choice whose text stands where another API has it.
    fn check(self, choice: &Value) -> Result<(), Unusable> {
        match self {
            _ if self.is_of(choice) => Ok(()),
            Shape::Chat if Shape::Text.is_of(choice) => {
                Err(malformed("has no `message`, but a `text`, as completions have"))
            }
            Shape::Text if Shape::Chat.is_of(choice) => {
                Err(malformed("has no `text`, but a `message`, as chats have"))
            }
            _ => Ok(()),
        }
    }
}

fn malformed(what: impl std::fmt::Display) -> Unusable {
    Unusable::Malformed(format!("the choice in the answer {what}"))
}

/// Reads a whole response.
pub fn read_whole(fields: Fields, draft: &mut Draft, shape: Shape) -> Result<(), Unusable> {
    let Some(Value::Array(choices)) = fields.get("choices") else {
        return Err(Unusable::Malformed("the answer has no list of `choices`".into()));
    };
    // Where Google's models only thought, the end stands alone.
    let is_reply = |choice: &Value| shape.is_of(choice) || choice["finish_reason"].is_string();
    if let Some(choice) = choices.iter().find(|choice| !is_reply(choice)) {
        shape.check(choice)?;
        return Err(malformed("has neither a reply nor an end"));
    }
    // In a whole response the place counts: some servers number every choice 0.
    read(fields, draft, shape, |_, place| place)
}

/// Reads an event of a stream.
pub fn read_event(fields: Fields, draft: &mut Draft, shape: Shape) -> Result<(), Unusable> {
    read(fields, draft, shape, |index, place| index.unwrap_or(place))
}

fn read(
    fields: Fields,
    draft: &mut Draft,
    shape: Shape,
    place_of: fn(Option<u64>, u64) -> u64,
) -> Result<(), Unusable> {
    for (name, value) in fields {
        match (name.as_str(), value) {
            ("object" | "created", _) => {}
            ("choices", Value::Array(choices)) => {
                for (place, choice) in choices.into_iter().enumerate() {
                    shape.check(&choice)?;
                    let mut choice = json::fields(choice);
                    let index = choice.shift_remove("index").and_then(|index| index.as_u64());
                    add_choice(choice, shape, draft.choice(place_of(index, place as u64)))?;
                }
            }
            ("model", Value::String(model)) => draft.model = Some(model),
            ("usage", Value::Object(usage)) => {
                let (counts, rest) = counts(usage);
                draft.count(counts, rest);
            }
            (_, value) => draft.keep(name, value),
        }
    }
    Ok(())
}

/// Counts of tokens, and what else stands beside them.
pub fn counts(mut usage: Fields) -> (Counts, Fields) {
    let mut first = |names: [&str; 2]| names.iter().find_map(|name| json::take_count(&mut usage, name));
    let counts = Counts {
        input: first(["prompt_tokens", "input_tokens"]),
        output: first(["completion_tokens", "output_tokens"]),
        cached: first(["prompt_tokens_details/cached_tokens", "input_tokens_details/cached_tokens"]),
        reasoning: first([
            "completion_tokens_details/reasoning_tokens",
            "output_tokens_details/reasoning_tokens",
        ]),
    };
    usage.shift_remove("total_tokens");
    (counts, usage)
}

fn add_choice(mut fields: Fields, shape: Shape, choice: &mut Choice) -> Result<(), Unusable> {
    if shape == Shape::Text {
        choice.text.push_str(&json::take_said(&mut fields, "text")?);
    }
    for (name, value) in fields {
        match (name.as_str(), value) {
            ("finish_reason", value) => {
                choice.finish = value.as_str().map(finish_reason).or(choice.finish.take())
            }
            ("message" | "delta", Value::Null) if shape == Shape::Chat => {}
            ("message" | "delta", Value::Object(message)) if shape == Shape::Chat => {
                add_message(message, choice)?
            }
            ("message" | "delta", _) if shape == Shape::Chat => {
                return Err(malformed(format!("has a `{name}` that is no object")));
            }
            (_, value) => choice.keep(name, value),
        }
    }
    Ok(())
}

fn add_message(mut message: Fields, choice: &mut Choice) -> Result<(), Unusable> {
    message.shift_remove("role");
    choice.text.push_str(&json::take_said(&mut message, "content")?);
    choice.refusal.push_str(&json::take_text(&mut message, "refusal"));
    // Some servers send the same text under both names.
    let [first, second] = ["reasoning_content", "reasoning"].map(|name| json::take_text(&mut message, name));
    choice.reasoning.push_str(if first.is_empty() { &second } else { &first });
    for call in json::take_list(&mut message, "tool_calls").unwrap_or_default() {
        add_call(json::fields(call), choice);
    }
    message.into_iter().for_each(|(name, value)| choice.keep(name, value));
    Ok(())
}

/// Adds a call, or a piece of one: a piece has the call's `index`, and only the first one its id and name.
fn add_call(mut fields: Fields, choice: &mut Choice) {
    fields.shift_remove("type");
    let id = json::take_name(&mut fields, "id");
    let index = fields.shift_remove("index").and_then(|index| index.as_u64());
    let place = index.unwrap_or_else(|| match id {
        Some(_) => choice.next_place(),
        None => choice.next_place().saturating_sub(1),
    });
    let mut function = json::take_fields(&mut fields, "function");
    let call = choice.call(place);
    if let Some(id) = id {
        call.id = id;
    }
    if let Some(name) = json::take_name(&mut function, "name") {
        call.name = name;
    }
    call.arguments.push_str(&json::take_json_text(&mut function, "arguments"));
    fields.extend(function);
    if !fields.is_empty() {
        choice.keep("tool_calls", Value::Array(vec![fields.into()]));
    }
}

fn finish_reason(name: &str) -> FinishReason {
    match name {
        "stop" | "eos" | "eos_token" | "end_turn" | "stop_sequence" => FinishReason::Stop,
        "length" | "max_tokens" => FinishReason::Length,
        "tool_calls" | "function_call" => FinishReason::ToolCalls,
        "content_filter" | "sensitive" => FinishReason::ContentFilter,
        other => FinishReason::Other(other.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::Thinking;
    use evalscope_core::{Generation, Timing, ToolCall, Usage};
    use serde_json::json;

    fn finished(draft: Draft) -> Generation {
        draft.finish(Thinking::InTags, Timing::default())
    }

    fn chat(value: Value) -> Generation {
        let mut draft = Draft::default();
        read_whole(json::fields(value), &mut draft, Shape::Chat).unwrap();
        finished(draft)
    }

    fn streamed(events: &[Value]) -> Draft {
        let mut draft = Draft::default();
        for event in events {
            read_event(json::fields(event.clone()), &mut draft, Shape::Chat).unwrap();
        }
        draft
    }

    #[test]
    fn content_comes_in_many_forms() {
        for (content, text) in [
            (json!("a"), "a"),
            (json!(null), ""),
            (json!([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]), "ab"),
            (json!(["a", "b"]), "ab"),
        ] {
            let reply = chat(json!({"choices": [{"message": {"content": content}}]}));
            assert_eq!(reply.text(), text, "{content}");
        }
        // mlx-lm's, of a model that stops while it thinks; Google's, of one that thinks beyond its limit.
        let reply = chat(json!({"choices": [{"message": {"role": "assistant", "reasoning": "hm"}}]}));
        assert_eq!((reply.text(), reply.completions[0].reasoning.as_deref()), ("", Some("hm")));
        for choice in
            [json!({"finish_reason": "length"}), json!({"message": null, "finish_reason": "length"})]
        {
            let reply = chat(json!({"choices": [choice]}));
            assert_eq!((reply.text(), &reply.completions[0].finish), ("", &FinishReason::Length));
        }
    }

    #[test]
    fn what_holds_no_reply_is_none() {
        let said = |read: Result<(), Unusable>| match read {
            Err(Unusable::Malformed(what)) => what,
            other => panic!("{other:?}"),
        };
        for (shape, choice, what) in [
            (Shape::Chat, json!({"text": "ANSWER: 18"}), "no `message`, but a `text`"),
            (Shape::Chat, json!({"text": "18", "finish_reason": "stop"}), "no `message`, but a `text`"),
            (Shape::Text, json!({"message": {"content": "18"}}), "no `text`, but a `message`"),
            (
                Shape::Text,
                json!({"delta": {"content": "18"}, "finish_reason": "stop"}),
                "no `text`, but a `message`",
            ),
            (Shape::Chat, json!({"message": {"content": 5}}), "`content` is neither text"),
            (Shape::Chat, json!({"message": {"content": {"a": 1}}}), "`content` is neither text"),
            (Shape::Chat, json!({"delta": {"content": false}}), "`content` is neither text"),
            (Shape::Chat, json!({"message": "18"}), "`message` that is no object"),
            (Shape::Text, json!({"text": 5}), "`text` is neither text"),
        ] {
            let fields = json::fields(json!({"choices": [choice]}));
            let whole = said(read_whole(fields.clone(), &mut Draft::default(), shape));
            assert!(whole.contains(what), "{choice}: {whole}");
            assert_eq!(said(read_event(fields, &mut Draft::default(), shape)), whole, "{choice}");
        }
        for choice in [json!(null), json!({}), json!([]), json!({"message": null}), json!({"delta": null})] {
            for shape in [Shape::Chat, Shape::Text] {
                let fields = json::fields(json!({"choices": [choice]}));
                let whole = said(read_whole(fields.clone(), &mut Draft::default(), shape));
                assert!(whole.contains("neither a reply nor an end"), "{choice}: {whole}");
                // A stream goes on.
                assert!(read_event(fields, &mut Draft::default(), shape).is_ok(), "{choice}");
            }
        }
    }

    #[test]
    fn a_refusal_is_the_text_of_a_reply_without_one() {
        let reply =
            |message: Value| chat(json!({"choices": [{"message": message, "finish_reason": "stop"}]}));
        for content in [json!(null), json!(""), json!([])] {
            let declined = reply(json!({"content": content, "refusal": "No."}));
            assert_eq!(
                (declined.text(), &declined.completions[0].finish),
                ("No.", &FinishReason::ContentFilter)
            );
        }
        let both = reply(json!({"content": "B", "refusal": "No."}));
        assert_eq!((both.text(), &both.completions[0].finish), ("B", &FinishReason::Stop));
        assert_eq!(both.extra["choices"], json!([{"refusal": "No."}]));
        let delta = |delta: Value| json!({"choices": [{"index": 0, "delta": delta}]});
        let declined = finished(streamed(&[
            delta(json!({"role": "assistant", "content": "", "refusal": null})),
            delta(json!({"refusal": "I can"})),
            delta(json!({"refusal": "'t."})),
            json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}),
        ]));
        assert_eq!(
            (declined.text(), &declined.completions[0].finish),
            ("I can't.", &FinishReason::ContentFilter)
        );
    }

    #[test]
    fn odd_shapes_are_no_errors() {
        let reply = chat(json!({"choices": [{"message": {"tool_calls": 3}}], "usage": [], "model": 3}));
        assert_eq!((reply.text(), reply.completions.len(), reply.usage), ("", 1, None));
        for fields in [json!({}), json!({"choices": null}), json!({"choices": {}})] {
            let read = read_whole(json::fields(fields.clone()), &mut Draft::default(), Shape::Chat);
            assert!(matches!(read, Err(Unusable::Malformed(_))), "{fields}");
        }
        // Numbered 0 both, and two all the same.
        let choice = |text: &str| json!({"index": 0, "message": {"content": text}});
        let reply = chat(json!({"choices": [choice("a"), choice("b")]}));
        assert_eq!((reply.text(), reply.completions.len()), ("a", 2));
    }

    #[test]
    fn unknown_fields_are_kept_and_empty_ones_are_not() {
        let reply = chat(json!({
            "id": "1", "object": "x", "created": 1, "prompt_logprobs": null,
            "choices": [{"message": {"content": "a", "tool_calls": []}, "stop_reason": 2, "logprobs": null}],
            "usage": {"prompt_tokens": 1.0, "completion_tokens": 2, "total_tokens": 3,
                      "completion_tokens_details": {"reasoning_tokens": 1},
                      "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 4}},
        }));
        let usage = Usage { cached_tokens: Some(0), reasoning_tokens: Some(1), ..Usage::new(1, 2) };
        assert_eq!(reply.usage, Some(usage));
        assert_eq!(
            Value::from(reply.extra),
            json!({
                "id": "1",
                "usage": {"prompt_tokens_details": {"audio_tokens": 4}},
                "choices": [{"stop_reason": 2}],
            })
        );
    }

    #[test]
    fn ends_have_names() {
        for (name, finish) in [
            (json!("stop"), FinishReason::Stop),
            (json!(null), FinishReason::Stop),
            (json!("length"), FinishReason::Length),
            (json!("content_filter"), FinishReason::ContentFilter),
            (json!("tool_calls"), FinishReason::ToolCalls),
            (json!("abort"), FinishReason::Other("abort".into())),
        ] {
            let reply = chat(json!({"choices": [{"message": {"content": ""}, "finish_reason": name}]}));
            assert_eq!(reply.completions[0].finish, finish);
        }
    }

    #[test]
    fn parts_become_replies_in_order() {
        let draft = streamed(&[
            json!({"model": "m", "choices": [{"index": 1, "delta": {"role": "assistant", "content": ""}}]}),
            json!({"choices": [{"index": 1, "delta": {"content": "b"}},
                               {"index": 0, "delta": {"reasoning_content": "hm"}}]}),
            json!({"choices": [{"index": 0, "delta": {"content": "a1"}}]}),
            json!({"choices": [{"index": 0, "delta": {"content": "a2"}, "finish_reason": "length"}]}),
            json!({"choices": [{"index": 1, "delta": {}, "finish_reason": "stop"}]}),
            json!({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}}),
        ]);
        assert!(draft.is_complete());
        let reply = finished(draft);
        assert_eq!(reply.completions[0].text, "a1a2");
        assert_eq!(reply.completions[0].reasoning.as_deref(), Some("hm"));
        assert_eq!(reply.completions[0].finish, FinishReason::Length);
        assert_eq!(reply.completions[1].text, "b");
        assert_eq!(reply.usage, Some(Usage::new(1, 2)));
    }

    #[test]
    fn calls_are_put_together_whether_numbered_or_not() {
        let delta = |calls: Value| json!({"choices": [{"delta": {"tool_calls": calls}}]});
        let call = |id: &str, name: &str, arguments: &str| ToolCall {
            id: id.into(),
            name: name.into(),
            arguments: arguments.into(),
        };
        let numbered = streamed(&[
            delta(
                json!([{"index": 0, "id": "x", "type": "function", "function": {"name": "f", "arguments": ""}}]),
            ),
            delta(json!([{"index": 0, "function": {"arguments": "{\"a\""}}])),
            delta(json!([{"index": 1, "id": "y", "function": {"name": "g", "arguments": "{}"}}])),
            delta(json!([{"index": 0, "function": {"arguments": ":1}"}}])),
        ]);
        let plain = streamed(&[
            delta(json!([{"id": "x", "function": {"name": "f", "arguments": "{\"a\""}}])),
            delta(json!([{"function": {"arguments": ":1}"}}])),
            delta(json!([{"id": "y", "function": {"name": "g", "arguments": {}}}])),
        ]);
        for draft in [numbered, plain] {
            let reply = finished(draft);
            assert_eq!(reply.completions[0].tool_calls, [call("x", "f", "{\"a\":1}"), call("y", "g", "{}")]);
            assert!(reply.extra.is_empty());
        }
    }

    #[test]
    fn a_stream_that_just_stops_is_not_complete() {
        assert!(!streamed(&[]).is_complete());
        assert!(!streamed(&[json!({"choices": [{"index": 0, "delta": {"content": "a"}}]})]).is_complete());
    }

    #[test]
    fn thinking_across_events_is_split_off() {
        let delta = |text: &str| json!({"choices": [{"delta": {"content": text}}]});
        let reply = finished(streamed(&[delta("<thi"), delta("nk>a</th"), delta("ink>\nB")]));
        assert_eq!(reply.text(), "B");
        assert_eq!(reply.completions[0].reasoning.as_deref(), Some("a"));
    }
}
