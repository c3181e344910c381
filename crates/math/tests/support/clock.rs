//! What a thread has computed so far, whatever else runs on the machine.

use std::time::Duration;

/// The processor time of this thread; on systems that do not tell it, the time since the first call.
pub fn processor_time() -> Duration {
    #[cfg(unix)]
    {
        let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: the pointer is that of a `timespec` that lives until the call is over, which is all that it asks for.
        if unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut now) } == 0 {
            let (seconds, nanoseconds) = (now.tv_sec.cast_unsigned(), now.tv_nsec.cast_unsigned());
            return Duration::from_secs(seconds) + Duration::from_nanos(nanoseconds);
        }
    }
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}
