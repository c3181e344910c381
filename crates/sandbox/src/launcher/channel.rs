//! Standard input and output as they are, without a buffer: the new half of a division must find nothing in one.

use crate::system;
use rustix::event::{PollFd, PollFlags, Timespec};
use std::io::{Read, Result, Write};
use std::os::fd::OwnedFd;
use std::time::Duration;

/// The pipes to the caller.
pub struct Channel;

impl Read for Channel {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        Ok(rustix::io::read(rustix::stdio::stdin(), into)?)
    }
}

impl Write for Channel {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        Ok(rustix::io::write(rustix::stdio::stdout(), bytes)?)
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

/// Waits until one of `files` has news, and no longer than `timeout`. When the caller is gone it ends this process: init
/// ends with it, and all others with init.
pub fn wait(files: &[(&OwnedFd, PollFlags)], timeout: Duration) {
    let timeout =
        Timespec { tv_sec: timeout.as_secs().cast_signed(), tv_nsec: timeout.subsec_nanos().into() };
    let stdin = rustix::stdio::stdin();
    let mut polled: Vec<PollFd> = files.iter().map(|(file, flags)| PollFd::new(*file, *flags)).collect();
    polled.push(PollFd::from_borrowed_fd(stdin, PollFlags::empty()));
    let _ = rustix::event::poll(&mut polled, Some(&timeout));
    if polled.last().is_some_and(|caller| caller.revents().intersects(PollFlags::HUP | PollFlags::ERR)) {
        system::leave(1);
    }
}
