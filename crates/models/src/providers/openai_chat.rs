//! OpenAI's chat completions.

use crate::choices::{self, Shape};
use crate::draft::Thinking;
use crate::json::Fields;
use crate::refusal::Refusal;
use crate::request::{self, Piece, messages, pieces};
use crate::wire::{Base, Call, Paths, Wire};
use evalscope_core::{Content, Message, ToolCall};
use serde_json::{Value, json};

/// The protocol.
pub const WIRE: Wire = Wire {
    name: "openai_chat",
    paths: Paths {
        base: Base::OfHost("/v1"),
        calls: &["/chat/completions", "/completions"],
        call: |_| "/chat/completions".into(),
        stream_query: None,
        look_up: |_| "/models".into(),
    },
    key: ("authorization", "Bearer "),
    headers: &[],
    identity: &[],
    body,
    read: |fields, draft| choices::read_whole(fields, draft, Shape::Chat),
    read_event: |fields, draft| choices::read_event(fields, draft, Shape::Chat),
    thinking: Thinking::InTags,
};

fn body(call: &Call<'_>) -> Result<Fields, Refusal> {
    let sent: Vec<Value> = messages(call.request)?.iter().map(message).collect::<Result<_, _>>()?;
    let mut body = request::openai(call, ("messages", sent.into()));
    request::add_tools(&mut body, call, request::function_tool);
    Ok(body)
}

fn message(message: &Message) -> Result<Value, Refusal> {
    let content = match &message.content {
        // A message that only calls tools says nothing, which is not the same as saying "".
        Content::Text(text) if text.is_empty() && !message.tool_calls.is_empty() => Value::Null,
        Content::Text(text) => text.as_str().into(),
        content => pieces(content)?.into_iter().map(part).collect(),
    };
    let mut fields = Fields::new();
    fields.insert("role".into(), json!(message.role));
    fields.insert("content".into(), content);
    if !message.tool_calls.is_empty() {
        let call = |call: &ToolCall| {
            let function = json!({"name": call.name, "arguments": call.arguments});
            json!({"id": call.id, "type": "function", "function": function})
        };
        fields.insert("tool_calls".into(), message.tool_calls.iter().map(call).collect());
    }
    if let Some(id) = &message.tool_call_id {
        fields.insert("tool_call_id".into(), id.as_str().into());
    }
    Ok(fields.into())
}

fn part(piece: Piece) -> Value {
    match piece {
        Piece::Text(text) => json!({"type": "text", "text": text}),
        Piece::Picture(picture) => json!({"type": "image_url", "image_url": {"url": picture.into_url()}}),
    }
}
