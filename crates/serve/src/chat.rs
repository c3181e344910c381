//! `/v1/chat/completions`.

use crate::answer::{Envelope, Shape, finish_reason};
use crate::asked::Asked;
use crate::fields::Fields;
use crate::logprobs;
use crate::messages::message;
use crate::refusal::Refusal;
use crate::shared::Shared;
use crate::stream::{Look, streamed};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use evalscope_core::Sampling;
use evalscope_model_api::{Beginning, WriteRequest, Written};
use serde_json::{Value, json};
use std::sync::Arc;

/// Likely tokens beside each token at most.
const MOST_LIKELY: usize = 20;

/// Answers a request.
pub(crate) async fn answer(
    State(shared): State<Arc<Shared>>,
    Asked { mut body, in_flight }: Asked,
) -> Result<Response, Refusal> {
    let messages: Vec<Value> = body.need("messages")?;
    let (logprobs, top_logprobs) = (body.take("logprobs")?, body.take::<u32>("top_logprobs")?);
    let mut fields = Fields::of(body)?;
    let extra_body = fields.take_template_wishes();
    fields.check()?;
    shared.check_model(fields.model.as_deref())?;
    if messages.is_empty() {
        return Err(Refusal::bad_request("`messages` is empty").about("messages"));
    }
    let likely = likely(logprobs == Some(true), top_logprobs.unwrap_or(0) as usize)?;
    let messages = messages.into_iter().enumerate().map(|(index, value)| message(index, value));
    let messages = messages.collect::<Result<_, _>>()?;
    let sampling = Sampling { extra_body, ..fields.sampling() };
    let request = WriteRequest { beginning: Beginning::Chat(messages), sampling, likely };
    if fields.is_streamed() {
        let look = Look::new(&shared, Shape::Chat, fields.wants_usage(), likely);
        return Ok(streamed(shared, request, look, in_flight).await?.into_response());
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
