//! Sends one request on a connection and reads its response, within deadlines.

use crate::class::Class;
use crate::clock::{Clock, Stamp};
use crate::wire::answer::Answer;
use crate::wire::connect::Connection;
use crate::wire::events::Events;
use crate::wire::http2::{Http2, head_of};
use crate::wire::passes::Passes;
use crate::wire::reader::{Progress, Reader};
use crate::wire::socket::Arrival;
use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};

/// Bytes of the buffer that all connections of a thread share: it is empty again before anything else runs.
pub const BUFFER: usize = 64 * 1024;
/// How long the end of the body may take to follow `[DONE]`; afterwards the connection is not used again.
const LINGER: Duration = Duration::from_secs(1);

/// What all exchanges of a test share.
pub struct Terms {
    /// The time.
    pub clock: Clock,
    /// How long nothing may come.
    pub read_timeout: Duration,
    /// How long a request may take.
    pub total_timeout: Duration,
    /// How far the load loop has caught up.
    pub passes: Passes,
    /// The shared buffer.
    pub buffer: RefCell<Box<[u8]>>,
    /// Events that nobody has read yet.
    pub events: RefCell<Events>,
}

impl Terms {
    /// An arrival, with what is known of how early its bytes may have come. Over HTTP/2, what one read found comes in several
    /// parts: they all may have come as early as the first.
    fn arrival(&self, arrival: Arrival, wait: &mut Wait) -> Arrival {
        if arrival.at != wait.last || wait.not_before.is_none() {
            let not_before = self.passes.caught_up().max(wait.sent).max(wait.last).min(arrival.at);
            wait.not_before = Some(not_before);
        }
        wait.last = arrival.at.max(wait.sent);
        Arrival { not_before: wait.not_before.unwrap_or(arrival.at), ..arrival }
    }
}

/// What became of a request.
pub struct Exchange {
    /// What is known of the answer.
    pub answer: Answer,
    /// How it failed, and why. An answer that came to its end may still say that it is none.
    pub failure: Option<(Class, String)>,
    /// When the first byte of the request was handed to the kernel.
    pub sent: Stamp,
    /// When all was over.
    pub ended: Stamp,
    /// The connection may be used again.
    pub reusable: bool,
}

/// Sends the request with this number and receives its response.
pub async fn exchange(
    connection: &mut Connection,
    (number, request): (u64, &[u8]),
    terms: &Terms,
) -> Exchange {
    let sent = terms.clock.now();
    let mut reader = Reader::new(number);
    let wait = Wait { sent, last: sent, not_before: None, lingering: false };
    let ended = {
        if let Connection::Multiplexed(http2) = connection {
            // In a box, as a stream of HTTP/1.1 would take its memory too.
            let ended = Box::pin(over_http2(http2, request, &mut reader, terms, wait)).await;
            return finished(reader, ended, sent, terms);
        }
        let sleep = sleep_until(wait.next(terms));
        let sending = connection.send(request);
        match tokio::time::timeout(terms.total_timeout.min(terms.read_timeout), sending).await {
            Err(_) => End::Failed(Class::Stalled, "the server did not take the request".into()),
            Ok(Err(error)) => End::Failed(Class::Reset, format!("the request could not be sent: {error}")),
            Ok(Ok(())) => receive(connection, &mut reader, terms, wait, sleep).await,
        }
    };
    finished(reader, ended, sent, terms)
}

fn finished(reader: Reader, ended: End, sent: Stamp, terms: &Terms) -> Exchange {
    let now = terms.clock.now();
    let answer = reader.into_answer();
    match ended {
        End::Over { reusable } => {
            let ended = answer.last_byte.at.max(sent);
            Exchange { answer, failure: None, sent, ended, reusable }
        }
        End::Failed(class, message) => {
            Exchange { answer, failure: Some((class, message)), sent, ended: now, reusable: false }
        }
    }
}

enum End {
    Over { reusable: bool },
    Failed(Class, String),
}

/// The state of waiting: when the request went out, and when something last came.
#[derive(Clone, Copy)]
struct Wait {
    sent: Stamp,
    last: Stamp,
    /// The first of what last came did not come before.
    not_before: Option<Stamp>,
    lingering: bool,
}

impl Wait {
    /// When waiting is over, unless something comes.
    fn end(&self, terms: &Terms) -> Stamp {
        let patience = if self.lingering { LINGER } else { terms.read_timeout };
        self.last.after(patience).min(self.sent.after(terms.total_timeout))
    }

    fn next(&self, terms: &Terms) -> Instant {
        terms.clock.instant(self.end(terms)).into()
    }

    /// What it means that the time is over.
    fn over(&self, terms: &Terms) -> End {
        if self.lingering {
            return End::Over { reusable: false };
        }
        let total = self.sent.after(terms.total_timeout);
        if self.end(terms) >= total {
            let seconds = terms.total_timeout.as_secs_f64();
            return End::Failed(Class::TimedOut, format!("not over within {seconds} s"));
        }
        End::Failed(Class::Stalled, format!("nothing came for {} s", terms.read_timeout.as_secs_f64()))
    }
}

