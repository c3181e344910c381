//! OpenAI's Responses.

use crate::choices::counts;
use crate::draft::{Draft, Thinking};
use crate::json::{self, Fields};
use crate::refusal::Refusal;
use crate::request::{self, Name, Piece, messages, pieces};
use crate::unusable::Unusable;
use crate::wire::{Base, Call, Paths, Wire};
use evalscope_core::{Content, FinishReason, Message, Role, Tool};
use serde_json::{Value, json};

/// The protocol.
pub const WIRE: Wire = Wire {
    name: "openai_responses",
    paths: Paths {
        base: Base::OfHost("/v1"),
        calls: &["/responses", "/chat/completions"],
        call: |_| "/responses".into(),
        stream_query: None,
        look_up: |_| "/models".into(),
    },
    key: ("authorization", "Bearer "),
    headers: &[],
    identity: &[],
    body,
    read,
    read_event,
    thinking: Thinking::InTags,
};

const SAMPLING: [Name; 3] =
    [("max_tokens", "max_output_tokens"), ("temperature", "temperature"), ("top_p", "top_p")];
/// Settings of ours that a response repeats.
const REPEATED: [&str; 7] =
    ["instructions", "tools", "temperature", "top_p", "max_output_tokens", "store", "metadata"];

fn body(call: &Call<'_>) -> Result<Fields, Refusal> {
    let mut items = Vec::new();
    for message in messages(call.request)? {
        add_items(message, &mut items)?;
    }
    let mut body = Fields::new();
    body.insert("model".into(), call.model.into());
    body.insert("input".into(), items.into());
    // The service keeps responses for 30 days unless told otherwise; an evaluation has no use for that.
    body.insert("store".into(), false.into());
    body.extend(request::sampling(&call.request.sampling, WIRE.name, &SAMPLING)?);
    request::add_tools(&mut body, call, tool);
    if call.stream {
        body.insert("stream".into(), true.into());
    }
    Ok(body)
}

fn tool(tool: &Tool) -> Value {
    json!({
        "type": "function", "name": tool.name, "description": tool.description, "parameters": tool.parameters,
    })
}

/// A message, the calls in it, or a tool's answer: each is an item of its own.
fn add_items(message: &Message, items: &mut Vec<Value>) -> Result<(), Refusal> {
    if let Some(id) = &message.tool_call_id {
        let output = match &message.content {
            Content::Text(text) => text.as_str().into(),
            Content::Parts(_) => Value::from(parts(message, "input_text")?),
        };
        items.push(json!({"type": "function_call_output", "call_id": id, "output": output}));
        return Ok(());
    }
    let kind = if message.role == Role::Assistant { "output_text" } else { "input_text" };
    let content = parts(message, kind)?;
    if !content.is_empty() {
        items.push(json!({"type": "message", "role": message.role, "content": content}));
    }
    items.extend(message.tool_calls.iter().map(|call| {
        json!({
            "type": "function_call", "call_id": call.id, "name": call.name, "arguments": call.arguments,
        })
    }));
    Ok(())
}

fn parts(message: &Message, text_kind: &str) -> Result<Vec<Value>, Refusal> {
    let part = |piece| match piece {
        Piece::Text(text) => json!({"type": text_kind, "text": text}),
        Piece::Picture(picture) => json!({"type": "input_image", "image_url": picture.into_url()}),
    };
    Ok(pieces(&message.content)?.into_iter().map(part).collect())
}

fn read(mut fields: Fields, draft: &mut Draft) -> Result<(), Unusable> {
    let Some(items) = json::take_list(&mut fields, "output") else {
        return Err(Unusable::Malformed("the answer has no list of `output`".into()));
    };
    for item in items {
        add_item(json::fields(item), Known::Nothing, draft)?;
    }
    end(fields, draft)
}

/// What of an item has come before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    Nothing,
    /// Its text and reasoning, in pieces.
    Text,
}

