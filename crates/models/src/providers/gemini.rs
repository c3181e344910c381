//! Google's Gemini.

use crate::draft::{Choice, Counts, Draft, Thinking};
use crate::images::Picture;
use crate::json::{self, Fields};
use crate::refusal::Refusal;
use crate::request::{self, Name, Piece, messages, pieces};
use crate::unusable::Unusable;
use crate::wire::{Base, Call, CallPath, Paths, Wire};
use evalscope_core::{FinishReason, Message, Role, Tool};
use serde_json::{Value, json};

/// The protocol.
pub const WIRE: Wire = Wire {
    name: "gemini",
    paths: Paths {
        base: Base::OfHost("/v1beta"),
        calls: &["/models"],
        call,
        stream_query: Some("alt=sse"),
        look_up: |model| format!("/models/{}", short(model)),
    },
    // In the address, where the service takes it too, it would end up in logs.
    key: ("x-goog-api-key", ""),
    headers: &[],
    identity: &[],
    body,
    read,
    read_event,
    thinking: Thinking::InTags,
};

const SAMPLING: [Name; 9] = [
    ("max_tokens", "maxOutputTokens"),
    ("temperature", "temperature"),
    ("top_p", "topP"),
    ("top_k", "topK"),
    ("n", "candidateCount"),
    ("seed", "seed"),
    ("stop", "stopSequences"),
    ("frequency_penalty", "frequencyPenalty"),
    ("presence_penalty", "presencePenalty"),
];
/// Why the service withholds a reply, or what the model may not say.
const WITHHELD: [&str; 8] = [
    "SAFETY",
    "RECITATION",
    "LANGUAGE",
    "BLOCKLIST",
    "PROHIBITED_CONTENT",
    "SPII",
    "IMAGE_SAFETY",
    "IMAGE_PROHIBITED_CONTENT",
];

fn call(path: &CallPath<'_>) -> String {
    let what = if path.stream { "streamGenerateContent" } else { "generateContent" };
    format!("/models/{}:{what}", short(path.model))
}

/// The service lists names with `models/` before them.
fn short(model: &str) -> &str {
    model.strip_prefix("models/").unwrap_or(model)
}

fn body(call: &Call<'_>) -> Result<Fields, Refusal> {
    let messages = messages(call.request)?;
    let mut body = Fields::new();
    if let Some(system) = request::instructions(messages) {
        body.insert("systemInstruction".into(), json!({"parts": [{"text": system}]}));
    }
    let turns = request::turns(messages, role, |message| parts(message, messages))?;
    let turns = turns.into_iter().map(|(role, parts)| json!({"role": role, "parts": parts}));
    body.insert("contents".into(), turns.collect());
    let config = request::sampling(&call.request.sampling, WIRE.name, &SAMPLING)?;
    if !config.is_empty() {
        body.insert("generationConfig".into(), config.into());
    }
    if !call.request.tools.is_empty() {
        let tools: Vec<Value> = call.request.tools.iter().map(tool).collect();
        body.insert("tools".into(), json!([{"functionDeclarations": tools}]));
    }
    Ok(body)
}

/// `parameters` would take a part of JSON Schema only.
fn tool(tool: &Tool) -> Value {
    json!({"name": tool.name, "description": tool.description, "parametersJsonSchema": tool.parameters})
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Assistant => "model",
        Role::User | Role::Tool | Role::System => "user",
    }
}

fn parts(message: &Message, conversation: &[Message]) -> Result<Vec<Value>, Refusal> {
    if let Some(id) = &message.tool_call_id {
        let name = request::tool_name(conversation, id)?;
        let response = json!({"result": message.text()});
        return Ok(vec![json!({"functionResponse": {"id": id, "name": name, "response": response}})]);
    }
    let mut parts: Vec<Value> = pieces(&message.content)?.into_iter().map(part).collect();
    for call in &message.tool_calls {
        let args = request::arguments(&call.arguments);
        parts.push(json!({"functionCall": {"id": call.id, "name": call.name, "args": args}}));
    }
    Ok(parts)
}

