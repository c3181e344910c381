//! `/v1/chat/completions`.

use crate::answer::{finish_reason, usage};
use crate::fields::Fields;
use crate::refusal::Refusal;
use crate::shared::{Shared, body, created};
use crate::stream::{Shape, streamed};
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::response::{IntoResponse, Response};
use evalscope_core::{GenerateRequest, Input, Message, Role};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// A request.
#[derive(Debug, Deserialize)]
pub(crate) struct ChatRequest {
    messages: Vec<ChatMessage>,
    #[serde(flatten)]
    fields: Fields,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChatMessage {
    role: Role,
    content: ChatContent,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum ChatContent {
    Text(String),
    Parts(Vec<TextPart>),
}

/// A part of a message; only text is taken.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum TextPart {
    Text { text: String },
}

impl ChatMessage {
    fn into_message(self) -> Message {
        let text = match self.content {
            ChatContent::Text(text) => text,
            ChatContent::Parts(parts) => parts.into_iter().map(|TextPart::Text { text }| text).collect(),
        };
        Message::new(self.role, text)
    }
}

/// Answers a request.
pub(crate) async fn answer(
    State(shared): State<Arc<Shared>>,
    request: Result<Json<ChatRequest>, JsonRejection>,
) -> Result<Response, Refusal> {
    let ChatRequest { messages, fields } = body(request)?;
    fields.check()?;
    shared.check_model(fields.model.as_deref())?;
    if messages.is_empty() {
        return Err(Refusal::bad_request("`messages` is empty"));
    }
    let messages = messages.into_iter().map(ChatMessage::into_message).collect();
    let request = GenerateRequest::new(Input::Chat(messages), fields.sampling());
    if fields.stream {
        return Ok(streamed(shared, request, Shape::Chat, fields.wants_usage()).await?.into_response());
    }
    let generation = shared.served.model.generate(&request, &shared.context()).await?;
    let choices: Vec<_> = generation
        .completions
        .iter()
        .enumerate()
        .map(|(index, reply)| {
            json!({
                "index": index, "message": {"role": "assistant", "content": reply.text},
                "finish_reason": finish_reason(&reply.finish), "logprobs": null,
            })
        })
        .collect();
    let answer = json!({
        "id": format!("chatcmpl-{}", created()), "object": "chat.completion", "created": created(),
        "model": shared.served.name, "choices": choices, "usage": usage(generation.usage),
    });
    Ok(Json(answer).into_response())
}
