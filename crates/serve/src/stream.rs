//! Replies piece by piece, as server-sent events.

use crate::answer::{finish_reason, usage};
use crate::refusal::Refusal;
use crate::shared::{Shared, created};
use axum::response::Sse;
use axum::response::sse::Event;
use evalscope_core::{CallFailure, FailureKind, GenerateRequest, Generation};
use evalscope_model_api::CallContext;
use futures::Stream;
use futures::stream::unfold;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;
use tokio_util::sync::DropGuard;

/// Which of the two forms the pieces have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Chat,
    Text,
}

impl Shape {
    fn piece(self, name: &str, text: &str, finish: Option<&str>) -> Value {
        let choice = match self {
            Shape::Chat if text.is_empty() && finish.is_some() => {
                json!({"index": 0, "delta": {}, "finish_reason": finish})
            }
            Shape::Chat => {
                let delta = json!({"role": "assistant", "content": text});
                json!({"index": 0, "delta": delta, "finish_reason": finish})
            }
            Shape::Text => json!({"index": 0, "text": text, "logprobs": null, "finish_reason": finish}),
        };
        self.envelope(name, json!([choice]))
    }

    fn envelope(self, name: &str, choices: Value) -> Value {
        let (object, prefix) = match self {
            Shape::Chat => ("chat.completion.chunk", "chatcmpl"),
            Shape::Text => ("text_completion", "cmpl"),
        };
        let created = created();
        json!({"id": format!("{prefix}-{created}"), "object": object, "created": created, "model": name, "choices": choices})
    }
}

/// A reply while it is written. Dropping it, as axum does when the client has gone away, cancels the call.
struct Reply {
    shared: Arc<Shared>,
    shape: Shape,
    wants_usage: bool,
    pieces: UnboundedReceiver<String>,
    call: JoinHandle<Result<Generation, CallFailure>>,
    _cancel: DropGuard,
    /// The first piece, which has been waited for.
    first: Option<String>,
    /// Events that are still to be sent when all text has been.
    last: Option<Vec<Event>>,
}

/// Begins a reply; what is refused at once is an error and no stream.
pub(crate) async fn streamed(
    shared: Arc<Shared>,
    request: GenerateRequest,
    shape: Shape,
    wants_usage: bool,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refusal> {
    let (sender, mut pieces) = unbounded_channel();
    let on_text = move |piece: &str| {
        // A receiver that is gone has cancelled.
        let _ = sender.send(piece.to_owned());
    };
    let context = CallContext { on_text: Some(Arc::new(on_text)), ..shared.context() };
    let cancel = context.cancel.clone().drop_guard();
    let served = shared.clone();
    let mut call = tokio::spawn(async move { served.served.model.generate(&request, &context).await });
    // The channel ends when the call does.
    let first = pieces.recv().await;
    if first.is_none() {
        let generation = ended(&mut call).await?;
        call = tokio::spawn(async move { Ok(generation) });
    }
    let reply = Reply { shared, shape, wants_usage, pieces, call, _cancel: cancel, first, last: None };
    Ok(Sse::new(unfold(reply, |mut reply| async move {
        let event = reply.next().await?;
        Some((Ok(event), reply))
    })))
}

async fn ended(call: &mut JoinHandle<Result<Generation, CallFailure>>) -> Result<Generation, CallFailure> {
    match call.await {
        Ok(result) => result,
        Err(error) => Err(CallFailure::new(FailureKind::EngineDied, error.to_string())),
    }
}

impl Reply {
    async fn next(&mut self) -> Option<Event> {
        if let Some(last) = &mut self.last {
            return last.pop();
        }
        let piece = match self.first.take() {
            Some(piece) => Some(piece),
            None => self.pieces.recv().await,
        };
        if let Some(piece) = piece {
            return Some(event(&self.shape.piece(&self.shared.served.name, &piece, None)));
        }
        let mut last = vec![Event::default().data("[DONE]")];
        match ended(&mut self.call).await {
            Ok(generation) => {
                let name = &self.shared.served.name;
                if self.wants_usage {
                    let mut end = self.shape.envelope(name, json!([]));
                    end["usage"] = usage(generation.usage);
                    last.push(event(&end));
                }
                let finish =
                    generation.completions.first().map_or("stop", |reply| finish_reason(&reply.finish));
                last.push(event(&self.shape.piece(name, "", Some(finish))));
            }
            Err(failure) => last.push(event(&Refusal::from(failure).body())),
        }
        let next = last.pop();
        self.last = Some(last);
        next
    }
}

fn event(value: &Value) -> Event {
    Event::default().data(value.to_string())
}
