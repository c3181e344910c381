//! Sends bodies in pieces: event streams, and the ends that streams meet in the field.

use crate::answer::{Endpoint, Limited, Usage};
use crate::behaviour::StreamStyle;
use crate::question::Question;
use crate::toy;
use axum::body::{Body, Bytes};
use futures::StreamExt;
use serde_json::{Value, json};

/// How a body of pieces ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// As it should.
    Proper,
    /// The connection breaks.
    Broken,
    /// Nothing more comes.
    Stalled,
}

/// A body that is sent piece by piece.
pub fn in_pieces(pieces: Vec<Vec<u8>>, end: End) -> Body {
    let pieces = futures::stream::iter(pieces).then(|piece| async move {
        // Lets the piece before go out on its own.
        tokio::task::yield_now().await;
        Ok::<_, std::io::Error>(Bytes::from(piece))
    });
    let end = futures::stream::once(async move {
        match end {
            End::Proper => Ok(Bytes::new()),
            End::Broken => Err(std::io::Error::other("cut as told")),
            End::Stalled => std::future::pending().await,
        }
    });
    Body::from_stream(pieces.chain(end))
}

/// The bytes of the first event of a stream, or half of those of anything else.
pub fn beginning(body: &[u8]) -> usize {
    let end = body.windows(2).position(|pair| pair == b"\n\n").map(|at| at + 2);
    end.filter(|end| *end < body.len()).unwrap_or(body.len() / 2)
}

/// A body that goes on until the client has enough.
pub fn endless() -> Body {
    let piece = Bytes::from(vec![b'x'; 64 * 1024]);
    Body::from_stream(futures::stream::repeat_with(move || Ok::<_, std::io::Error>(piece.clone())))
}

/// The answer as an event stream, in the pieces that the style wants.
pub fn events(endpoint: Endpoint, question: &Question<'_>, answer: &str, style: StreamStyle) -> Vec<Vec<u8>> {
    let limited = Limited::new(answer, question);
    let count = question.n.unwrap_or(1).max(1);
    let mut events = Vec::new();
    for index in 0..count {
        let pieces = toy::tokens(limited.text).into_iter();
        events.extend(pieces.map(|piece| event(endpoint, question, index, Some(piece), None)));
        events.push(event(endpoint, question, index, None, Some(limited.finish)));
    }
    if question.wants_usage_in_stream() && !question.habits.without_usage {
        let usage = Usage::new(question, limited.tokens * count);
        events.push(json!({"id": "stand-in-1", "model": question.model, "choices": [], "usage": usage}));
    }
    let mut pieces: Vec<Vec<u8>> =
        events.iter().map(|event| format!("data: {event}\n\n").into_bytes()).collect();
    if !style.without_done {
        pieces.push(b"data: [DONE]\n\n".to_vec());
    }
    match style.piece_bytes {
        Some(size) => pieces.concat().chunks(size.max(1)).map(<[u8]>::to_vec).collect(),
        None => pieces,
    }
}

fn event(
    endpoint: Endpoint,
    question: &Question<'_>,
    index: usize,
    piece: Option<&str>,
    finish: Option<&str>,
) -> Value {
    let mut choice = json!({"index": index, "finish_reason": finish});
    match endpoint {
        Endpoint::Chat => {
            choice["delta"] = piece.map_or_else(|| json!({}), |text| json!({"content": text}));
        }
        Endpoint::Completions => choice["text"] = json!(piece.unwrap_or("")),
    }
    let object = if endpoint == Endpoint::Chat { "chat.completion.chunk" } else { "text_completion" };
    json!({"id": "stand-in-1", "object": object, "model": question.model, "choices": [choice]})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_do_not_change_the_bytes() {
        let question =
            Question::read(r#"{"stream":true,"stream_options":{"include_usage":true}}"#.as_bytes());
        let question = question.unwrap();
        let with = |piece_bytes| {
            let style = StreamStyle { piece_bytes, ..StreamStyle::default() };
            events(Endpoint::Chat, &question, "答案 是 B", style).concat()
        };
        assert_eq!(with(None), with(Some(1)));
        let text = String::from_utf8(with(Some(7))).unwrap();
        assert!(text.ends_with("data: [DONE]\n\n") && text.contains("usage") && text.contains("答案"));
    }
}
