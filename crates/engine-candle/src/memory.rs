//! How much memory is left.

use std::path::{Path, PathBuf};

/// Bytes that this process can still take: what the system has available, and what the control groups around it leave. Absent
/// where neither is said.
pub(crate) fn available_memory() -> Option<usize> {
    let of_system = read("/proc/meminfo").and_then(|text| available(&text));
    let groups = read("/proc/self/cgroup").map(|text| groups(&text)).unwrap_or_default();
    groups.into_iter().filter_map(|group| group.left()).chain(of_system).min()
}

fn read(path: impl AsRef<Path>) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

fn available(meminfo: &str) -> Option<usize> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kilobytes: usize = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes << 10)
}

/// Names of the files for limit and use, and of the lines that count pages of files, which can be dropped.
type Names = (&'static str, &'static str, [&'static str; 2]);

const SECOND: Names = ("memory.max", "memory.current", ["inactive_file ", "active_file "]);
const FIRST: Names =
    ("memory.limit_in_bytes", "memory.usage_in_bytes", ["total_inactive_file ", "total_active_file "]);

/// A control group: its folder, and what its files are called.
#[derive(Debug, PartialEq, Eq)]
struct Group {
    folder: PathBuf,
    names: Names,
}

/// The groups of a process, by its `/proc/self/cgroup`, each with those around it. In a container the path may be that
/// outside of it; then the root of what is seen counts.
fn groups(text: &str) -> Vec<Group> {
    let of_line = |line: &str| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, parts.next()?);
        let (root, names) = match controllers {
            "" => ("/sys/fs/cgroup", SECOND),
            list if list.split(',').any(|name| name == "memory") => ("/sys/fs/cgroup/memory", FIRST),
            _ => return None,
        };
        let path = Path::new(path.trim_start_matches('/'));
        let is_below = !path.components().any(|part| part.as_os_str() == "..");
        let path = if is_below { path } else { Path::new("") };
        let folders = path.ancestors().map(move |part| Path::new(root).join(part));
        Some(folders.map(move |folder| Group { folder, names }).collect::<Vec<_>>())
    };
    text.lines().filter_map(of_line).flatten().collect()
}

impl Group {
    /// Bytes that it leaves; absent where it has no limit.
    fn left(&self) -> Option<usize> {
        let (limit, used, droppable) = self.names;
        let number = |name: &str| read(self.folder.join(name))?.trim().parse::<usize>().ok();
        let limit = number(limit)?;
        let statistics = read(self.folder.join("memory.stat")).unwrap_or_default();
        let count = |line: &str, name: &str| line.strip_prefix(name)?.trim().parse::<usize>().ok();
        // Files that were read, also more than once, count as used, and make way.
        let droppable =
            statistics.lines().filter_map(|line| droppable.iter().find_map(|name| count(line, name)));
        let used = number(used)?.saturating_sub(droppable.sum());
        Some(limit.saturating_sub(used))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_has_is_read() {
        assert_eq!(available("MemTotal: 9 kB\nMemAvailable:    2048 kB\n"), Some(2 << 20));
        assert_eq!(available("MemTotal: 9 kB\n"), None);
    }

    #[test]
    fn groups_are_found_with_those_around_them() {
        let folders = |text: &str| -> Vec<String> {
            groups(text).iter().map(|group| group.folder.display().to_string()).collect()
        };
        assert_eq!(folders("0::/a/b\n"), ["/sys/fs/cgroup/a/b", "/sys/fs/cgroup/a", "/sys/fs/cgroup/"]);
        assert_eq!(folders("0::/../b\n"), ["/sys/fs/cgroup/"]);
        let first = "5:cpu:/x\n4:memory:/x\n";
        assert_eq!(folders(first), ["/sys/fs/cgroup/memory/x", "/sys/fs/cgroup/memory/"]);
    }

    #[test]
    fn a_group_leaves_its_limit_without_what_is_used() {
        let folder = tempfile::tempdir().unwrap();
        let group = Group { folder: folder.path().to_owned(), names: SECOND };
        assert_eq!(group.left(), None);
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("memory.max", "max\n");
        write("memory.current", "700\n");
        assert_eq!(group.left(), None);
        write("memory.max", "1000\n");
        assert_eq!(group.left(), Some(300));
        write("memory.stat", "anon 1\ninactive_file 200\n");
        assert_eq!(group.left(), Some(500));
        write("memory.stat", "anon 1\nactive_file 150\ninactive_file 200\n");
        assert_eq!(group.left(), Some(650));
        let first = Group { folder: folder.path().to_owned(), names: FIRST };
        write("memory.limit_in_bytes", "1000\n");
        write("memory.usage_in_bytes", "900\n");
        write(
            "memory.stat",
            "inactive_file 9\ntotal_inactive_file 200\nactive_file 9\ntotal_active_file 100\n",
        );
        assert_eq!(first.left(), Some(400));
    }
}
