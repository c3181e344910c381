//! Attacks on memory, output and time of the host.

use crate::attack::{Attack, all_are_held};
use crate::support::{self, request};
use evalscope_core::ExecutionVerdict::{self, Memory, OutputLimit, Passed, RuntimeError, Timeout};
use std::time::{Duration, Instant};

const ATTACKS: &[Attack] = &[
    Attack { name: "8 GiB at once", held: &[Memory], program: "data = b'x' * (8 << 30)" },
    Attack {
        name: "memory bit by bit",
        held: &[Memory],
        program: "kept = []\nwhile True: kept.append(b'x' * (1 << 20))",
    },
    Attack {
        name: "memory in many children",
        held: &[Memory],
        program: r#"
for _ in range(12):
    if os.fork() == 0:
        data = bytearray(b"x") * (100 << 20); time.sleep(30); os._exit(0)
time.sleep(30)
"#,
    },
    Attack {
        name: "memory that is shared",
        held: &[Passed],
        program: r#"
import mmap
denied(mmap.mmap, -1, 1 << 20)
denied(mmap.mmap, -1, 1 << 20, flags=mmap.MAP_SHARED | mmap.MAP_ANONYMOUS | 0x4000)
a, b = socket.socketpair()
for option in (7, 8, 32, 33): denied(a.setsockopt, 1, option, 1 << 20)
"#,
    },
    Attack {
        name: "memory of a device, mapped and shared",
        held: &[Passed],
        program: r#"
import mmap
if open("/dev/zero", "rb").read(4) != bytes(4): breach("zero")
denied(os.open, "/dev/zero", os.O_RDWR)
denied(os.open, "/proc/self/fd/%d" % os.open("/dev/zero", os.O_RDONLY), os.O_RDWR)
denied(mmap.mmap, os.open("/dev/zero", os.O_RDONLY), 1 << 20, prot=mmap.PROT_READ | mmap.PROT_WRITE)
"#,
    },
    Attack {
        name: "memory in a file without a name",
        held: &[Passed],
        program: r#"
denied(lambda: os.memfd_create("x"))
denied_by_libc("shmget", 0, 1 << 30, 0o1600)
"#,
    },
    Attack {
        name: "output without end",
        held: &[OutputLimit],
        program: "while True: os.write(1, b'x' * 65536)",
    },
    Attack {
        name: "errors without end",
        held: &[OutputLimit],
        program: "while True: os.write(2, b'x' * 65536)",
    },
    Attack {
        name: "output of children without end",
        held: &[OutputLimit],
        program: "os.fork(); os.fork()\nwhile True: os.write(1, b'x' * 1000)",
    },
    Attack {
        name: "recursion",
        held: &[RuntimeError, Memory],
        program: "import sys\nsys.setrecursionlimit(10**9)\ndef f(n): return f(n + 1) + 1\ntry: f(0)\nexcept MemoryError: raise ValueError\nos.abort()",
    },
    Attack { name: "a busy loop", held: &[Timeout], program: "while True: pass" },
    Attack { name: "one operation without end", held: &[Timeout], program: "10 ** 10 ** 10" },
    Attack {
        name: "a regular expression without end",
        held: &[Timeout],
        program: "import re\nre.match('(a+)+$', 'a' * 50 + 'b')",
    },
    Attack {
        name: "files without end",
        held: &[Passed],
        program: r#"
kept = []
try:
    for _ in range(5000): kept.append(os.open("/dev/null", os.O_RDONLY))
except OSError: pass
if len(kept) > 300: breach(len(kept))
for number in kept: os.close(number)
"#,
    },
    Attack {
        name: "locked memory",
        held: &[Passed],
        program: "area = ctypes.create_string_buffer(1 << 20)\ndenied_by_libc('mlock', area, 1 << 20)",
    },
];

#[test]
fn the_host_keeps_its_memory_disk_and_time() {
    all_are_held(ATTACKS);
}

#[test]
fn the_host_stays_responsive_under_attack() {
    let Some(sandbox) = support::sandbox() else { return };
    let bomb = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass";
    std::thread::scope(|scope| {
        let mut asked = request(bomb);
        asked.limits.wall_s = 2.0;
        let attack = scope.spawn(move || sandbox.execute(&asked).unwrap());
        let mut worst = Duration::ZERO;
        while !attack.is_finished() {
            let begun = Instant::now();
            assert!(std::process::Command::new("/bin/true").status().unwrap().success());
            worst = worst.max(begun.elapsed());
        }
        let execution = attack.join().unwrap();
        assert_eq!(execution.verdict, ExecutionVerdict::Timeout);
        assert!(worst < Duration::from_secs(20), "a process took {worst:?} to start");
        assert!(execution.wall_s < 20.0, "the bomb was ended after {} s", execution.wall_s);
    });
}
