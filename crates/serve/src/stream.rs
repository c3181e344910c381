//! Replies piece by piece, as server-sent events.

use crate::answer::{Envelope, Shape, finish_reason, usage};
use crate::characters::Characters;
use crate::logprobs::{OfText, of_chat};
use crate::refusal::Refusal;
use crate::shared::{InFlight, Shared};
use axum::response::Sse;
use axum::response::sse::Event;
use evalscope_core::{CallFailure, FailureKind};
use evalscope_model_api::{Piece, WriteRequest, Written};
use futures::Stream;
use futures::stream::unfold;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;
use tokio_util::sync::DropGuard;

/// What the pieces of an answer look like.
pub(crate) struct Look {
    envelope: Envelope,
    shape: Shape,
    wants_usage: bool,
    /// Likely tokens beside each token, when log-probabilities are wanted.
    likely: Option<usize>,
}

impl Look {
    pub(crate) fn new(shared: &Shared, shape: Shape, wants_usage: bool, likely: Option<usize>) -> Self {
        Look { envelope: Envelope::new(shape, &shared.served.name), shape, wants_usage, likely }
    }

    fn event(&self, choices: Vec<Value>) -> Event {
        let mut piece = self.envelope.piece(choices);
        if self.wants_usage {
            piece["usage"] = Value::Null;
        }
        event(&piece)
    }

    /// The beginning of a reply, which says who speaks.
    fn beginning(&self, index: usize) -> Option<Event> {
        let delta = json!({"role": "assistant", "content": ""});
        (self.shape == Shape::Chat).then(|| {
            self.event(vec![json!({"index": index, "delta": delta, "logprobs": null, "finish_reason": null})])
        })
    }

    /// More of a reply, of which these characters were sent.
    fn more(&self, piece: &Piece, sent: &mut Characters) -> Event {
        let choice = match self.shape {
            Shape::Chat => {
                let logprobs = self.likely.map(|_| of_chat(&piece.tokens));
                json!({"index": piece.reply, "delta": {"content": piece.text}, "logprobs": logprobs, "finish_reason": null})
            }
            Shape::Text => {
                let logprobs = self.likely.map(|likely| {
                    let mut list = OfText::after(std::mem::take(sent));
                    for token in &piece.tokens {
                        list.add(token, likely);
                    }
                    *sent = list.characters().clone();
                    list.into_value()
                });
                json!({"index": piece.reply, "text": piece.text, "logprobs": logprobs, "finish_reason": null})
            }
        };
        self.event(vec![choice])
    }

    fn end(&self, index: usize, finish: &str) -> Event {
        self.event(vec![match self.shape {
            Shape::Chat => json!({"index": index, "delta": {}, "logprobs": null, "finish_reason": finish}),
            Shape::Text => json!({"index": index, "text": "", "logprobs": null, "finish_reason": finish}),
        }])
    }
}

/// Replies while they are written. Dropping them, as axum does when the client has gone away, cancels the call.
struct Replies {
    look: Look,
    pieces: UnboundedReceiver<Piece>,
    call: JoinHandle<Result<Written, CallFailure>>,
    _cancel: DropGuard,
    /// Characters that were sent of each reply.
    sent: Vec<Characters>,
    /// Events that are to be sent next.
    next: VecDeque<Event>,
    is_over: bool,
    _in_flight: InFlight,
}

/// Begins an answer; what is refused at once is an error and no stream.
pub(crate) async fn streamed(
    shared: Arc<Shared>,
    request: WriteRequest,
    look: Look,
    in_flight: InFlight,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refusal> {
    let (sender, mut pieces) = unbounded_channel();
    let on_piece = move |piece: Piece| {
        // A receiver that is gone has cancelled.
        let _ = sender.send(piece);
    };
    let context = shared.context();
    let cancel = context.cancel.clone().drop_guard();
    let replies = request.sampling.n.unwrap_or(1) as usize;
    let asked = shared.clone();
    let mut call = tokio::spawn(async move {
        asked.seen(asked.served.model.write(&request, Some(Arc::new(on_piece)), &context).await)
    });
    // The channel ends when the call does.
    let first = pieces.recv().await;
    if first.is_none() {
        let written = ended(&mut call).await?;
        call = tokio::spawn(async move { Ok(written) });
    }
    let next = (0..replies).filter_map(|index| look.beginning(index)).collect();
    let sent = vec![Characters::default(); replies];
    let mut replies =
        Replies { look, pieces, call, _cancel: cancel, sent, next, is_over: false, _in_flight: in_flight };
    if let Some(first) = first {
        replies.add(&first);
    }
    Ok(Sse::new(unfold(replies, |mut replies| async move {
        let event = replies.next().await?;
        Some((Ok(event), replies))
    })))
}

async fn ended(call: &mut JoinHandle<Result<Written, CallFailure>>) -> Result<Written, CallFailure> {
    match call.await {
        Ok(result) => result,
        Err(error) => Err(CallFailure::new(FailureKind::EngineDied, error.to_string())),
    }
}

impl Replies {
    fn add(&mut self, piece: &Piece) {
        if let Some(sent) = self.sent.get_mut(piece.reply) {
            self.next.push_back(self.look.more(piece, sent));
        }
    }

    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.next.pop_front() {
                return Some(event);
            }
            if self.is_over {
                return None;
            }
            match self.pieces.recv().await {
                Some(piece) => self.add(&piece),
                None => self.finish().await,
            }
        }
    }

    /// Adds what stands behind the replies.
    async fn finish(&mut self) {
        self.is_over = true;
        match ended(&mut self.call).await {
            Ok(Written { generation, .. }) => {
                let ends = generation.completions.iter().enumerate();
                self.next
                    .extend(ends.map(|(index, reply)| self.look.end(index, finish_reason(&reply.finish))));
                if self.look.wants_usage {
                    let mut end = self.look.envelope.piece(Vec::new());
                    end["usage"] = usage(generation.usage);
                    self.next.push_back(event(&end));
                }
            }
            Err(failure) => self.next.push_back(event(&Refusal::from(failure).body())),
        }
        self.next.push_back(Event::default().data("[DONE]"));
    }
}

fn event(value: &Value) -> Event {
    Event::default().data(value.to_string())
}
