//! Pipes whose users do not wait for ever.

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::OFlags;
use std::io::{Error, ErrorKind, Read, Write};
use std::process::{ChildStdin, ChildStdout};
use std::time::Instant;

/// A pipe from a worker.
pub(crate) struct Incoming {
    from: ChildStdout,
    pub(crate) until: Instant,
}

impl Incoming {
    pub(crate) fn new(from: ChildStdout) -> Self {
        Incoming { from, until: Instant::now() }
    }
}

impl Read for Incoming {
    fn read(&mut self, into: &mut [u8]) -> Result<usize, Error> {
        wait(PollFd::new(&self.from, PollFlags::IN), self.until)?;
        self.from.read(into)
    }
}

/// A pipe to a worker.
pub(crate) struct Outgoing {
    to: ChildStdin,
    pub(crate) until: Instant,
}

impl Outgoing {
    pub(crate) fn new(to: ChildStdin) -> Result<Self, Error> {
        // A pipe that has room may have less than is to be written, and the rest would be waited for without an end.
        let flags = rustix::fs::fcntl_getfl(&to)?;
        rustix::fs::fcntl_setfl(&to, flags | OFlags::NONBLOCK)?;
        Ok(Outgoing { to, until: Instant::now() })
    }
}

impl Write for Outgoing {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        loop {
            wait(PollFd::new(&self.to, PollFlags::OUT), self.until)?;
            match self.to.write(bytes) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                written => return written,
            }
        }
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.to.flush()
    }
}

/// Waits until something can be done with the pipe, or nothing ever will.
fn wait(polled: PollFd<'_>, until: Instant) -> Result<(), Error> {
    let left = until.saturating_duration_since(Instant::now());
    let seconds = i64::try_from(left.as_secs()).unwrap_or(i64::MAX);
    let timeout = Timespec { tv_sec: seconds, tv_nsec: left.subsec_nanos().into() };
    match rustix::event::poll(&mut [polled], Some(&timeout)) {
        Ok(0) => Err(ErrorKind::TimedOut.into()),
        Ok(_) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
