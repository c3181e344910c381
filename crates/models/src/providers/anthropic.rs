//! Anthropic's Messages.

use crate::draft::{Choice, Counts, Draft, Thinking};
use crate::images::Picture;
use crate::json::{self, Fields};
use crate::refusal::Refusal;
use crate::request::{self, Name, Piece, messages, pieces};
use crate::unusable::Unusable;
use crate::wire::{Base, Call, Paths, Wire};
use evalscope_core::{FinishReason, Message, Role, Tool};
use serde_json::{Value, json};

/// The protocol.
pub const WIRE: Wire = Wire {
    name: "anthropic",
    paths: Paths {
        base: Base::OfAll("/v1"),
        calls: &["/messages"],
        call: |_| "/messages".into(),
        stream_query: None,
        look_up: |_| "/models".into(),
    },
    key: ("x-api-key", ""),
    headers: &[("anthropic-version", "2023-06-01")],
    identity: &[],
    body,
    read,
    read_event,
    thinking: Thinking::InTags,
};

/// The protocol wants a limit in every request. All models that are served take this one, and longer replies are
/// rare; one that is cut says so.
const DEFAULT_MAX_TOKENS: u32 = 8192;

const SAMPLING: [Name; 5] = [
    ("max_tokens", "max_tokens"),
    ("temperature", "temperature"),
    ("top_p", "top_p"),
    ("top_k", "top_k"),
    ("stop", "stop_sequences"),
];

fn body(call: &Call<'_>) -> Result<Fields, Refusal> {
    let messages = messages(call.request)?;
    let mut body = Fields::new();
    body.insert("model".into(), call.model.into());
    body.insert("max_tokens".into(), DEFAULT_MAX_TOKENS.into());
    body.extend(request::sampling(&call.request.sampling, WIRE.name, &SAMPLING)?);
    if let Some(system) = request::instructions(messages) {
        body.insert("system".into(), system.into());
    }
    let turns = request::turns(messages, role, blocks)?;
    let turns = turns.into_iter().map(|(role, content)| json!({"role": role, "content": content}));
    body.insert("messages".into(), turns.collect());
    request::add_tools(&mut body, call, tool);
    if call.stream {
        body.insert("stream".into(), true.into());
    }
    Ok(body)
}

fn tool(tool: &Tool) -> Value {
    json!({"name": tool.name, "description": tool.description, "input_schema": tool.parameters})
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Assistant => "assistant",
        Role::User | Role::Tool | Role::System => "user",
    }
}

fn blocks(message: &Message) -> Result<Vec<Value>, Refusal> {
    let mut blocks: Vec<Value> = pieces(&message.content)?.into_iter().map(block).collect();
    if let Some(id) = &message.tool_call_id {
        return Ok(vec![json!({"type": "tool_result", "tool_use_id": id, "content": blocks})]);
    }
    for call in &message.tool_calls {
        let input = request::arguments(&call.arguments);
        blocks.push(json!({"type": "tool_use", "id": call.id, "name": call.name, "input": input}));
    }
    Ok(blocks)
}

fn block(piece: Piece) -> Value {
    let source = match piece {
        Piece::Text(text) => return json!({"type": "text", "text": text}),
        Piece::Picture(Picture::Address(url)) => json!({"type": "url", "url": url}),
        Piece::Picture(Picture::Data { media_type, base64 }) => {
            json!({"type": "base64", "media_type": media_type, "data": base64})
        }
    };
    json!({"type": "image", "source": source})
}

fn read(mut fields: Fields, draft: &mut Draft) -> Result<(), Unusable> {
    let Some(blocks) = json::take_list(&mut fields, "content") else {
        return Err(Unusable::Malformed("the answer has no list of `content`".into()));
    };
    let choice = draft.choice(0);
    for (place, block) in blocks.into_iter().enumerate() {
        add_block(json::fields(block), place as u64, choice)?;
        end_block(place as u64, choice);
    }
    add_message(fields, draft);
    Ok(())
}

/// Adds what stands around the content of a message.
fn add_message(mut fields: Fields, draft: &mut Draft) {
    json::forget(&mut fields, &["type", "role"]);
    draft.model = json::take_name(&mut fields, "model").or(draft.model.take());
    count(json::take_fields(&mut fields, "usage"), draft);
    if let Some(reason) = json::take_name(&mut fields, "stop_reason") {
        draft.choice(0).finish = Some(finish_reason(reason));
    }
    draft.keep_all(fields);
}

