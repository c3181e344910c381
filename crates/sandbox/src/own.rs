//! Takes from a process of ours what it will not need, for work on files that nobody vouches for.

use std::path::Path;

/// What a process computes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Devices {
    /// The processor alone.
    Processor,
    /// Graphics cards too: their drivers need devices, sockets of this machine and helpers.
    Cards,
}

/// Takes network, other programs and processes, writing, and all files but the system's and those of these folders from this thread
/// and from those that it starts, for good. Does as much as the kernel gives; what it does not give, as texts.
///
/// To be called while the process has one thread.
pub fn confine_self(readable: &[&Path], devices: Devices) -> Vec<String> {
    #[cfg(target_os = "linux")]
    return linux::confine(readable, devices == Devices::Cards);
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (readable, devices);
        vec!["this system has no confinement for processes without privileges that we know".into()]
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use crate::init::{filter, rules};
    use landlock::RulesetStatus;
    use rustix::process::{Resource, Rlimit};
    use std::path::Path;

    pub(super) fn confine(readable: &[&Path], uses_cards: bool) -> Vec<String> {
        let mut missing = Vec::new();
        let mut note = |what: &str, done: Result<(), String>| {
            missing.extend(done.err().map(|error| format!("{what}: {error}")));
        };
        note("new privileges", rustix::thread::set_no_new_privs(true).map_err(|error| error.to_string()));
        // What it was computing is nobody's business.
        let none = Rlimit { current: Some(0), maximum: Some(0) };
        let cores = rustix::process::setrlimit(Resource::Core, none);
        note("core dumps", cores.map_err(|error| error.to_string()));
        note("Landlock", restrict(readable, uses_cards));
        note("system call filter", filter::compute_only(uses_cards));
        missing
    }

    fn restrict(readable: &[&Path], uses_cards: bool) -> Result<(), String> {
        let rules = rules::compute_only(readable, uses_cards).map_err(|error| error.to_string())?;
        let status = rules.restrict_self().map_err(|error| error.to_string())?;
        match status.ruleset {
            RulesetStatus::FullyEnforced => Ok(()),
            RulesetStatus::PartiallyEnforced => Err("the kernel enforces a part of it".into()),
            RulesetStatus::NotEnforced => Err("the kernel does not enforce it".into()),
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// What the calling thread can still do.
    fn abilities(readable: &Path, elsewhere: &Path) -> [bool; 7] {
        [
            std::fs::read(readable.join("model")).is_ok(),
            std::fs::read(elsewhere.join("secret")).is_ok(),
            std::fs::write(readable.join("new"), "").is_ok(),
            std::net::TcpListener::bind("127.0.0.1:0").is_ok(),
            std::process::Command::new("/bin/true").status().is_ok_and(|status| status.success()),
            may_type_into_a_terminal(),
            std::fs::File::open("/dev/full").is_ok(),
        ]
    }

    /// Whether the call that puts a letter into a terminal gets as far as the terminal, which is none here.
    fn may_type_into_a_terminal() -> bool {
        let Ok(file) = std::fs::File::open("/dev/null") else { return false };
        let (null, letter) = (std::os::fd::AsRawFd::as_raw_fd(&file), b'x');
        // SAFETY: the call reads one byte through a pointer to one.
        let done = unsafe { libc::ioctl(null, libc::TIOCSTI, &raw const letter) };
        done == 0 || std::io::Error::last_os_error().raw_os_error() != Some(libc::EPERM)
    }

    #[test]
    fn only_reading_the_folder_is_left() {
        let (readable, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(readable.path().join("model"), "weights").unwrap();
        std::fs::write(elsewhere.path().join("secret"), "key").unwrap();
        assert_eq!(abilities(readable.path(), elsewhere.path()), [true; 7]);
        // It holds for one thread and those that it starts.
        let (missing, left) = std::thread::scope(|scope| {
            let confined = scope.spawn(|| {
                let missing = confine_self(&[readable.path()], Devices::Processor);
                let left = std::thread::scope(|scope| {
                    scope.spawn(|| abilities(readable.path(), elsewhere.path())).join()
                });
                (missing, left.unwrap())
            });
            confined.join().unwrap()
        });
        let keeps_files =
            missing.iter().any(|text| text.starts_with("Landlock") && !text.contains("a part of it"));
        assert!(left[0]);
        assert!(!left[3] && !left[4] && !left[5], "{left:?}, {missing:?}");
        assert!(keeps_files || !left[1] && !left[2] && !left[6], "{left:?}, {missing:?}");
    }
}