fn part(piece: Piece) -> Value {
    match piece {
        Piece::Text(text) => json!({"text": text}),
        Piece::Picture(Picture::Address(url)) => json!({"fileData": {"fileUri": url}}),
        Piece::Picture(Picture::Data { media_type, base64 }) => {
            json!({"inlineData": {"mimeType": media_type, "data": base64}})
        }
    }
}

fn read(fields: Fields, draft: &mut Draft) -> Result<(), Unusable> {
    if !["candidates", "promptFeedback"].iter().any(|name| fields.contains_key(*name)) {
        return Err(Unusable::Malformed("the answer has no list of `candidates`".into()));
    }
    read_event(fields, draft)
}

fn read_event(mut fields: Fields, draft: &mut Draft) -> Result<(), Unusable> {
    for (place, candidate) in
        json::take_list(&mut fields, "candidates").unwrap_or_default().into_iter().enumerate()
    {
        let mut candidate = json::fields(candidate);
        let index = candidate.shift_remove("index").and_then(|index| index.as_u64());
        add_candidate(candidate, draft.choice(index.unwrap_or(place as u64)))?;
    }
    if fields.get("promptFeedback").is_some_and(|feedback| feedback.get("blockReason").is_some()) {
        draft.choice(0).finish = Some(FinishReason::ContentFilter);
    }
    draft.model = json::take_name(&mut fields, "modelVersion").or(draft.model.take());
    count(json::take_fields(&mut fields, "usageMetadata"), draft);
    draft.keep_all(fields);
    Ok(())
}

fn add_candidate(mut candidate: Fields, choice: &mut Choice) -> Result<(), Unusable> {
    let mut content = json::take_fields(&mut candidate, "content");
    for part in json::take_list(&mut content, "parts").unwrap_or_default() {
        add_part(json::fields(part), choice)?;
    }
    if let Some(reason) = json::take_name(&mut candidate, "finishReason") {
        choice.finish = Some(finish_reason(reason, choice));
    }
    candidate.into_iter().for_each(|(name, value)| choice.keep(name, value));
    Ok(())
}

fn add_part(mut part: Fields, choice: &mut Choice) -> Result<(), Unusable> {
    let is_thought = part.shift_remove("thought").and_then(|thought| thought.as_bool()).unwrap_or(false);
    let text = json::take_said(&mut part, "text")?;
    if is_thought {
        choice.reasoning.push_str(&text);
    } else {
        choice.text.push_str(&text);
    }
    let mut call = json::take_fields(&mut part, "functionCall");
    if let Some(name) = json::take_name(&mut call, "name") {
        let arguments = call.shift_remove("args").map_or_else(|| "{}".to_owned(), |args| args.to_string());
        choice.add_call(json::take_name(&mut call, "id"), name, arguments);
    }
    // A thought's signature is among it. No benchmark sends a reply back as a message, so none is handed back either.
    if !part.is_empty() {
        choice.keep("parts", json!([part]));
    }
    Ok(())
}

/// The service counts reasoning apart from the reply.
fn count(mut usage: Fields, draft: &mut Draft) {
    let mut take = |name| json::take_count(&mut usage, name);
    let (input, cached) = (take("promptTokenCount"), take("cachedContentTokenCount"));
    let (reply, reasoning) = (take("candidatesTokenCount"), take("thoughtsTokenCount"));
    take("totalTokenCount");
    // A count of 0 is left out.
    let output = (input.is_some() || reply.is_some() || reasoning.is_some())
        .then(|| reply.unwrap_or(0).saturating_add(reasoning.unwrap_or(0)));
    // Every event brings the counts so far, and a list of them by modality that must not add up.
    draft.count(Counts { input, output, cached, reasoning }, Fields::new());
    if !usage.is_empty() {
        draft.replace("usage", usage.into());
    }
}

fn finish_reason(name: String, choice: &Choice) -> FinishReason {
    match name.as_str() {
        "STOP" if !choice.calls.is_empty() => FinishReason::ToolCalls,
        "STOP" => FinishReason::Stop,
        "MAX_TOKENS" => FinishReason::Length,
        name if WITHHELD.contains(&name) => FinishReason::ContentFilter,
        _ => FinishReason::Other(name),
    }
}
