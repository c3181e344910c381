//! What this machine has for programs.

use std::fs;

/// Of the memory that is there at the beginning, so much in a hundred is promised to programs: the rest is for us, for what
/// the kernel keeps for them, and for others.
const SHARE: u64 = 80;
/// Promised on a machine that does not say what it has: one program with the usual limit.
const UNKNOWN_MB: u64 = 1024;
/// Limits of the group of processes that we are in, as containers have it.
const GROUP_LIMITS: [&str; 2] = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];

/// Memory that all programs together may be promised, in MB.
pub fn memory_for_programs_mb() -> u64 {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| available_mb(&text));
    let group = GROUP_LIMITS.iter().filter_map(|path| group_mb(&fs::read_to_string(path).ok()?)).min();
    match (machine, group) {
        (None, None) => UNKNOWN_MB,
        (machine, group) => machine.unwrap_or(u64::MAX).min(group.unwrap_or(u64::MAX)) / 100 * SHARE,
    }
}

/// What the kernel's list says is to be had.
fn available_mb(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kilobytes: u64 = line.split_ascii_whitespace().next()?.parse().ok()?;
    Some(kilobytes >> 10)
}

/// A group's limit; nothing when it has none.
fn group_mb(text: &str) -> Option<u64> {
    text.trim().parse::<u64>().ok().map(|bytes| bytes >> 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_as_the_kernel_writes_it() {
        assert_eq!(available_mb("MemTotal: 9 kB\nMemAvailable:    2048 kB\n"), Some(2));
        assert_eq!(available_mb("MemTotal: 9 kB\n"), None);
        assert_eq!((group_mb("max\n"), group_mb("2147483648\n")), (None, Some(2048)));
        assert!(memory_for_programs_mb() > 0);
    }
}
