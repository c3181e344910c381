//! The processes of a sandbox as the host's `/proc` shows them: their memory, their CPU time, how long they waited for a
//! processor. Read from outside, where no program can hide.

use std::fs;
use std::thread;
use std::time::Duration;

/// How often it is looked whether a process has memory, and the pause between.
const LOOKS: u32 = 50;
const BETWEEN_LOOKS: Duration = Duration::from_millis(2);

/// What the processes of a sandbox have used.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Usage {
    /// CPU time, in seconds: of those that live, and of those that have been waited for.
    pub cpu_s: f64,
    /// Memory of those that live, in bytes.
    pub memory: u64,
    /// The longest time that one was ready and had no processor, in seconds.
    pub delay_s: f64,
    /// How many there are.
    pub processes: usize,
}

/// What the processes below `init` use, without `init` and the warm `interpreter` themselves.
pub fn usage(init: u32, interpreter: Option<u32>) -> Usage {
    let mut usage = Usage { cpu_s: waited_cpu_s(init), ..Usage::default() };
    for process in below(init, interpreter) {
        let [user, system, waited_user, waited_system] = times(process);
        usage.cpu_s += seconds(user + system + waited_user + waited_system);
        usage.memory += memory(process);
        usage.delay_s = usage.delay_s.max(delay_s(process));
        usage.processes += 1;
    }
    usage
}

/// Memory of the processes below `init`, in bytes, each page that several share counted once. Dear: for when it matters.
pub fn exact_memory(init: u32, interpreter: Option<u32>) -> u64 {
    below(init, interpreter)
        .iter()
        .map(|process| proportional_memory(*process).unwrap_or_else(|| memory(*process)))
        .sum()
}

/// Memory of the host that programs can still have, in bytes; nothing when the kernel does not say.
pub fn available_memory() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    kilobytes(&text, "MemAvailable:").map(|kilobytes| kilobytes << 10)
}

/// The number behind a name, in the kernel's lists.
fn kilobytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

fn below(init: u32, interpreter: Option<u32>) -> Vec<u32> {
    let mut found = Vec::new();
    let mut waiting = children(init);
    while let Some(process) = waiting.pop() {
        waiting.extend(children(process));
        if Some(process) != interpreter {
            found.push(process);
        }
    }
    found
}

/// What of `child`, a child of `parent` that lives, the kernel does not show.
pub fn blindness(parent: u32, child: u32) -> Option<&'static str> {
    if !children(parent).contains(&child) {
        return Some("/proc does not list the children of a process");
    }
    let stat = fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
    if stat_times(&stat).is_none() {
        return Some("/proc does not show the CPU time of a process");
    }
    (!shows_memory(child)).then_some("/proc does not show the memory of a process")
}

/// Whether it shows any, now or soon: while a program takes the place of another it has none.
fn shows_memory(process: u32) -> bool {
    (0..LOOKS).any(|look| {
        if look > 0 {
            thread::sleep(BETWEEN_LOOKS);
        }
        memory(process) > 0
    })
}

/// CPU time of the children that a process has waited for, in seconds.
pub fn waited_cpu_s(process: u32) -> f64 {
    let [_, _, user, system] = times(process);
    seconds(user + system)
}

/// Children of all threads of a process.
pub fn children(process: u32) -> Vec<u32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{process}/task")) else { return Vec::new() };
    let lists =
        threads.flatten().filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_ascii_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect()
}

/// User and system time of a process, and of the children that it has waited for, in ticks.
fn times(process: u32) -> [u64; 4] {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat_times(&text).unwrap_or_default()
}

/// The name of a process stands in brackets and can hold anything, so counting begins after the last one.
fn stat_times(text: &str) -> Option<[u64; 4]> {
    let (_, fields) = text.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let mut next = || fields.next()?.parse().ok();
    Some([next()?, next()?, next()?, next()?])
}

fn seconds(ticks: u64) -> f64 {
    ticks as f64 / rustix::param::clock_ticks_per_second() as f64
}

fn memory(process: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{process}/statm")).unwrap_or_default();
    let pages: Option<u64> = text.split_ascii_whitespace().nth(1).and_then(|pages| pages.parse().ok());
    pages.unwrap_or(0) * rustix::param::page_size() as u64
}

/// The process's share of the pages that it has.
fn proportional_memory(process: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).ok()?;
    kilobytes(&text, "Pss:").map(|kilobytes| kilobytes << 10)
}

fn delay_s(process: u32) -> f64 {
    let text = fs::read_to_string(format!("/proc/{process}/schedstat")).unwrap_or_default();
    let nanoseconds: Option<f64> = text.split_ascii_whitespace().nth(1).and_then(|time| time.parse().ok());
    nanoseconds.unwrap_or(0.0) / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_cannot_lie_by_its_name() {
        let text = "7 (a) 9 9 9 9 9 9 9 9 9 9 9 9 9 (b)) S 1 7 7 0 -1 4194560 100 0 0 0 11 12 13 14 20 0";
        assert_eq!(stat_times(text), Some([11, 12, 13, 14]));
        assert_eq!(stat_times("7 (a"), None);
    }

    #[test]
    fn this_process_has_memory() {
        let process = std::process::id();
        assert!(memory(process) > 0);
        assert!(available_memory().unwrap() > memory(process));
    }

    #[test]
    fn a_child_is_in_sight_and_a_stranger_is_not() {
        let mut child = std::process::Command::new("sleep").arg("100").spawn().unwrap();
        assert_eq!(blindness(std::process::id(), child.id()), None);
        assert!(blindness(std::process::id(), 1).is_some());
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