/// The same over HTTP/2.
async fn over_http2(
    http2: &mut Http2,
    request: &[u8],
    reader: &mut Reader,
    terms: &Terms,
    mut wait: Wait,
) -> End {
    let Ok(asked) = timeout_at(wait.next(terms), http2.ask(request)).await else {
        return End::Failed(Class::Stalled, "the server did not take the request".into());
    };
    let response = match asked {
        Ok(response) => response,
        Err(error) => return End::Failed(Class::Reset, format!("the request could not be sent: {error}")),
    };
    let response = match timeout_at(wait.next(terms), response).await {
        Err(_) => return wait.over(terms),
        Ok(Err(error)) => return End::Failed(Class::Reset, error.to_string()),
        Ok(Ok(response)) => response,
    };
    reader.begin(head_of(&response), terms.arrival(http2.last(), &mut wait));
    let mut body = response.into_body();
    loop {
        wait.lingering = reader.answer().is_done();
        match timeout_at(wait.next(terms), body.data()).await {
            Err(_) => return wait.over(terms),
            Ok(None) => return closed(reader, terms),
            Ok(Some(Err(_))) if wait.lingering => return End::Over { reusable: false },
            Ok(Some(Err(error))) => {
                let class = if error.is_reset() { Class::Reset } else { Class::Truncated };
                return End::Failed(class, error.to_string());
            }
            Ok(Some(Ok(bytes))) => {
                // The window is wide; where it cannot be widened again, the answer ends with an error.
                let _ = body.flow_control().release_capacity(bytes.len());
                let arrival = terms.arrival(http2.last(), &mut wait);
                if let Err(broken) = reader.take(&bytes, arrival, &mut terms.events.borrow_mut()) {
                    return End::Failed(Class::Malformed, broken.0);
                }
            }
        }
    }
}

async fn receive(
    connection: &mut Connection,
    reader: &mut Reader,
    terms: &Terms,
    mut wait: Wait,
    sleep: Sleep,
) -> End {
    let mut sleep = pin!(sleep);
    poll_fn(|context| {
        loop {
            let mut buffer = terms.buffer.borrow_mut();
            match connection.poll_receive(context, &mut buffer) {
                Poll::Ready(Ok((0, _))) => return Poll::Ready(closed(reader, terms)),
                Poll::Ready(Ok((count, arrival))) => {
                    let arrival = terms.arrival(arrival, &mut wait);
                    match reader.take(&buffer[..count], arrival, &mut terms.events.borrow_mut()) {
                        Ok(Progress::More) => {}
                        Ok(Progress::Over { reusable }) => return Poll::Ready(End::Over { reusable }),
                        Err(broken) => return Poll::Ready(End::Failed(Class::Malformed, broken.0)),
                    }
                    wait.lingering = reader.answer().is_done();
                    if wait.lingering {
                        sleep.as_mut().reset(wait.next(terms));
                    }
                }
                Poll::Ready(Err(error)) => return Poll::Ready(lost(reader, terms, &error)),
                Poll::Pending => match sleep.as_mut().poll(context) {
                    Poll::Pending => return Poll::Pending,
                    // The timer is set once and moved on only when it goes off: most answers end long before.
                    Poll::Ready(()) if wait.end(terms) > terms.clock.now() => {
                        sleep.as_mut().reset(wait.next(terms));
                    }
                    Poll::Ready(()) => return Poll::Ready(wait.over(terms)),
                },
            }
        }
    })
    .await
}

fn closed(reader: &mut Reader, terms: &Terms) -> End {
    match reader.connection_ended(&mut terms.events.borrow_mut()) {
        None => End::Over { reusable: reader.is_multiplexed() },
        Some((class, message)) if !reader.answer().is_done() => End::Failed(class, message.into()),
        // All of the answer is there; only the end of its framing is not.
        Some(_) => End::Over { reusable: false },
    }
}

fn lost(reader: &mut Reader, terms: &Terms, error: &io::Error) -> End {
    match error.kind() {
        // Encrypted connections are often closed without a farewell.
        io::ErrorKind::UnexpectedEof => closed(reader, terms),
        // All of the answer is there, as in `closed`.
        _ if reader.answer().is_done() => End::Over { reusable: false },
        _ => End::Failed(Class::Reset, error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_one_read_may_have_come_as_early_as_its_first() {
        let terms = Terms {
            clock: Clock::start(),
            read_timeout: Duration::from_secs(1),
            total_timeout: Duration::from_secs(1),
            passes: Passes::default(),
            buffer: RefCell::new(Box::default()),
            events: RefCell::default(),
        };
        let mut wait = Wait { sent: Stamp(10), last: Stamp(10), not_before: None, lingering: false };
        let mut not_before = |at| {
            let arrival = Arrival { at: Stamp(at), ..Arrival::default() };
            terms.arrival(arrival, &mut wait).not_before.0
        };
        // The head and two pieces in one read, a third one in the next.
        assert_eq!([50, 50, 50, 90, 90].map(&mut not_before), [10, 10, 10, 50, 50]);
        // The loop was not away in the meantime.
        terms.passes.parks(Stamp(100));
        terms.passes.wakes(Stamp(300_000));
        assert_eq!([310_000, 310_000].map(&mut not_before), [300_000, 300_000]);
    }
}
