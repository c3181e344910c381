//! Runs attacks: as this user and as an ordinary one, in the warm interpreter and as a command of its own.

use crate::support::{self, request, say};
use evalscope_core::ExecutionVerdict;
use evalscope_sandbox::{Program, Sandbox};
use std::sync::atomic::{AtomicU32, Ordering};

/// What every attack can use. `denied` calls something that must fail.
const TOOLS: &str = r#"
import ctypes, errno, os, signal, socket, subprocess, sys, time
libc = ctypes.CDLL(None, use_errno=True)
SECRET = "{secret}"
def breach(*what):
    print("BREACH", *what, flush=True)
    os._exit(3)
def denied(call, *arguments, **named):
    try:
        found = call(*arguments, **named)
    except (OSError, MemoryError, subprocess.SubprocessError):
        return
    breach(call, arguments, repr(found)[:200])
def denied_by_libc(name, *arguments):
    if getattr(libc, name)(*arguments) != -1:
        breach(name, arguments)
def denied_call(number, *arguments):
    arguments = [argument if isinstance(argument, bytes) else ctypes.c_long(argument) for argument in arguments]
    if libc.syscall(ctypes.c_long(number), *arguments) != -1:
        breach("system call", number, arguments)
def stays():
    libc.prctl(15, b"{stays}", 0, 0, 0)
"#;
/// Counts users of [`each_is_held`], whose processes must not be taken for one another's.
static USERS: AtomicU32 = AtomicU32::new(0);

/// A program and the verdicts that show that it got nowhere. Passed: every single attempt was refused.
pub struct Attack {
    pub name: &'static str,
    pub program: &'static str,
    pub held: &'static [ExecutionVerdict],
}

/// Runs all attacks in all ways.
pub fn all_are_held(attacks: &[Attack]) {
    if let Some(sandbox) = support::sandbox() {
        each_is_held("this user", &sandbox, attacks);
    }
    if let Some((sandbox, _folder)) = support::ordinary() {
        each_is_held("an ordinary user", &sandbox, attacks);
    }
}

fn each_is_held(who: &str, sandbox: &Sandbox, attacks: &[Attack]) {
    let secret = tempfile::NamedTempFile::with_prefix("host-secret").unwrap();
    std::fs::write(secret.path(), "the host's secret").unwrap();
    // A process that tries to stay has this name, which is short enough for the kernel.
    let stays = format!("x{}-{}", std::process::id(), USERS.fetch_add(1, Ordering::Relaxed));
    let mut broken = Vec::new();
    for attack in attacks {
        let path = secret.path().to_str().unwrap();
        let program =
            format!("{}\n{}", TOOLS.replace("{secret}", path).replace("{stays}", &stays), attack.program);
        let mut asked = request(&program);
        if attack.held.contains(&ExecutionVerdict::Timeout) {
            // It is waited for.
            asked.limits.wall_s = 2.0;
        }
        let warm = sandbox.execute(&asked).unwrap();
        let cold = Program {
            words: vec!["python3".into(), "attack.py".into()],
            files: vec![("attack.py".into(), program.clone().into_bytes())],
            visible: Vec::new(),
            stdin: String::new(),
            limits: asked.limits,
        };
        let cold = sandbox.run(&cold).unwrap();
        let left = running(&stays);
        for (way, execution) in [("warm", warm), ("cold", cold)] {
            let is_held = attack.held.contains(&execution.verdict) && !execution.stdout.contains("BREACH");
            if !is_held || left > 0 {
                broken.push(format!("{} as {who}, {way}: {left} processes stay; {execution:?}", attack.name));
            }
        }
        assert_eq!(std::fs::read(secret.path()).unwrap(), b"the host's secret", "{}", attack.name);
    }
    say(&format!("{} attacks as {who}, warm and cold: {} broke out", attacks.len(), broken.len()));
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Processes of this name on the host.
fn running(name: &str) -> usize {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let names = processes.filter_map(|process| std::fs::read_to_string(process.path().join("comm")).ok());
    names.filter(|found| found.trim() == name).count()
}
