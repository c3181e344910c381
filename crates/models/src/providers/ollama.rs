//! Ollama's own protocol.

use crate::draft::{Counts, Draft, Thinking};
use crate::images::Picture;
use crate::json::{self, Fields};
use crate::refusal::Refusal;
use crate::request::{self, Name, Piece, messages, pieces};
use crate::unusable::Unusable;
use crate::wire::{Base, Call, Paths, Wire};
use evalscope_core::{FinishReason, Message, ToolCall};
use serde_json::{Value, json};

/// The protocol.
pub const WIRE: Wire = Wire {
    name: "ollama",
    paths: Paths {
        base: Base::OfHost(""),
        calls: &["/api/chat", "/api/generate", "/api", "/v1"],
        call: |_| "/api/chat".into(),
        stream_query: None,
        look_up: |_| "/api/tags".into(),
    },
    key: ("authorization", "Bearer "),
    headers: &[],
    // `truncate` and `shift`, without which answers are others.
    identity: &[("long_prompts", "refused"), ("long_replies", "ended")],
    body,
    read,
    read_event,
    thinking: Thinking::InTags,
};

const SAMPLING: [Name; 10] = [
    ("max_tokens", "num_predict"),
    ("temperature", "temperature"),
    ("top_p", "top_p"),
    ("top_k", "top_k"),
    ("min_p", "min_p"),
    ("seed", "seed"),
    ("stop", "stop"),
    ("frequency_penalty", "frequency_penalty"),
    ("presence_penalty", "presence_penalty"),
    ("repetition_penalty", "repeat_penalty"),
];

fn body(call: &Call<'_>) -> Result<Fields, Refusal> {
    let messages = messages(call.request)?;
    let sent = messages.iter().map(|said| message(said, messages)).collect::<Result<Vec<_>, _>>()?;
    let mut body = Fields::new();
    body.insert("model".into(), call.model.into());
    body.insert("messages".into(), sent.into());
    // Left out, it would be true.
    body.insert("stream".into(), call.stream.into());
    // Left out, the beginning of a prompt that is too long would be, in silence.
    body.insert("truncate".into(), false.into());
    // Left out, a reply that fills the context would push the prompt out of it, in silence.
    body.insert("shift".into(), false.into());
    let options = request::sampling(&call.request.sampling, WIRE.name, &SAMPLING)?;
    if !options.is_empty() {
        body.insert("options".into(), options.into());
    }
    request::add_tools(&mut body, call, request::function_tool);
    Ok(body)
}

fn message(message: &Message, conversation: &[Message]) -> Result<Value, Refusal> {
    let (mut text, mut images) = (String::new(), Vec::new());
    for piece in pieces(&message.content)? {
        match piece {
            Piece::Text(more) => text.push_str(&more),
            Piece::Picture(Picture::Data { base64, .. }) => images.push(Value::from(base64)),
            Piece::Picture(Picture::Address(url)) => {
                let text =
                    format!("ollama fetches no images, and one is at {url}; give a file or a data URL");
                return Err(Refusal::of_this_request(text));
            }
        }
    }
    let mut fields = Fields::new();
    fields.insert("role".into(), json!(message.role));
    fields.insert("content".into(), text.into());
    if !images.is_empty() {
        fields.insert("images".into(), images.into());
    }
    if !message.tool_calls.is_empty() {
        let call = |call: &ToolCall| {
            let function = json!({"name": call.name, "arguments": request::arguments(&call.arguments)});
            json!({"id": call.id, "function": function})
        };
        fields.insert("tool_calls".into(), message.tool_calls.iter().map(call).collect());
    }
    if let Some(id) = &message.tool_call_id {
        fields.insert("tool_call_id".into(), id.as_str().into());
        fields.insert("tool_name".into(), request::tool_name(conversation, id)?.into());
    }
    Ok(fields.into())
}

fn read(fields: Fields, draft: &mut Draft) -> Result<(), Unusable> {
    if !fields.get("message").is_some_and(Value::is_object) {
        return Err(Unusable::Malformed("the answer has no `message`".into()));
    }
    read_event(fields, draft)
}

fn read_event(mut fields: Fields, draft: &mut Draft) -> Result<(), Unusable> {
    fields.shift_remove("created_at");
    draft.model = json::take_name(&mut fields, "model").or(draft.model.take());
    let counts = Counts {
        input: json::take_count(&mut fields, "prompt_eval_count"),
        output: json::take_count(&mut fields, "eval_count"),
        ..Counts::default()
    };
    draft.count(counts, Fields::new());
    let mut message = json::take_fields(&mut fields, "message");
    message.shift_remove("role");
    let choice = draft.choice(0);
    choice.text.push_str(&json::take_said(&mut message, "content")?);
    choice.reasoning.push_str(&json::take_text(&mut message, "thinking"));
    for call in json::take_list(&mut message, "tool_calls").unwrap_or_default() {
        let mut call = json::fields(call);
        let mut function = json::take_fields(&mut call, "function");
        let name = json::take_text(&mut function, "name");
        let arguments = json::take_json_text(&mut function, "arguments");
        choice.add_call(json::take_name(&mut call, "id"), name, arguments);
    }
    message.into_iter().for_each(|(name, value)| choice.keep(name, value));
    let is_done = fields.shift_remove("done").and_then(|done| done.as_bool()).unwrap_or(false);
    if is_done {
        let reason = json::take_text(&mut fields, "done_reason");
        choice.finish = Some(match reason.as_str() {
            "stop" | "" if !choice.calls.is_empty() => FinishReason::ToolCalls,
            "stop" | "" => FinishReason::Stop,
            "length" => FinishReason::Length,
            _ => FinishReason::Other(reason),
        });
        draft.is_done = true;
    }
    draft.keep_all(fields);
    Ok(())
}
