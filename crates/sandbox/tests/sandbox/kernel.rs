//! Attacks that begin with the kernel's rarer calls.

use crate::attack::{Attack, all_are_held};
use evalscope_core::ExecutionVerdict::Passed;

const ATTACKS: &[Attack] = &[
    Attack {
        name: "new namespaces",
        held: &[Passed],
        program: r#"
for flag in (0x10000000, 0x00020000, 0x20000000, 0x40000000, 0x08000000, 0x04000000, 0x02000000):
    denied_by_libc("unshare", flag)
    denied_call(56 if os.uname().machine == "x86_64" else 220, flag | 17, 0, 0, 0, 0)
denied_by_libc("setns", 0, 0)
"#,
    },
    Attack {
        name: "clone3 cannot be looked into and is unknown",
        held: &[Passed],
        program: "denied_call(435, b'\\0' * 88, 88)\nif ctypes.get_errno() != errno.ENOSYS: breach(ctypes.get_errno())",
    },
    Attack {
        name: "mounts",
        held: &[Passed],
        program: r#"
denied_by_libc("mount", b"tmpfs", b"/box", b"tmpfs", 0, 0)
denied_by_libc("mount", b"/usr", b"/box", 0, 4096, 0)
denied_by_libc("mount", 0, b"/", 0, 32, 0)
denied_by_libc("umount2", b"/proc", 2)
denied_by_libc("pivot_root", b"/", b"/box") if hasattr(libc, "pivot_root") else None
denied_call(428, -100, b"/", 1); denied_call(430, b"tmpfs", 0)
"#,
    },
    Attack {
        name: "bpf, perf, io_uring, userfaultfd",
        held: &[Passed],
        program: "denied_call(321, 0, 0, 0)\ndenied_call(298, 0, 0, -1, -1, 0)\ndenied_call(425, 8, b'\\0' * 120)\ndenied_call(323, 0)",
    },
    Attack {
        name: "keys",
        held: &[Passed],
        program: "denied_call(250, 0, -3, 0)\ndenied_call(248, b'user', b'x', b'y', 1, -3)",
    },
    Attack {
        name: "modules, kexec, reboot",
        held: &[Passed],
        program: "denied_call(175, 0, 0, b'')\ndenied_call(313, 0, b'', 0)\ndenied_call(246, 0, 0, 0, 0)\ndenied_by_libc('reboot', 0x1234567)",
    },
    Attack {
        name: "clock and name of the host",
        held: &[Passed],
        program: "denied(time.clock_settime, time.CLOCK_REALTIME, 0)\ndenied(socket.sethostname, 'x')",
    },
    Attack {
        name: "capabilities",
        held: &[Passed],
        program: r#"
for line in open("/proc/self/status"):
    if line.startswith("Cap") and int(line.split()[1], 16) != 0: breach(line)
    if line.startswith("NoNewPrivs") and line.split()[1] != "1": breach(line)
    if line.startswith("Seccomp:") and line.split()[1] != "2": breach(line)
"#,
    },
    Attack {
        name: "another user",
        held: &[Passed],
        program: "denied(os.setuid, 1)\ndenied(os.setgid, 1)\ndenied(os.setgroups, [1])\ndenied(os.chown, '/box', 1, 1)\ndenied(os.setresuid, 1, 1, 1)",
    },
    Attack {
        name: "programs that become others",
        held: &[Passed],
        program: r#"
import glob
for path in ["/usr/bin/su", "/usr/bin/sudo", "/usr/bin/passwd", "/usr/bin/newgrp"]:
    if os.path.exists(path):
        ran = subprocess.run([path, "-c", "id"], capture_output=True, stdin=subprocess.DEVNULL, timeout=8)
        if b"root:x" in ran.stdout or b"euid" in ran.stdout: breach(path, ran.stdout)
status = subprocess.run(["/bin/cat", "/proc/self/status"], capture_output=True, text=True).stdout
for line in status.splitlines():
    if line.startswith("CapEff") and int(line.split()[1], 16) != 0: breach(line)
"#,
    },
    Attack {
        name: "typing into the terminal",
        held: &[Passed],
        program: "import fcntl\ndenied(fcntl.ioctl, 0, 0x5412, b'x')\ndenied(os.open, '/dev/tty', os.O_RDWR)\ndenied(os.open, '/dev/ptmx', os.O_RDWR)",
    },
    Attack {
        name: "calls by their other numbers",
        held: &[Passed],
        program: r#"
for number in (41, 272, 321, 425):
    if os.uname().machine != "x86_64": break
    denied_call(0x40000000 | number, 2, 1, 0)
    if ctypes.get_errno() != errno.EPERM: breach(ctypes.get_errno())
"#,
    },
    Attack {
        name: "signals that files send",
        held: &[Passed],
        program: r#"
import fcntl
for command, argument in ((8, os.getppid()), (10, 19), (15, b"\0" * 8)):
    denied(fcntl.fcntl, 1, command, argument)
a, b = socket.socketpair()
for request in (0x8901, 0x8902): denied(fcntl.ioctl, a, request, b"\1\0\0\0")
"#,
    },
    Attack {
        name: "kernel settings and messages",
        held: &[Passed],
        program: r#"
denied(open, "/proc/sys/kernel/hostname", "w"); denied(open, "/proc/sys/vm/overcommit_memory", "w")
denied(open, "/proc/sys/net/ipv4/ip_forward", "w"); denied(open, "/proc/1/oom_score_adj", "w")
denied_by_libc("klogctl", 3, ctypes.create_string_buffer(64), 64)
denied(lambda: open("/proc/kcore", "rb").read(1)); denied(lambda: open("/proc/kmsg", "rb").read(1))
"#,
    },
    Attack {
        name: "System V and POSIX queues",
        held: &[Passed],
        program: "denied_by_libc('msgget', 1, 0o1600)\ndenied_by_libc('semget', 1, 1, 0o1600)\ndenied_by_libc('mq_open', b'/x', 66, 0o600, 0)",
    },
];

#[test]
fn the_kernels_rarer_calls_are_refused() {
    all_are_held(ATTACKS);
}
