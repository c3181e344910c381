//! Programs of twenty kinds with the verdicts that they have on every machine, however busy it is: `examples/same_verdicts.rs`
//! runs many of them, and a test some.

use evalscope_core::ExecutionVerdict::{
    CompileError, Failed, Memory, OutputLimit, Passed, RuntimeError, Timeout,
};
use evalscope_core::{ExecuteRequest, ExecutionVerdict, Limits};

/// A program with `NUMBER` where its number stands, and its verdict.
const KINDS: [(&str, ExecutionVerdict); 20] = [
    ("assert sum(range(NUMBER)) == NUMBER * (NUMBER - 1) // 2", Passed),
    ("assert sorted({str(n) for n in range(99)}) and NUMBER >= 0", Passed),
    ("import time\nwhile time.process_time() < 0.6: pass", Passed),
    ("import time\ntime.sleep(0.3)\nassert NUMBER >= 0", Passed),
    ("x = bytearray(100 << 20)\nfor n in range(0, len(x), 4096): x[n] = 1", Passed),
    ("import os\nfor n in range(8):\n    if os.fork() == 0: os._exit(0)\n    os.wait()", Passed),
    ("print('x' * 500_000)", Passed),
    ("assert NUMBER < 0, 'NUMBER is not below 0'", Failed),
    ("def check(f):\n    assert f(NUMBER) == NUMBER + 2\ncheck(lambda n: n + 1)", Failed),
    ("1 / (NUMBER - NUMBER)", RuntimeError),
    ("import sys\nsys.exit(0)", RuntimeError),
    ("import os\nos._exit(0)", RuntimeError),
    ("import os\nos.kill(os.getpid(), 11)", RuntimeError),
    ("def f(n): return f(n + 1)\nf(NUMBER)", RuntimeError),
    ("def f(NUMBER:", CompileError),
    ("if NUMBER:\nreturn", CompileError),
    ("while True: pass", Timeout),
    ("import time\ntime.sleep(1000)", Timeout),
    ("x = []\nwhile True: x.append(bytearray(1 << 20))", Memory),
    ("while True: print('x' * 1000)", OutputLimit),
];

/// A program of its number's kind, and its verdict.
pub fn program(number: usize) -> (ExecuteRequest, ExecutionVerdict) {
    let (text, verdict) = KINDS[number % KINDS.len()];
    let limits = Limits { cpu_s: 1.5, wall_s: 4.0, memory_mb: 256, ..Limits::default() };
    let program = text.replace("NUMBER", &number.to_string());
    (ExecuteRequest { language: "python".into(), program, stdin: String::new(), limits }, verdict)
}
