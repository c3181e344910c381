//! All processes that a keeper is responsible for.

use rustix::process::{Pid, Signal};

/// All processes below this one.
pub struct Processes {
    /// Whether processes whose parents end become ours, so that none can get away.
    is_reaper: bool,
}

/// The server's process, which leads a group of its own.
#[derive(Clone, Copy)]
pub enum Leader {
    /// Nobody else can have its number.
    Held(Pid),
    /// It was waited for, so that its number may be that of a stranger by now.
    Reaped(Pid),
}

impl Processes {
    /// Makes this process the one that inherits the orphans below it, where the system can.
    pub fn adopt() -> Processes {
        #[cfg(target_os = "linux")]
        let is_reaper = rustix::process::set_child_subreaper(Some(rustix::process::getpid())).is_ok();
        #[cfg(not(target_os = "linux"))]
        let is_reaper = false;
        Processes { is_reaper }
    }

    /// Kills the server's process group and every process below this one; whether there were any. What is left of a group
    /// whose leader is gone is found below a reaper.
    pub fn kill(&self, server: Leader) -> bool {
        let group = match server {
            Leader::Reaped(_) if self.is_reaper => None,
            Leader::Held(pid) | Leader::Reaped(pid) => Some(pid),
        };
        let had_group =
            group.is_some_and(|pid| rustix::process::kill_process_group(pid, Signal::KILL).is_ok());
        let below = if self.is_reaper { below(std::process::id()) } else { Vec::new() };
        for pid in below.iter().filter_map(|pid| Pid::from_raw(pid.cast_signed())) {
            // It may have ended just now.
            let _ = rustix::process::kill_process(pid, Signal::KILL);
        }
        had_group || !below.is_empty()
    }
}

/// Every process below this one, as `/proc` shows them.
fn below(root: u32) -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let pairs: Vec<(u32, u32)> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|pid: u32| {
            Some((pid, parent(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)?))
        })
        .collect();
    let mut found = Vec::new();
    let mut waiting = vec![root];
    while let Some(process) = waiting.pop() {
        let children = pairs.iter().filter(|(_, parent)| *parent == process).map(|(pid, _)| *pid);
        waiting.extend(children.clone());
        found.extend(children);
    }
    found
}

/// The parent's number. The name of a process stands in brackets and can hold anything, so counting begins after the last.
fn parent(stat: &str) -> Option<u32> {
    stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_cannot_lie_by_its_name() {
        assert_eq!(parent("7 (a) 9 (b)) S 3 7 7 0"), Some(3));
        assert_eq!(parent("7 (a"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn children_of_children_are_found() {
        let mut child =
            std::process::Command::new("/bin/sh").args(["-c", "sleep 100 & wait"]).spawn().unwrap();
        let mut found = Vec::new();
        while found.len() < 2 {
            found = below(child.id());
            found.push(child.id());
        }
        for pid in found {
            let _ = rustix::process::kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), Signal::KILL);
        }
        child.wait().unwrap();
    }
}
