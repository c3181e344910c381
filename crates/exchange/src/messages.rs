//! Messages as Inspect and EvalScope write them, whose forms are the same.

use evalscope_core::{Completion, Content, Image, Message, Part, Role, ToolCall};
use serde_json::{Value, json};

/// A message of the prompt.
pub fn to_json(message: &Message) -> Value {
    let mut json = json!({"role": message.role, "content": content_to_json(&message.content)});
    if message.role == Role::Assistant {
        add_tool_calls(&mut json, &message.tool_calls);
    } else if let Some(id) = &message.tool_call_id {
        json["tool_call_id"] = id.as_str().into();
    }
    json
}

/// A reply as a message; reasoning is a part of its own before the text.
pub fn reply(completion: &Completion) -> Value {
    let content = match &completion.reasoning {
        None => Value::from(completion.text.as_str()),
        Some(reasoning) => {
            json!([{"type": "reasoning", "reasoning": reasoning}, {"type": "text", "text": completion.text}])
        }
    };
    let mut json = json!({"role": "assistant", "content": content, "source": "generate"});
    add_tool_calls(&mut json, &completion.tool_calls);
    json
}

fn content_to_json(content: &Content) -> Value {
    match content {
        Content::Text(text) => text.as_str().into(),
        Content::Parts(parts) => parts.iter().map(part_to_json).collect(),
    }
}

fn part_to_json(part: &Part) -> Value {
    match part {
        Part::Text { text } => json!({"type": "text", "text": text}),
        Part::Image { image: Image::Url(url) } => json!({"type": "image", "image": url}),
        // The digest names the image; where it lay on this machine is nobody's business.
        Part::Image { image: Image::File { sha256, .. } } => {
            json!({"type": "text", "text": format!("[image, SHA-256 {sha256}]")})
        }
    }
}

/// Inspect's and EvalScope's calls hold parsed arguments; what is no JSON object is kept as it was written.
fn add_tool_calls(json: &mut Value, calls: &[ToolCall]) {
    if calls.is_empty() {
        return;
    }
    let one = |call: &ToolCall| {
        let parsed: Option<serde_json::Map<String, Value>> = serde_json::from_str(&call.arguments).ok();
        let arguments = parsed.map_or_else(|| json!({"text": call.arguments}), Value::Object);
        json!({"id": call.id, "function": call.name, "arguments": arguments})
    };
    json["tool_calls"] = calls.iter().map(one).collect();
}

/// A message of a prompt, from what other programs wrote; `None` when it has no role that we know.
pub fn from_json(json: &Value) -> Option<Message> {
    let role: Role = serde_json::from_value(json["role"].clone()).ok()?;
    let content = match &json["content"] {
        Value::Array(parts) => content(parts),
        other => Content::Text(other.as_str().unwrap_or_default().to_owned()),
    };
    let tool_calls = tool_calls(json);
    let tool_call_id = json["tool_call_id"].as_str().map(str::to_owned);
    Some(Message { role, content, tool_calls, tool_call_id })
}

fn content(parts: &[Value]) -> Content {
    let parts: Vec<Part> = parts
        .iter()
        .filter_map(|part| match (part["text"].as_str(), part["image"].as_str()) {
            (Some(text), _) => Some(Part::Text { text: text.to_owned() }),
            (None, Some(url)) => Some(Part::Image { image: Image::Url(url.to_owned()) }),
            (None, None) => None,
        })
        .collect();
    match parts.as_slice() {
        [Part::Text { text }] => Content::Text(text.clone()),
        _ => Content::Parts(parts),
    }
}

/// A reply, from a message: its text, with reasoning apart.
pub fn completion(message: &Value, stop_reason: &str) -> Completion {
    let parts = message["content"].as_array().map_or(&[][..], Vec::as_slice);
    let joined = |field: &str| {
        let texts: Vec<&str> = parts.iter().filter_map(|part| part[field].as_str()).collect();
        (!texts.is_empty()).then(|| texts.join("\n"))
    };
    let text = message["content"].as_str().map(str::to_owned).or_else(|| joined("text"));
    Completion {
        text: text.unwrap_or_default(),
        reasoning: joined("reasoning"),
        tool_calls: tool_calls(message),
        finish: crate::words::finish_reason(stop_reason),
    }
}

fn tool_calls(message: &Value) -> Vec<ToolCall> {
    let one = |call: &Value| {
        let function = &call["function"];
        let (name, arguments) = match function.as_str() {
            Some(name) => (name, &call["arguments"]),
            None => (function["name"].as_str()?, &function["arguments"]),
        };
        let arguments = arguments.as_str().map_or_else(|| arguments.to_string(), str::to_owned);
        Some(ToolCall { id: call["id"].as_str().unwrap_or_default().into(), name: name.into(), arguments })
    };
    message["tool_calls"].as_array().into_iter().flatten().filter_map(one).collect()
}
