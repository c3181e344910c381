//! Programs that behave, and what is said of them.

use crate::kinds;
use crate::support::{LAUNCHER, execute, options, path, request, sandbox};
use evalscope_core::ExecutionVerdict::{CompileError, Failed, Memory, Passed, RuntimeError};
use evalscope_core::Limits;
use evalscope_sandbox::{Program, Sandbox, SandboxOptions};
use std::path::Path;

#[test]
fn verdicts_say_what_became_of_a_program() {
    let Some(sandbox) = sandbox() else { return };
    let cases = [
        ("x = 1\nassert x == 1", Passed, ""),
        ("assert 1 == 2, 'one is not two'", Failed, "one is not two"),
        ("def f(:", CompileError, "SyntaxError"),
        ("x = '\0'", CompileError, "null bytes"),
        ("1 / 0", RuntimeError, "ZeroDivisionError"),
        ("raise MemoryError", Memory, ""),
        ("import sys\nsys.exit(0)", RuntimeError, "ended itself"),
        ("exit()", RuntimeError, "ended itself"),
        ("import os\nos._exit(0)", RuntimeError, ""),
        ("import os\nos.abort()", RuntimeError, ""),
        ("input()", RuntimeError, "EOFError"),
        ("import os\nif os.fork(): os.abort()", RuntimeError, ""),
        ("import os\nif os.fork():\n    os.wait()\n    os._exit(0)", RuntimeError, ""),
        ("import os\nos.closerange(3, 200)", Passed, ""),
        ("import os, signal\nsignal.signal(15, signal.SIG_IGN)\nos.killpg(0, 15)", Passed, ""),
        ("import nowhere", RuntimeError, "No module named 'nowhere'"),
        ("import sys\nsys.stderr = None\nsys.stdout = 7\n1 / 0", RuntimeError, "ZeroDivisionError"),
    ];
    for (program, verdict, stderr) in cases {
        let execution = execute(&sandbox, program);
        assert_eq!(execution.verdict, verdict, "{program}: {execution:?}");
        assert!(execution.stderr.contains(stderr), "{program}: {execution:?}");
    }
}

#[test]
fn output_input_and_usage_are_told() {
    let Some(sandbox) = sandbox() else { return };
    let mut asked = request("import sys\nprint(sys.stdin.read().upper())\nprint('oh', file=sys.stderr)");
    asked.stdin = "héllo".into();
    let execution = sandbox.execute(&asked).unwrap();
    assert_eq!((execution.stdout.as_str(), execution.stderr.as_str()), ("HÉLLO\n", "oh\n"));
    assert_eq!(execution.exit_code, Some(0));
    let busy = execute(&sandbox, "import time\nwhile time.process_time() < 0.2: pass\nx = b'x' * (50 << 20)");
    assert!(busy.cpu_s >= 0.15 && busy.memory_mb >= 50, "{busy:?}");
}

#[test]
fn a_program_sees_no_trace_of_another() {
    let Some(sandbox) = sandbox() else { return };
    let leaves = [
        "open('/box/left', 'w').write('x')",
        "open('/tmp/left', 'w').write('x')",
        "open('/dev/shm/left', 'w').write('x')",
        "import os\nif os.fork() == 0:\n    import time; time.sleep(100)",
        "import builtins, json\nbuiltins.left = 1\njson.left = 1",
        "import os\nos.environ['LEFT'] = '1'\nos.chdir('/tmp')\nos.umask(0)",
        "import os, fcntl\nfor n in (1, 2): fcntl.fcntl(n, fcntl.F_SETFL, os.O_NONBLOCK)",
        "import os\nos.chmod('/box', 0)",
        "import os\nos.chmod('/box', 0o777)\nos.chmod('/tmp', 0o1777)",
        "import os, fcntl\nfor n in (1, 2): fcntl.fcntl(n, fcntl.F_SETFL, os.O_APPEND | os.O_ASYNC)",
        "import os, signal\ntry: os.kill(os.getppid(), signal.SIGKILL)\nexcept OSError: pass",
    ];
    let looks = "
import os, json, builtins, fcntl
assert [os.listdir(place) for place in ('/box', '/tmp', '/dev/shm')] == [[], [], []]
assert not hasattr(json, 'left') and not hasattr(builtins, 'left')
assert 'LEFT' not in os.environ and os.getcwd() == '/box' and os.umask(0) != 0
assert not fcntl.fcntl(1, fcntl.F_GETFL) & (os.O_NONBLOCK | os.O_APPEND | os.O_ASYNC)
assert [os.stat(place).st_mode & 0o7777 for place in ('/box', '/tmp')] == MODES
assert len([name for name in os.listdir('/proc') if name.isdigit()]) <= 3
";
    let modes = "import os\nprint([os.stat(place).st_mode & 0o7777 for place in ('/box', '/tmp')])";
    let looks = looks.replace("MODES", execute(&sandbox, modes).stdout.trim());
    for program in leaves {
        execute(&sandbox, program);
        let execution = execute(&sandbox, &looks);
        assert_eq!(execution.verdict, Passed, "after {program}: {execution:?}");
    }
}