fn read_event(mut event: Fields, draft: &mut Draft) -> Result<(), Unusable> {
    let place = event.get("index").and_then(Value::as_u64).unwrap_or(0);
    match json::take_text(&mut event, "type").as_str() {
        "message_start" => {
            let mut message = json::take_fields(&mut event, "message");
            message.shift_remove("content");
            add_message(message, draft);
        }
        "content_block_start" => {
            let block = json::take_fields(&mut event, "content_block");
            add_block(block, place, draft.choice(0))?;
        }
        "content_block_delta" => {
            let delta = json::take_fields(&mut event, "delta");
            add_delta(delta, place, draft.choice(0))?;
        }
        "message_delta" => {
            let mut fields = json::take_fields(&mut event, "delta");
            fields.extend(event);
            add_message(fields, draft);
        }
        "message_stop" => draft.is_done = true,
        "content_block_stop" => end_block(place, draft.choice(0)),
        "ping" => {}
        kind => draft.keep("events", json!([{"type": kind, "event": event}])),
    }
    Ok(())
}

/// Adds a block of a whole message, or the beginning of one in a stream.
fn add_block(mut block: Fields, place: u64, choice: &mut Choice) -> Result<(), Unusable> {
    match json::take_text(&mut block, "type").as_str() {
        "text" => choice.text.push_str(&json::take_said(&mut block, "text")?),
        "thinking" => choice.reasoning.push_str(&json::take_text(&mut block, "thinking")),
        "tool_use" => {
            let call = choice.call(place);
            call.id = json::take_text(&mut block, "id");
            call.name = json::take_text(&mut block, "name");
            // A stream begins with an empty object, and the arguments follow in pieces.
            let input = block.shift_remove("input").filter(|input| !json::is_empty(input));
            call.arguments = input.map(|input| input.to_string()).unwrap_or_default();
        }
        kind => {
            block.insert("type".into(), kind.into());
            choice.keep("content", json!([block]));
            return Ok(());
        }
    }
    block.into_iter().for_each(|(name, value)| choice.keep(name, value));
    Ok(())
}

/// Ends the block at this place: a call that got no arguments has none.
fn end_block(place: u64, choice: &mut Choice) {
    if let Some(call) = choice.calls.get_mut(&place).filter(|call| call.arguments.is_empty()) {
        call.arguments.push_str("{}");
    }
}

fn add_delta(mut delta: Fields, place: u64, choice: &mut Choice) -> Result<(), Unusable> {
    choice.text.push_str(&json::take_said(&mut delta, "text")?);
    choice.reasoning.push_str(&json::take_text(&mut delta, "thinking"));
    let input = json::take_text(&mut delta, "partial_json");
    if !input.is_empty() {
        choice.call(place).arguments.push_str(&input);
    }
    delta.shift_remove("type");
    delta.into_iter().for_each(|(name, value)| choice.keep(name, value));
    Ok(())
}

/// The service counts the prompt in three parts: what is new, what was written to its cache, what was read there.
fn count(mut usage: Fields, draft: &mut Draft) {
    let mut take = |name| json::take_count(&mut usage, name);
    let new = take("input_tokens");
    let (written, cached) = (take("cache_creation_input_tokens"), take("cache_read_input_tokens"));
    let input = new.map(|new| new.saturating_add(written.unwrap_or(0)).saturating_add(cached.unwrap_or(0)));
    let output = take("output_tokens");
    if let Some(written) = written.filter(|written| *written > 0) {
        usage.insert("cache_creation_input_tokens".into(), written.into());
    }
    draft.count(Counts { input, output, cached, reasoning: None }, usage);
}

fn finish_reason(name: String) -> FinishReason {
    match name.as_str() {
        "end_turn" | "stop_sequence" => FinishReason::Stop,
        "max_tokens" => FinishReason::Length,
        "model_context_window_exceeded" => FinishReason::Context,
        "tool_use" => FinishReason::ToolCalls,
        "refusal" => FinishReason::ContentFilter,
        _ => FinishReason::Other(name),
    }
}
