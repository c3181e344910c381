//! Attacks on the host's files.

use crate::attack::{Attack, all_are_held};
use crate::support::{self, LAUNCHER, options, path, request, say};
use evalscope_core::ExecutionVerdict::{Passed, RuntimeError, Timeout};
use evalscope_core::Isolation;
use evalscope_sandbox::{Program, Sandbox, SandboxOptions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

const ATTACKS: &[Attack] = &[
    Attack { name: "read a file of the host", held: &[Passed], program: "denied(open, SECRET)" },
    Attack {
        name: "read what others keep",
        held: &[Passed],
        program: r#"
for path in ["/etc/shadow", "/etc/ssh", "/home", "/var", "/sys", "/boot", "/opt", "/run", "/etc/hostname"]:
    denied(os.listdir if not path.endswith("shadow") else open, path)
"#,
    },
    Attack {
        name: "see more in the root than was shown",
        held: &[Passed],
        program: r#"
known = {"usr", "bin", "sbin", "lib", "lib64", "lib32", "etc", "dev", "proc", "tmp", "box"}
known |= {path.split("/")[1] for path in (sys.prefix, sys.base_prefix, sys.executable)}
try: seen = set(os.listdir("/"))
except OSError: seen = set()
if seen - known: breach(seen - known)
"#,
    },
    Attack {
        name: "read the users of the host",
        held: &[Passed],
        program: r#"
lines = open("/etc/passwd").read().splitlines()
if len(lines) != 1 or not lines[0].startswith("root:x:0:0:root:/box"): breach(lines)
"#,
    },
    Attack {
        name: "write outside",
        held: &[Passed],
        program: r#"
for path in ["/x", "/usr/x", "/etc/x", "/etc/passwd", "/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", sys.prefix + "/x"]:
    denied(open, path, "w")
"#,
    },
    Attack {
        name: "change a system file",
        held: &[Passed],
        program: r#"
denied(os.chmod, "/usr/bin/env", 0o777)
denied(os.rename, "/usr/bin/env", "/usr/bin/env2")
denied(os.unlink, "/usr/bin/env")
denied(os.chmod, "/etc/passwd", 0o666)
denied(os.utime, "/usr/bin/env")
"#,
    },
    Attack {
        name: "links out",
        held: &[Passed],
        program: r#"
os.symlink(SECRET, "/box/link"); denied(open, "/box/link")
denied(os.link, SECRET, "/box/hard")
os.symlink("/proc/1/root" + SECRET, "/box/link2"); denied(open, "/box/link2")
denied(os.link, "/usr/bin/env", "/box/env")
"#,
    },
    Attack {
        name: "through /proc to another root",
        held: &[Passed],
        program: r#"
for path in ["/proc/1/root", "/proc/1/cwd", "/proc/1/environ", "/proc/1/mem", "/proc/1/maps", "/proc/1/fd"]:
    denied(os.listdir if path.endswith(("root", "cwd", "fd")) else lambda path: open(path, "rb").read(), path)
denied(open, "/proc/%d/root" % os.getppid() + SECRET)
"#,
    },
    Attack {
        name: "climb out of the root",
        held: &[Passed],
        program: r#"
denied(open, "../" * 40 + SECRET.lstrip("/"))
denied(os.chroot, "/box")
os.mkdir("/box/deep"); handle = os.open("/", os.O_PATH); os.chdir("/box/deep")
os.fchdir(handle); os.chdir("../" * 20); denied(open, SECRET.lstrip("/"))
"#,
    },
    Attack {
        name: "files that the caller left open",
        held: &[Passed],
        program: r#"
for number in range(256):
    try: kind = os.readlink("/proc/self/fd/%d" % number)
    except OSError: continue
    if not kind.startswith(("pipe:", "/dev/null", "/dev/urandom", "/box", "/proc")): breach(number, kind)
"#,
    },
    Attack {
        name: "the caller's environment",
        held: &[Passed],
        program: r#"
known = {"HOME", "TMPDIR", "LANG", "PATH", "PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE", "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS", "LC_CTYPE"}
if set(os.environ) - known: breach(set(os.environ) - known)
"#,
    },
    Attack {
        name: "make devices",
        held: &[Passed],
        program: r#"
denied(os.mknod, "/box/disk", 0o060666, os.makedev(254, 0))
denied(os.mknod, "/tmp/mem", 0o020666, os.makedev(1, 1))
denied(os.listdir, "/dev/mapper"); denied(open, "/dev/kmsg"); denied(open, "/dev/mem"); denied(open, "/dev/tty")
denied(open, "/dev/vda")
"#,
    },
    Attack {
        name: "open a file by its handle",
        held: &[Passed],
        program: "denied_by_libc('open_by_handle_at', -100, b'\\0' * 64, 0)\ndenied_by_libc('name_to_handle_at', -100, b'/usr', b'\\0' * 200, b'\\0' * 8, 0)",
    },
    Attack {
        name: "fill the disk with one file",
        held: &[Passed],
        program: r#"
def fill(path):
    with open(path, "wb") as file:
        for _ in range(200): file.write(b"x" * (1 << 20))
denied(fill, "/box/big"); denied(fill, "/dev/shm/big")
"#,
    },
    Attack {
        name: "fill the disk with many files",
        held: &[Passed],
        program: r#"
def fill():
    for number in range(20):
        with open("/tmp/%d" % number, "wb") as file: file.write(b"x" * (8 << 20))
denied(fill)
"#,
    },
    Attack {
        name: "use up the inodes",
        held: &[Passed, Timeout],
        program: r#"
def fill():
    for number in range(200000): os.close(os.open("/box/%d" % number, os.O_CREAT | os.O_WRONLY))
denied(fill)
"#,
    },
    Attack {
        name: "folders without end",
        held: &[Passed, Timeout, RuntimeError],
        program: r#"
for number in range(50000):
    try: os.mkdir("d"); os.chdir("d")
    except OSError: break
"#,
    },
];

#[test]
fn files_of_the_host_are_out_of_reach() {
    all_are_held(ATTACKS);
}

/// A file system of its own somewhere in a folder, until this is dropped.
struct Mounted(PathBuf);

impl Mounted {
    fn at(place: PathBuf) -> Option<Mounted> {
        std::fs::create_dir(&place).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=1m,mode=777", "tmpfs"]).arg(&place);
        mount.status().is_ok_and(|status| status.success()).then_some(Mounted(place))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn what_is_mounted_below_a_visible_folder_is_read_only() {
    // Not below a folder that the sandbox has for itself.
    let folder = tempfile::tempdir_in("/var/tmp").unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let mounted = if support::is_super_user() { Mounted::at(folder.path().join("below")) } else { None };
    let Some(mounted) = mounted else {
        say("skipped: a mount below a visible folder can be tried as super-user");
        return;
    };
    std::fs::write(mounted.0.join("seen"), "x").unwrap();
    let below = mounted.0.display();
    let text = format!("test -r {below}/seen && echo seen; echo y > {below}/written && echo BREACH; exit 0");
    for isolation in [Isolation::Full, Isolation::Namespaces] {
        let options = SandboxOptions { isolation, ..options(Path::new(LAUNCHER), path()) };
        let Ok(sandbox) = Sandbox::open(options) else { return };
        let program = Program {
            words: ["/bin/sh", "-c", &text].map(str::to_owned).to_vec(),
            files: Vec::new(),
            visible: vec![folder.path().to_owned()],
            stdin: String::new(),
            limits: request("").limits,
        };
        let execution = sandbox.run(&program).unwrap();
        assert_eq!((execution.verdict, execution.stdout.as_str()), (Passed, "seen\n"), "{execution:?}");
        assert!(!mounted.0.join("written").exists(), "{isolation:?}");
    }
}

#[test]
fn what_is_visible_may_lie_where_programs_write() {
    let Some(sandbox) = support::sandbox() else { return };
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    std::fs::write(folder.path().join("seen"), "x").unwrap();
    let shown = folder.path().display();
    let text = format!(
        "test -r {shown}/seen && echo seen; echo y >{shown}/written && echo BREACH; echo y >/tmp/own && echo own; ls -A /tmp | wc -l"
    );
    let program = Program {
        words: ["/bin/sh", "-c", &text].map(str::to_owned).to_vec(),
        files: Vec::new(),
        visible: vec![folder.path().to_owned()],
        stdin: String::new(),
        limits: request("").limits,
    };
    let execution = sandbox.run(&program).unwrap();
    assert_eq!((execution.verdict, execution.stdout.as_str()), (Passed, "seen\nown\n2\n"), "{execution:?}");
    assert!(!folder.path().join("written").exists() && !Path::new("/tmp/own").exists());
}

#[test]
fn an_interpreter_in_a_home_does_not_show_the_home() {
    let Some(python) = support::tool("python3") else { return };
    let home = tempfile::tempdir_in("/var/tmp").unwrap();
    std::fs::set_permissions(home.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let made = Command::new(python).args(["-m", "venv", "--without-pip"]).arg(home.path()).status();
    if !made.is_ok_and(|status| status.success()) {
        say("skipped: a home with an interpreter in it needs Python's venv");
        return;
    }
    std::fs::write(home.path().join("letters"), "private").unwrap();
    let program = "
import os, sys
def seen(call, path):
    try: return call(path)
    except OSError: return 'nothing'
assert sys.prefix == HOME
print(seen(os.listdir, HOME), seen(open, HOME + '/letters'))
";
    let program = program.replace("HOME", &format!("{:?}", home.path()));
    for isolation in [Isolation::Full, Isolation::Namespaces] {
        let path = vec![home.path().join("bin")];
        let Ok(sandbox) = Sandbox::open(SandboxOptions { isolation, ..options(Path::new(LAUNCHER), path) })
        else {
            return;
        };
        let execution = sandbox.execute(&request(&program)).unwrap();
        assert_eq!(execution.verdict, Passed, "{execution:?}");
        let is_hidden = !execution.stdout.contains("letters") && execution.stdout.ends_with("nothing\n");
        assert!(is_hidden, "{execution:?}");
    }
}
