//! Landlock: which files a program may touch, should it ever find a way around its root; and no TCP, no signals and no
//! abstract sockets out of the sandbox.

use crate::wire::View;
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreated,
    RulesetCreatedAttr, RulesetError, Scope,
};

/// What we ask of the kernel; an older one enforces what it knows.
const KNOWN: ABI = ABI::V6;
/// May be read, and run.
const READABLE: [&str; 9] = ["/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32", "/etc", "/proc", "/dev"];
/// May be written.
const WRITABLE: [&str; 3] = [super::WORK, "/tmp", "/dev/shm"];
/// Devices that may be written. `/dev/zero` is none of them: what is mapped of it to be written and shared is memory in
/// nobody's account.
const DEVICES: [&str; 2] = ["/dev/null", "/dev/full"];
/// Devices that a process that computes may read.
const HARMLESS: [&str; 2] = ["/dev/zero", "/dev/urandom"];

/// The rules for a program, inside the finished root.
pub fn make(view: &View) -> Result<RulesetCreated, RulesetError> {
    let all = AccessFs::from_all(KNOWN);
    let read = AccessFs::from_read(KNOWN);
    let mut rules = Ruleset::default()
        .handle_access(all)?
        .handle_access(AccessNet::from_all(KNOWN))?
        .scope(Scope::from_all(KNOWN))?
        .create()?;
    for path in READABLE {
        rules = allow(rules, path.as_ref(), read)?;
    }
    for path in &view.visible {
        rules = allow(rules, path, read)?;
    }
    for path in DEVICES {
        rules = allow(rules, path.as_ref(), AccessFs::from_file(KNOWN))?;
    }
    for path in WRITABLE {
        rules = allow(rules, path.as_ref(), all & !AccessFs::MakeChar & !AccessFs::MakeBlock)?;
    }
    Ok(rules)
}

/// Rules for a process of ours that computes: it reads the system and these folders, and writes nothing but devices, should it use
/// any. Without graphics cards it has no device that is somebody's: a terminal is one.
pub fn compute_only(readable: &[&std::path::Path], uses_cards: bool) -> Result<RulesetCreated, RulesetError> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let mut rules = Ruleset::default()
        .handle_access(AccessFs::from_all(KNOWN))?
        .handle_access(AccessNet::from_all(KNOWN))?
        .scope(Scope::from_all(KNOWN))?
        .create()?;
    let system = READABLE.iter().filter(|path| **path != "/dev").chain(&["/sys"]).map(std::path::Path::new);
    for path in system.chain(readable.iter().copied()) {
        rules = allow(rules, path, read)?;
    }
    for path in HARMLESS {
        rules = allow(rules, path.as_ref(), AccessFs::ReadFile.into())?;
    }
    rules = allow(rules, "/dev/null".as_ref(), AccessFs::ReadFile | AccessFs::WriteFile)?;
    if uses_cards {
        rules = allow(rules, "/dev".as_ref(), AccessFs::from_all(KNOWN))?;
        rules = allow(rules, "/usr".as_ref(), read | AccessFs::Execute)?;
    }
    Ok(rules)
}

/// A path that is not there needs no rule.
fn allow(
    rules: RulesetCreated,
    path: &std::path::Path,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, RulesetError> {
    let Ok(handle) = PathFd::new(path) else { return Ok(rules) };
    let access = if path.is_dir() { access } else { access & AccessFs::from_file(KNOWN) };
    rules.add_rule(PathBeneath::new(handle, access))
}
