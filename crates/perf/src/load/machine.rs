//! How busy this machine is: a server that shares it with its load tester loses the time that the tester takes.

/// Time that the cores of this machine worked and could have worked, so far.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cores {
    worked: u64,
    all: u64,
}

impl Cores {
    /// Now; nothing where the system does not say.
    pub fn now() -> Option<Cores> {
        parse(&std::fs::read_to_string("/proc/stat").ok()?)
    }

    /// The share of their time in which they worked, since `before`.
    pub fn busy_since(&self, before: Cores) -> Option<f64> {
        let all = self.all.checked_sub(before.all).filter(|all| *all > 0)?;
        Some(self.worked.saturating_sub(before.worked) as f64 / all as f64)
    }
}

/// The first line of `/proc/stat`: user, nice, system, idle, iowait, irq, softirq, steal, …
fn parse(text: &str) -> Option<Cores> {
    let times: Vec<u64> = text
        .lines()
        .next()?
        .strip_prefix("cpu ")?
        .split_whitespace()
        .map_while(|time| time.parse().ok())
        .collect();
    let idle = times.get(3)? + times.get(4)?;
    // Guests are counted in user time already.
    let all: u64 = times.iter().take(8).sum();
    Some(Cores { worked: all.saturating_sub(idle), all })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_is_not_working() {
        let before = parse("cpu  100 0 100 700 100 0 0 0 50 0\ncpu0 1\n").unwrap();
        let after = parse("cpu  160 0 120 710 110 0 0 0 90 0\n").unwrap();
        assert_eq!(after.busy_since(before), Some(0.8));
        assert_eq!(before.busy_since(before), None);
        assert_eq!(parse("intr 5"), None);
    }
}