fn add_item(mut item: Fields, known: Known, draft: &mut Draft) -> Result<(), Unusable> {
    let choice = draft.choice(0);
    match json::take_text(&mut item, "type").as_str() {
        "message" => {
            for mut part in parts_of(&mut item, "content").map(json::fields) {
                let text = json::take_said(&mut part, "text")?;
                let refusal = json::take_text(&mut part, "refusal");
                if known == Known::Nothing {
                    choice.text.push_str(&text);
                    choice.refusal.push_str(&refusal);
                }
                part.shift_remove("type");
                part.into_iter().for_each(|(name, value)| choice.keep(name, value));
            }
        }
        "reasoning" => {
            for part in parts_of(&mut item, "summary").chain(parts_of(&mut item, "content")) {
                if known == Known::Nothing {
                    begin_paragraph(&mut choice.reasoning);
                    choice.reasoning.push_str(&json::text_of(part));
                }
            }
        }
        "function_call" => {
            let mut take = |name| json::take_text(&mut item, name);
            let (id, name, arguments) = (take("call_id"), take("name"), take("arguments"));
            choice.add_call(Some(id), name, arguments);
        }
        kind => {
            item.insert("type".into(), kind.into());
            choice.keep("output", json!([item]));
            return Ok(());
        }
    }
    json::forget(&mut item, &["id", "status", "role"]);
    item.into_iter().for_each(|(name, value)| choice.keep(name, value));
    Ok(())
}

fn parts_of(item: &mut Fields, name: &str) -> std::vec::IntoIter<Value> {
    json::take_list(item, name).unwrap_or_default().into_iter()
}

fn begin_paragraph(text: &mut String) {
    if !text.is_empty() {
        text.push_str("\n\n");
    }
}

fn read_event(mut event: Fields, draft: &mut Draft) -> Result<(), Unusable> {
    match json::take_text(&mut event, "type").as_str() {
        "response.output_text.delta" => draft.choice(0).text.push_str(&json::take_said(&mut event, "delta")?),
        "response.refusal.delta" => draft.choice(0).refusal.push_str(&json::take_text(&mut event, "delta")),
        "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
            draft.choice(0).reasoning.push_str(&json::take_text(&mut event, "delta"));
        }
        "response.reasoning_summary_part.added" => begin_paragraph(&mut draft.choice(0).reasoning),
        "response.output_item.done" => {
            return add_item(json::take_fields(&mut event, "item"), Known::Text, draft);
        }
        "response.completed" | "response.incomplete" | "response.failed" => {
            draft.is_done = true;
            let mut response = json::take_fields(&mut event, "response");
            response.shift_remove("output");
            return end(response, draft);
        }
        "error" => return Err(Unusable::Reported(event.into())),
        // The others repeat at the beginning and the end of a part what the pieces say.
        _ => {}
    }
    Ok(())
}

/// Adds what stands around the output.
fn end(mut fields: Fields, draft: &mut Draft) -> Result<(), Unusable> {
    if let Some(error) = fields.shift_remove("error").filter(|error| !error.is_null()) {
        return Err(Unusable::Reported(error));
    }
    draft.model = json::take_name(&mut fields, "model");
    let (counts, rest) = counts(json::take_fields(&mut fields, "usage"));
    draft.count(counts, rest);
    let why = json::take_text(&mut json::take_fields(&mut fields, "incomplete_details"), "reason");
    let status = json::take_text(&mut fields, "status");
    let choice = draft.choice(0);
    choice.finish = Some(match (status.as_str(), why.as_str()) {
        ("completed" | "", _) if !choice.calls.is_empty() => FinishReason::ToolCalls,
        ("completed" | "", _) => FinishReason::Stop,
        (_, "max_output_tokens") => FinishReason::Length,
        (_, "content_filter") => FinishReason::ContentFilter,
        (_, "") => FinishReason::Other(status),
        (_, _) => FinishReason::Other(why),
    });
    json::forget(&mut fields, &REPEATED);
    json::forget(&mut fields, &["object", "created_at", "completed_at"]);
    draft.keep_all(fields);
    Ok(())
}