#[test]
fn the_same_program_has_the_same_verdict_at_any_parallelism() {
    let Some(sandbox) = sandbox() else { return };
    // Half a second of work under a limit of two, by as many at once as the machine does not have.
    let program = "import time\nwhile time.process_time() < 0.5: pass\nprint({'a', 'b', 'c', 'd'})";
    let outputs: Vec<_> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..8).map(|_| scope.spawn(|| execute(&sandbox, program))).collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    for output in &outputs {
        assert_eq!((output.verdict, &output.stdout), (Passed, &outputs[0].stdout), "{output:?}");
    }
}

#[test]
fn programs_of_every_kind_have_their_verdict_alone_and_beside_others() {
    if sandbox().is_none() {
        return;
    }
    for parallel in [1, 8] {
        let options = options(Path::new(LAUNCHER), path());
        let sandbox = Sandbox::open(SandboxOptions { parallel, ..options }).unwrap();
        let run = |number| {
            let (request, wanted) = kinds::program(number);
            let execution = sandbox.execute(&request).unwrap();
            assert_eq!(execution.verdict, wanted, "{parallel} at once: {}\n{execution:?}", request.program);
        };
        std::thread::scope(|scope| {
            for first in 0..parallel {
                let run = &run;
                scope.spawn(move || (first..20).step_by(parallel).for_each(run));
            }
        });
    }
}

#[test]
fn commands_have_their_files_and_all_their_output() {
    let Some(sandbox) = sandbox() else { return };
    let program = Program {
        words: ["python3", "sub/x.py", "a b"].map(str::to_owned).to_vec(),
        files: vec![("sub/x.py".into(), b"import sys\nprint(sys.argv[1], sys.stdin.read() * 5000)".to_vec())],
        visible: Vec::new(),
        stdin: "x".into(),
        limits: Limits::default(),
    };
    let execution = sandbox.run(&program).unwrap();
    assert_eq!(execution.verdict, Passed, "{execution:?}");
    assert_eq!(execution.stdout, format!("a b {}\n", "x".repeat(5000)));
    let absent = Program { words: vec!["/no/such/program".into()], ..program };
    assert!(sandbox.run(&absent).err().unwrap().to_string().contains("/no/such/program"));
}

#[test]
fn the_usual_modules_can_be_used() {
    let Some(sandbox) = sandbox() else { return };
    let program = "
import typing, math, re, collections, itertools, functools, heapq, json, asyncio, threading, multiprocessing, tempfile
import subprocess, sqlite3, hashlib, decimal, dataclasses, unittest
@dataclasses.dataclass
class Point: x: int
assert asyncio.run(asyncio.sleep(0, 7)) == 7
done = []
thread = threading.Thread(target=done.append, args=(1,)); thread.start(); thread.join()
assert done == [1] and hashlib.md5(b'').hexdigest().startswith('d41d')
with tempfile.TemporaryDirectory() as folder: open(folder + '/x', 'w').close()
context = multiprocessing.get_context('fork')
value, queue = context.Value('i', 1), context.Queue()
def work(): value.value = 7; queue.put('x')
process = context.Process(target=work); process.start(); assert queue.get() == 'x'; process.join()
assert value.value == 7 and list(context.Array('i', 3)) == [0, 0, 0]
from multiprocessing import shared_memory
block = shared_memory.SharedMemory(create=True, size=64); block.buf[0] = 1; block.close(); block.unlink()
import mmap
assert len(mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)) == 4096
assert subprocess.run(['/bin/echo', 'x'], capture_output=True, text=True).stdout == 'x\\n'
";
    let execution = execute(&sandbox, program);
    assert_eq!(execution.verdict, Passed, "{execution:?}");
}
