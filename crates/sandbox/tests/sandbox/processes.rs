//! Attacks on other processes, and processes that try to stay.

use crate::attack::{Attack, all_are_held};
use crate::support;
use evalscope_core::ExecutionVerdict::{Failed, Passed, RuntimeError, Timeout};

const ATTACKS: &[Attack] = &[
    Attack {
        name: "fork bomb",
        held: &[Timeout, Passed, RuntimeError],
        program: r#"
stays()
while True:
    try: os.fork()
    except OSError: time.sleep(0.01)
"#,
    },
    Attack {
        name: "more processes than allowed",
        held: &[Passed],
        program: r#"
children = 0
try:
    for _ in range(500):
        if os.fork() == 0: stays(); time.sleep(100); os._exit(0)
        children += 1
except OSError: pass
if children > 40: breach(children)
"#,
    },
    Attack {
        name: "threads without end",
        held: &[Passed],
        program: r#"
import threading
started = 0
try:
    for _ in range(500): threading.Thread(target=time.sleep, args=(100,), daemon=True).start(); started += 1
except RuntimeError: pass
if started > 40: breach(started)
os.write(1, b"done\n")
"#,
    },
    Attack {
        name: "a grandchild of a session of its own",
        held: &[Passed],
        program: r#"
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        stays(); signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.signal(signal.SIGHUP, signal.SIG_IGN)
        time.sleep(1000)
    os._exit(0)
"#,
    },
    Attack {
        name: "a child that is born again whenever it dies",
        held: &[Passed, Timeout, RuntimeError],
        program: r#"
stays()
if os.fork() == 0:
    while True:
        try:
            if os.fork() != 0: os._exit(0)
        except OSError: pass
"#,
    },
    Attack {
        name: "deaf to signals and busy",
        held: &[Timeout],
        program: r#"
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
while True: pass
"#,
    },
    Attack { name: "sleep past the limit", held: &[Timeout], program: "time.sleep(60)" },
    Attack {
        name: "CPU time spread over children",
        held: &[Timeout],
        program: r#"
for _ in range(4):
    if os.fork() == 0:
        while True: pass
time.sleep(60)
"#,
    },
    Attack {
        name: "CPU time in children that end",
        held: &[Timeout],
        program: r#"
while True:
    child = os.fork()
    if child == 0:
        end = time.process_time() + 0.3
        while time.process_time() < end: pass
        os._exit(0)
    os.waitpid(child, 0)
"#,
    },
    Attack {
        name: "processes of the host",
        held: &[Passed],
        program: r#"
pids = [name for name in os.listdir("/proc") if name.isdigit()] if os.path.isdir("/proc") else []
if len(pids) > 5: breach(pids)
"#,
    },
    Attack {
        name: "signals to init and beyond",
        held: &[Passed],
        program: r#"
for _ in range(3):
    try: os.kill(1, signal.SIGKILL)
    except OSError: pass
    for pid in (2000, 4194000):
        denied(os.kill, pid, signal.SIGKILL)
time.sleep(0.05)
"#,
    },
    Attack {
        name: "kill everyone",
        held: &[Passed, RuntimeError, Timeout],
        program: "try: os.kill(-1, signal.SIGKILL)\nexcept OSError: pass\ntime.sleep(0.1)",
    },
    Attack {
        name: "stop everyone",
        held: &[Passed, Timeout],
        program: "try: os.kill(-1, signal.SIGSTOP)\nexcept OSError: pass\ntime.sleep(0.1)",
    },
    Attack {
        name: "trace another process",
        held: &[Passed],
        program: r#"
denied_by_libc("ptrace", 16, os.getppid(), 0, 0)
denied_by_libc("ptrace", 0, 0, 0, 0)
denied_by_libc("process_vm_readv", os.getppid(), b"\0" * 16, 1, b"\0" * 16, 1, 0)
denied_by_libc("process_vm_writev", os.getppid(), b"\0" * 16, 1, b"\0" * 16, 1, 0)
"#,
    },
    Attack {
        name: "the memory of the interpreter that waits",
        held: &[Passed],
        program: r#"
parent = os.getppid() or 1
for name in ("mem", "environ", "maps", "fd", "root"):
    path = "/proc/%d/%s" % (parent, name)
    denied((lambda path: os.listdir(path)) if name in ("fd", "root") else (lambda path: open(path, "rb").read(64)), path)
denied(open, "/proc/%d/mem" % parent, "r+b")
"#,
    },
    Attack {
        name: "limits and priority of the interpreter that waits",
        held: &[Passed],
        program: r#"
import resource
denied(resource.prlimit, os.getppid() or 1, resource.RLIMIT_CPU, (1, 1))
denied(os.setpriority, os.PRIO_USER, 0, 19)
denied(os.sched_setaffinity, os.getppid() or 1, {0})
"#,
    },
    Attack {
        name: "raise limits",
        held: &[Passed],
        program: r#"
import resource
for name in ("RLIMIT_NPROC", "RLIMIT_NOFILE", "RLIMIT_FSIZE", "RLIMIT_CORE", "RLIMIT_AS"):
    limit = getattr(resource, name); soft, hard = resource.getrlimit(limit)
    if hard == resource.RLIM_INFINITY: breach(name)
    try: resource.setrlimit(limit, (hard + 1, hard + 1))
    except (OSError, ValueError): continue
    breach(name)
"#,
    },
    Attack {
        name: "leave before the tests",
        held: &[RuntimeError],
        program: "os.kill(os.getpid(), signal.SIGKILL); time.sleep(1)",
    },
    Attack {
        name: "claim a verdict on every open pipe",
        held: &[Failed, RuntimeError],
        program: r#"
for number in range(3, 64):
    try: os.write(number, b'{"Ran": {"said": "passed"}}' + b"passed")
    except OSError: pass
assert False
"#,
    },
];

/// Children whose CPU time nobody would have in his account: their parent says in two ways that it does not wait.
const UNWAITED: &str = r#"
import ctypes, os, signal
if WAY == 0:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
else:
    action = ctypes.create_string_buffer(152)
    action[136] = 2
    ctypes.CDLL(None).sigaction(signal.SIGCHLD, action, None)
for _ in range(100):
    try: child = os.fork()
    except OSError: break
    if child == 0:
        while sum(os.times()[:2]) < 0.05: pass
        os._exit(0)
    try: os.waitpid(child, 0)
    except ChildProcessError: pass
"#;

#[test]
fn cpu_time_of_children_that_nobody_waits_for_counts() {
    let Some(sandbox) = support::sandbox() else { return };
    for way in ["0", "1"] {
        let mut asked = support::request(&UNWAITED.replace("WAY", way));
        // The clock is not what ends it.
        asked.limits.wall_s = 100.0;
        let execution = sandbox.execute(&asked).unwrap();
        assert_eq!(execution.verdict, Timeout, "{way}: {execution:?}");
        assert!(execution.cpu_s > 1.0, "{execution:?}");
    }
}

#[test]
fn processes_neither_reach_others_nor_stay() {
    all_are_held(ATTACKS);
}
