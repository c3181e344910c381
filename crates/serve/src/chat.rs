//! `/v1/chat/completions`.

use crate::answer::{Envelope, Shape, finish_reason};
use crate::fields::Fields;
use crate::logprobs;
use crate::messages::ChatMessage;
use crate::refusal::Refusal;
use crate::shared::{Shared, body};
use crate::stream::streamed;
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::response::{IntoResponse, Response};
use evalscope_core::Sampling;
use evalscope_model_api::{Beginning, WriteRequest, Written};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Likely tokens beside each token at most.
const MOST_LIKELY: usize = 20;

/// A request.
#[derive(Debug, Deserialize)]
pub(crate) struct ChatRequest {
    messages: Vec<ChatMessage>,
    logprobs: Option<bool>,
    top_logprobs: Option<usize>,
    #[serde(flatten)]
    fields: Fields,
}

/// Answers a request.
pub(crate) async fn answer(
    State(shared): State<Arc<Shared>>,
    request: Result<Json<ChatRequest>, JsonRejection>,
) -> Result<Response, Refusal> {
    let ChatRequest { messages, logprobs, top_logprobs, mut fields } = body(request)?;
    let extra_body = fields.take_template_wishes();
    fields.check()?;
    shared.check_model(fields.model.as_deref())?;
    if messages.is_empty() {
        return Err(Refusal::bad_request("`messages` is empty").about("messages"));
    }
    let likely = likely(logprobs == Some(true), top_logprobs.unwrap_or(0))?;
    let messages = messages.into_iter().map(ChatMessage::into_message).collect::<Result<_, _>>()?;
    let sampling = Sampling { extra_body, ..fields.sampling() };
    let request = WriteRequest { beginning: Beginning::Chat(messages), sampling, likely };
    if fields.is_streamed() {
        return Ok(streamed(shared, request, Shape::Chat, fields.wants_usage()).await?.into_response());
    }
    let context = shared.context();
    let Written { generation, tokens } =
        shared.seen(shared.served.model.write(&request, None, &context).await)?;
    let choices = generation.completions.iter().enumerate().map(|(index, reply)| {
        let tokens = tokens.get(index).filter(|_| likely.is_some());
        json!({
            "index": index, "message": {"role": "assistant", "content": reply.text, "refusal": null},
            "finish_reason": finish_reason(&reply.finish),
            "logprobs": tokens.map_or(Value::Null, |tokens| logprobs::of_chat(tokens)),
        })
    });
    let envelope = Envelope::new(Shape::Chat, &shared.served.name);
    Ok(Json(envelope.whole(choices.collect(), generation.usage)).into_response())
}

/// How many likely tokens are wanted beside each token, when log-probabilities are.
fn likely(is_wanted: bool, count: usize) -> Result<Option<usize>, Refusal> {
    let wrong = |message: String| Err(Refusal::bad_request(message).about("top_logprobs"));
    match (is_wanted, count) {
        (_, count) if count > MOST_LIKELY => wrong(format!("`top_logprobs` is at most {MOST_LIKELY}")),
        (false, 1..) => wrong("`top_logprobs` needs `logprobs: true`".to_owned()),
        (false, 0) => Ok(None),
        (true, count) => Ok(Some(count)),
    }
}
