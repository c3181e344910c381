//! Prints how many programs a second run bare, each in a sandbox of its own, and in warm interpreters: the same programs,
//! like those of HumanEval, with the usual imports. `benches/sandbox.sh` runs it.
#![expect(clippy::print_stdout, reason = "this is a program of its own, and prints what it measured")]

use evalscope_core::{ExecuteRequest, ExecutionVerdict, Limits};
use evalscope_sandbox::{Error, Language, Program, Sandbox, SandboxOptions};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// What programs of models usually begin with.
const IMPORTS: &str = "\
import math, re, sys, copy, datetime, itertools, collections, heapq, statistics, functools, hashlib, string, random, json
from typing import *
from collections import *
";
/// A function with its tests; the number keeps programs apart.
const PROGRAM: &str = r#"
def close_pairs_NUMBER(numbers: List[float], threshold: float) -> int:
    """ Count pairs of numbers that are closer than the threshold. """
    return sum(abs(a - b) < threshold for a, b in itertools.combinations(numbers, 2))

def check(candidate):
    assert candidate([1.0, 2.0, 3.9, 4.0, 5.0, 2.2], 0.3) == 2
    assert candidate([], 1.0) == 0
    assert candidate([random.random() for _ in range(50)], 2.0) == 1225
    assert re.sub('[aeiou]', '', 'sandbox') == 'sndbx' and Counter('aab')['a'] == 2

check(close_pairs_NUMBER)
"#;

fn main() -> ExitCode {
    let words: Vec<std::ffi::OsString> = std::env::args_os().collect();
    if let Some(code) = evalscope_sandbox::entry(&words) {
        return code;
    }
    let number = |place: usize, otherwise: usize| {
        words.get(place).and_then(|word| word.to_str()?.parse().ok()).unwrap_or(otherwise)
    };
    match measure(number(1, 300), number(2, 2)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(count: usize, parallel: usize) -> Result<(), Error> {
    let path: Vec<PathBuf> = std::env::split_paths(option_env!("PATH").unwrap_or("/usr/bin")).collect();
    let launcher = std::env::current_exe().unwrap_or_default();
    let sandbox = Sandbox::open(SandboxOptions { parallel, ..SandboxOptions::new(launcher, path) })?;
    let Some(language) = Language::named("python") else { return Ok(()) };
    let python = sandbox.toolchain(language)?;
    println!("{count} programs, {parallel} at once, Python {}", python.version);
    let source = |number: usize| format!("{IMPORTS}{}", PROGRAM.replace("NUMBER", &number.to_string()));

    let bare = rate("bare interpreter, new for each", count, parallel, |number| {
        let child = Command::new(&python.program).arg("-").stdin(Stdio::piped()).spawn();
        let Ok(mut child) = child else { return false };
        let written = child.stdin.take().map(|mut stdin| stdin.write_all(source(number).as_bytes()));
        written.is_some_and(|written| written.is_ok()) && child.wait().is_ok_and(|status| status.success())
    });
    let cold = rate("sandbox, new for each", count, parallel, |number| {
        let program = Program {
            words: vec!["python3".into(), "program.py".into()],
            files: vec![("program.py".into(), source(number).into_bytes())],
            visible: Vec::new(),
            stdin: String::new(),
            limits: Limits::default(),
        };
        sandbox.run(&program).is_ok_and(|execution| execution.verdict == ExecutionVerdict::Passed)
    });
    let warm = rate("sandbox, warm interpreter", count, parallel, |number| {
        let request = ExecuteRequest {
            language: "python".into(),
            program: source(number),
            stdin: String::new(),
            limits: Limits::default(),
        };
        sandbox.execute(&request).is_ok_and(|execution| execution.verdict == ExecutionVerdict::Passed)
    });
    println!(
        "new sandbox {:.2} and warm {:.2} times the rate of a bare interpreter",
        cold / bare,
        warm / bare
    );
    Ok(())
}

/// Runs programs side by side and prints how many a second.
fn rate(name: &str, count: usize, parallel: usize, run: impl Fn(usize) -> bool + Sync) -> f64 {
    let (next, passed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..parallel {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return;
                    }
                    passed.fetch_add(usize::from(run(number)), Ordering::Relaxed);
                }
            });
        }
    });
    let rate = count as f64 / begun.elapsed().as_secs_f64();
    println!("{name:<32} {rate:>7.1} a second, {} of {count} passed", passed.into_inner());
    rate
}
