//! Reads streamed replies: event streams, and JSON texts line by line.

use crate::body::MAX_RESPONSE_BYTES;
use crate::client::too_large;
use crate::draft::Draft;
use crate::failure::{Site, unusable};
use crate::json;
use crate::unusable::Unusable;
use crate::wire::Wire;
use evalscope_core::{CallFailure, FailureKind};
use evalscope_model_api::CallContext;
use eventsource_stream::{EventStreamError, Eventsource};
use futures::stream::{BoxStream, once};
use futures::{Stream, StreamExt};
use reqwest::Response;
use reqwest::header::CONTENT_TYPE;
use std::time::{Duration, Instant};

/// One line of a stream at most; events are read anew with each piece until their line ends.
const MAX_EVENT_BYTES: usize = 4 << 20;
/// How long the end of a stream is waited for after the server said that it is done, so that the connection can
/// be used again.
const MAX_WAIT_FOR_END: Duration = Duration::from_millis(100);
/// What ends the streams of OpenAI's completions.
const DONE: &str = "[DONE]";

/// How a stream is cut into JSON texts.
#[derive(Debug, Clone, Copy)]
pub enum Framing {
    /// `data:` lines of an event stream.
    Events,
    /// One a line.
    Lines,
}

impl Framing {
    /// How this response is cut, when it is a stream.
    pub fn of(response: &Response) -> Option<Framing> {
        let value = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok())?;
        let known = [
            ("text/event-stream", Framing::Events),
            ("application/x-ndjson", Framing::Lines),
            ("application/jsonl", Framing::Lines),
        ];
        known.iter().find(|(name, _)| value.starts_with(name)).map(|(_, framing)| *framing)
    }
}

/// Until when the first token of a reply must be there, when there is such a limit.
#[derive(Debug, Clone, Copy)]
pub struct FirstToken(Option<(Duration, tokio::time::Instant)>);

impl FirstToken {
    /// The limit from now on.
    pub fn within(limit: Option<Duration>) -> FirstToken {
        FirstToken(limit.map(|time| (time, tokio::time::Instant::now() + time)))
    }

    /// Waits for what comes before or with the first token.
    pub async fn wait<T>(
        self,
        site: Site<'_>,
        waiting: impl Future<Output = Result<T, CallFailure>>,
    ) -> Result<T, CallFailure> {
        let Some((time, end)) = self.0 else { return waiting.await };
        tokio::time::timeout_at(end, waiting).await.unwrap_or_else(|_| {
            let text = format!("no token within {} s", time.as_secs_f64());
            Err(site.failure(FailureKind::Timeout, &text))
        })
    }
}

/// When pieces of a reply came.
#[derive(Debug, Default, Clone, Copy)]
pub struct Pieces {
    /// The first and the last one.
    pub between: Option<(Instant, Instant)>,
    /// How many.
    pub count: u32,
}

impl Pieces {
    fn add(&mut self, now: Instant) {
        let first = self.between.map_or(now, |(first, _)| first);
        self.between = Some((first, now));
        self.count += 1;
    }

    /// The mean time between two; none when there are not two.
    pub fn mean_gap(&self) -> Option<Duration> {
        let (first, last) = self.between?;
        let gaps = self.count.checked_sub(1).filter(|gaps| *gaps > 0)?;
        Some(last.duration_since(first) / gaps)
    }
}

/// The reply in a stream, told to the listener as it comes.
pub async fn read(
    site: Site<'_>,
    (response, framing): (Response, Framing),
    wire: &Wire,
    context: &CallContext,
    first: FirstToken,
) -> Result<(Draft, Pieces), CallFailure> {
    let mut texts = texts(response, framing);
    let (mut draft, mut pieces) = (Draft::default(), Pieces::default());
    loop {
        let next = async { Ok(texts.next().await) };
        // A reply without a token has ended when the server says so.
        let has_begun = draft.size() > 0 || draft.is_complete();
        let next = if has_begun { next.await? } else { first.wait(site, next).await? };
        let Some(text) = next else { break };
        let text = text.map_err(|broken| broken.failure(site))?;
        let (told, size) = (draft.text().len(), draft.size());
        add(&text, wire, &mut draft).map_err(|error| unusable(site, error, text.as_bytes()))?;
        if draft.size() > size {
            pieces.add(Instant::now());
        }
        let new = draft.text().get(told..).filter(|new| !new.is_empty());
        if let (Some(listener), Some(new)) = (&context.on_text, new) {
            listener(new);
        }
        if draft.is_done {
            let rest = async { while let Some(Ok(_)) = texts.next().await {} };
            // Past the time limit the connection is closed; the reply is whole either way.
            let _ = tokio::time::timeout(MAX_WAIT_FOR_END, rest).await;
            break;
        }
    }
    if draft.is_complete() {
        Ok((draft, pieces))
    } else {
        Err(site.failure(FailureKind::Network, "the stream ended in the middle of the answer"))
    }
}

