//! Hosts that have no process or memory to give just now: asked again, for a while.

use crate::error::{Error, Stage};
use std::io;
use std::time::{Duration, Instant};

/// Time in which a busy host is asked again.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// Time between two tries.
const PAUSE: Duration = Duration::from_millis(50);

/// Whether the system may well give later what it refused now.
pub fn is_busy(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::OutOfMemory)
}

/// Tries until the host is not busy, or until `patience` is at its end.
pub fn patiently<T>(patience: Duration, mut attempt: impl FnMut() -> Result<T, Error>) -> Result<T, Error> {
    let end = Instant::now() + patience;
    loop {
        match attempt() {
            Err(Error::Refused { stage: Stage::Busy, .. }) if Instant::now() < end => {
                std::thread::sleep(PAUSE);
            }
            other => return other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn busy() -> Error {
        Error::Refused { stage: Stage::Busy, message: String::new() }
    }

    #[test]
    fn a_busy_host_is_asked_again_and_nothing_else_is() {
        let mut tries = 0;
        let found = patiently(PATIENCE, || {
            tries += 1;
            if tries < 3 { Err(busy()) } else { Ok(tries) }
        });
        assert_eq!(found.ok(), Some(3));
        let mut tries = 0;
        let refused = patiently(PATIENCE, || {
            tries += 1;
            Err::<(), _>(Error::NotLinux)
        });
        assert!(matches!(refused, Err(Error::NotLinux)) && tries == 1);
        assert!(patiently(Duration::ZERO, || Err::<(), _>(busy())).is_err());
    }

    #[test]
    fn a_lack_of_processes_or_memory_is_busy() {
        assert!(is_busy(&io::Error::from_raw_os_error(11)) && is_busy(&io::Error::from_raw_os_error(12)));
        assert!(!is_busy(&io::Error::from_raw_os_error(28)));
    }
}
