//! A TCP connection whose bytes come with the time at which they arrived at this machine.
//!
//! On Linux the kernel stamps each packet when it arrives, before this program runs at all (`SO_TIMESTAMPNS`), so that a
//! program that is late to read still knows when the bytes came. Of several packets that one read takes, the stamp is
//! the last one's. Elsewhere the stamp is that of the read.

use crate::clock::{Clock, Stamp};
use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;

/// A longer time in the queue than this is a step of the wall clock and not a time in the queue.
const MAX_DELAY_NS: u64 = 60_000_000_000;

/// When bytes came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Arrival {
    /// When they arrived.
    pub at: Stamp,
    /// How long they then lay in the kernel's queue, when the kernel says it, in nanoseconds.
    pub queued: Option<u64>,
    /// The first of them did not arrive before; they may have come at any time since.
    pub not_before: Stamp,
}

/// The connection.
pub struct Socket {
    stream: TcpStream,
    clock: Clock,
    stamped: bool,
    last: Stamps,
}

/// When the bytes of a connection's last read came; it may be asked from elsewhere.
pub type Stamps = Rc<Cell<Arrival>>;

impl Socket {
    /// Takes a connection over.
    pub fn new(stream: TcpStream, clock: Clock) -> Socket {
        // Only delays depend on it.
        let _ = stream.set_nodelay(true);
        let stamped = ask_for_stamps(&stream);
        Socket { stream, clock, stamped, last: Stamps::default() }
    }

    /// When the bytes of the last read came.
    pub fn last(&self) -> Arrival {
        self.last.get()
    }

    /// The same, for whoever does not hold the connection.
    pub fn stamps(&self) -> Stamps {
        Rc::clone(&self.last)
    }

    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (stream, stamped) = (&self.stream, self.stamped);
        let (count, sent) = stream.try_io(Interest::READABLE, || receive(stream, stamped, buffer))?;
        if count < buffer.len() {
            // The queue is empty. Saying so saves the system call that would only find that out.
            let _ = stream.try_io(Interest::READABLE, || Err::<(), _>(io::ErrorKind::WouldBlock.into()));
        }
        let now = self.clock.now();
        let queued =
            sent.and_then(|arrived| since_wall_time(arrived).filter(|queued| *queued < MAX_DELAY_NS));
        let at = Stamp(now.0.saturating_sub(queued.unwrap_or(0)));
        // A clock that is set back must not turn the order of bytes round.
        let at = at.max(self.last.get().at);
        self.last.set(Arrival { at, queued, not_before: at });
        Ok(count)
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let socket = self.get_mut();
        loop {
            std::task::ready!(socket.stream.poll_read_ready(context))?;
            match socket.receive(buffer.initialize_unfilled()) {
                Ok(count) => {
                    buffer.advance(count);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Nanoseconds since a point in time of the wall clock, itself in nanoseconds since 1970.
fn since_wall_time(then: u64) -> Option<u64> {
    let now = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH).ok()?;
    crate::clock::nanoseconds(now).checked_sub(then)
}

#[cfg(target_os = "linux")]
fn ask_for_stamps(stream: &TcpStream) -> bool {
    use nix::sys::socket::{setsockopt, sockopt::ReceiveTimestampns};
    setsockopt(stream, ReceiveTimestampns, &true).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn ask_for_stamps(_: &TcpStream) -> bool {
    false
}

/// Bytes, and the wall time of their arrival when the kernel says it.
#[cfg(target_os = "linux")]
fn receive(stream: &TcpStream, stamped: bool, buffer: &mut [u8]) -> io::Result<(usize, Option<u64>)> {
    use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg};
    use std::os::fd::AsRawFd;
    if !stamped {
        return stream.try_read(buffer).map(|count| (count, None));
    }
    let mut parts = [io::IoSliceMut::new(buffer)];
    let mut control = nix::cmsg_space!(nix::sys::time::TimeSpec);
    let received = recvmsg::<()>(stream.as_raw_fd(), &mut parts, Some(&mut control), MsgFlags::empty())?;
    let stamp = received.cmsgs()?.find_map(|message| match message {
        ControlMessageOwned::ScmTimestampns(time) => {
            let seconds = u64::try_from(time.tv_sec()).ok()?;
            Some(seconds * 1_000_000_000 + u64::try_from(time.tv_nsec()).ok()?)
        }
        _ => None,
    });
    Ok((received.bytes, stamp))
}

#[cfg(not(target_os = "linux"))]
fn receive(stream: &TcpStream, _: bool, buffer: &mut [u8]) -> io::Result<(usize, Option<u64>)> {
    stream.try_read(buffer).map(|count| (count, None))
}
