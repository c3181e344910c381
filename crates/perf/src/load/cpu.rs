//! CPU time of this program.

/// CPU time of this thread so far, in nanoseconds; 0 where the system does not say.
pub fn of_thread() -> u64 {
    used(Who::Thread)
}

/// CPU time of this process so far, in nanoseconds; 0 where the system does not say.
pub fn of_process() -> u64 {
    used(Who::Process)
}

enum Who {
    Thread,
    Process,
}

#[cfg(target_os = "linux")]
fn used(who: Who) -> u64 {
    use nix::sys::resource::{UsageWho, getrusage};
    let who = match who {
        Who::Thread => UsageWho::RUSAGE_THREAD,
        Who::Process => UsageWho::RUSAGE_SELF,
    };
    let nanoseconds = |time: nix::sys::time::TimeVal| {
        let microseconds = time.tv_sec() * 1_000_000 + time.tv_usec();
        u64::try_from(microseconds).unwrap_or_default() * 1000
    };
    getrusage(who).map_or(0, |usage| nanoseconds(usage.user_time()) + nanoseconds(usage.system_time()))
}

#[cfg(not(target_os = "linux"))]
fn used(_: Who) -> u64 {
    0
}
