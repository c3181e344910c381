//! How many connections this process may have.

/// Files that a process has besides its connections, generously.
const OTHERS: u64 = 64;

/// Allows this process as many open files as the system lets it have; why that is too few for so many ends of connections.
#[cfg(unix)]
pub fn allow(ends: u64) -> Option<String> {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).ok()?;
    let wanted = ends.saturating_add(OTHERS);
    if soft >= wanted {
        return None;
    }
    // Where even this is refused, the limit stays as it is, and the note says so.
    let allowed = match setrlimit(Resource::RLIMIT_NOFILE, hard.min(wanted.max(soft)), hard) {
        Ok(()) => hard.min(wanted),
        Err(_) => soft,
    };
    (allowed < wanted).then(|| {
        format!(
            "this system allows {allowed} open files, too few for {ends} ends of connections: raise the limit with `ulimit -n`"
        )
    })
}

/// Allows this process as many open files as the system lets it have; why that is too few for so many ends of connections.
#[cfg(not(unix))]
pub fn allow(_: u64) -> Option<String> {
    None
}
