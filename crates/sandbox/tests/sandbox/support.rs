//! Sandboxes for tests: as the user that runs them, and as an ordinary user when that is the super-user.

use evalscope_core::{ExecuteRequest, Execution, Isolation, Limits};
use evalscope_sandbox::{Sandbox, SandboxOptions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

pub const LAUNCHER: &str = env!("CARGO_BIN_EXE_evalscope-sandbox-launcher");
/// An ordinary user that need not exist.
const SOMEBODY: u32 = 4242;

/// Folders in which tools are looked for.
pub fn path() -> Vec<PathBuf> {
    std::env::split_paths(option_env!("PATH").unwrap_or("/usr/bin")).collect()
}

/// A tool on the path.
pub fn tool(name: &str) -> Option<PathBuf> {
    path().iter().map(|folder| folder.join(name)).find(|tool| tool.exists())
}

pub fn options(launcher: &Path, path: Vec<PathBuf>) -> SandboxOptions {
    let launcher = launcher.to_owned();
    SandboxOptions { launcher, path, isolation: Isolation::Full, parallel: 2, memory_mb: 4096 }
}

/// The sandbox as whoever runs the tests; nothing, and a word about it, where the kernel does not help.
pub fn sandbox() -> Option<Sandbox> {
    opened("this user", Sandbox::open(options(Path::new(LAUNCHER), path())))
}

/// A sandbox whose launcher is an ordinary user. The folder holds the launcher.
pub fn ordinary() -> Option<(Sandbox, tempfile::TempDir)> {
    user(SOMEBODY)
}

/// The same with the number of the user.
pub fn user(number: u32) -> Option<(Sandbox, tempfile::TempDir)> {
    let (setpriv, python) = (Path::new("/usr/bin/setpriv"), Path::new("/usr/bin/python3"));
    if !is_super_user() || !setpriv.exists() || !python.exists() {
        say(
            "skipped: an ordinary user can be tried as super-user, with /usr/bin/setpriv and /usr/bin/python3",
        );
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let copy = folder.path().join("launcher-itself");
    std::fs::copy(LAUNCHER, &copy).unwrap();
    let user = format!("--reuid={number} --regid={number} --clear-groups");
    let script =
        script(folder.path(), &format!("exec {} {user} {} \"$@\"", setpriv.display(), copy.display()));
    let sandbox = Sandbox::open(options(&script, vec!["/usr/bin".into()]));
    Some((opened(&format!("user {number}"), sandbox)?, folder))
}

/// A launcher that is started by a script.
pub fn script(folder: &Path, line: &str) -> PathBuf {
    let path = folder.join("launcher");
    let text = folder.join("launcher.text");
    std::fs::write(&text, format!("#!/bin/sh\n{line}\n")).unwrap();
    std::fs::set_permissions(&text, PermissionsExt::from_mode(0o755)).unwrap();
    // Another process writes it: what this one writes, a child of another thread may hold open, and then it cannot be run.
    assert!(std::process::Command::new("cp").arg(text).arg(&path).status().unwrap().success());
    path
}

pub fn is_super_user() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|found| std::os::unix::fs::MetadataExt::uid(&found) == 0)
}

fn opened(who: &str, sandbox: Result<Sandbox, evalscope_sandbox::Error>) -> Option<Sandbox> {
    match sandbox {
        Ok(sandbox) => Some(sandbox),
        Err(error) => {
            say(&format!("skipped for {who}: {error}"));
            None
        }
    }
}

/// Says something past the test harness, which keeps what passing tests print.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

pub fn request(program: &str) -> ExecuteRequest {
    ExecuteRequest {
        language: "python".into(),
        program: program.into(),
        stdin: String::new(),
        // Much more than any of them waits, as the machine may be busy.
        limits: Limits { cpu_s: 1.0, wall_s: 10.0, memory_mb: 256, ..Limits::default() },
    }
}

pub fn execute(sandbox: &Sandbox, program: &str) -> Execution {
    sandbox.execute(&request(program)).unwrap()
}