fn add(text: &str, wire: &Wire, draft: &mut Draft) -> Result<(), Unusable> {
    if text.trim() == DONE {
        draft.is_done = true;
        return Ok(());
    }
    (wire.read_event)(json::parse(text.as_bytes())?, draft)
}

/// Why a stream cannot be read on.
enum Broken {
    Transport(reqwest::Error),
    TooLarge,
    Garbled(&'static str),
}

impl Broken {
    fn failure(self, site: Site<'_>) -> CallFailure {
        match self {
            Broken::Transport(error) => site.transport(&error),
            Broken::TooLarge => too_large(site),
            Broken::Garbled(what) => site.failure(FailureKind::Server, what),
        }
    }
}

/// The JSON texts of a stream, within its limits.
fn texts(response: Response, framing: Framing) -> BoxStream<'static, Result<String, Broken>> {
    let mut limits = Limits::default();
    let pieces = response.bytes_stream().map(move |piece| match piece {
        Ok(piece) if limits.admit(&piece) => Ok(piece.to_vec()),
        Ok(_) => Err(Broken::TooLarge),
        Err(error) => Err(Broken::Transport(error)),
    });
    match framing {
        Framing::Events => {
            pieces.eventsource().map(|event| event.map(|event| event.data).map_err(of_events)).boxed()
        }
        Framing::Lines => lines(pieces).boxed(),
    }
}

fn of_events(error: EventStreamError<Broken>) -> Broken {
    match error {
        EventStreamError::Transport(broken) => broken,
        EventStreamError::Utf8(_) => Broken::Garbled("the stream is not UTF-8"),
        EventStreamError::Parser(_) => Broken::Garbled("the stream is no event stream"),
    }
}

/// Lines that are not blank; what stands after the last line break counts as one.
fn lines(
    pieces: impl Stream<Item = Result<Vec<u8>, Broken>> + Send,
) -> impl Stream<Item = Result<String, Broken>> + Send {
    let end = once(std::future::ready(Ok(b"\n".to_vec())));
    let lines = pieces.chain(end).scan(Vec::new(), |open: &mut Vec<u8>, piece| {
        let lines = piece.map_or_else(
            |broken| vec![Err(broken)],
            |piece| {
                open.extend(piece);
                let Some(last) = open.iter().rposition(|byte| *byte == b'\n') else { return Vec::new() };
                let whole: Vec<u8> = open.drain(..=last).collect();
                whole.split(|byte| *byte == b'\n').map(line).collect()
            },
        );
        std::future::ready(Some(lines))
    });
    let is_blank = |line: &Result<String, Broken>| line.as_ref().is_ok_and(|line| line.trim().is_empty());
    lines.flat_map(futures::stream::iter).filter(move |line| std::future::ready(!is_blank(line)))
}

fn line(bytes: &[u8]) -> Result<String, Broken> {
    String::from_utf8(bytes.to_vec()).map_err(|_| Broken::Garbled("the stream is not UTF-8"))
}

/// Counts what a stream has brought.
#[derive(Default)]
struct Limits {
    total: usize,
    line: usize,
}

impl Limits {
    /// Whether the stream is still within its limits with this piece.
    fn admit(&mut self, piece: &[u8]) -> bool {
        self.total += piece.len();
        self.line = match piece.iter().rposition(|byte| *byte == b'\n') {
            Some(at) => piece.len() - at - 1,
            None => self.line + piece.len(),
        };
        self.total <= MAX_RESPONSE_BYTES && self.line <= MAX_EVENT_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gap_between_pieces_needs_two() {
        let start = Instant::now();
        let mut pieces = Pieces::default();
        assert_eq!(pieces.mean_gap(), None);
        pieces.add(start);
        assert_eq!(pieces.mean_gap(), None);
        pieces.add(start + Duration::from_millis(10));
        pieces.add(start + Duration::from_millis(40));
        assert_eq!(pieces.mean_gap(), Some(Duration::from_millis(20)));
    }

    #[tokio::test]
    async fn lines_are_put_together_from_pieces() {
        let pieces = ["{\"a", "\":1}\n\n{}", "\r\n", "{\"b\":2}"].map(|piece| Ok(piece.as_bytes().to_vec()));
        let lines: Vec<_> = lines(futures::stream::iter(pieces)).collect().await;
        let lines: Vec<String> = lines.into_iter().map(|line| line.unwrap_or_default()).collect();
        assert_eq!(lines, ["{\"a\":1}", "{}\r", "{\"b\":2}"]);
    }
}
