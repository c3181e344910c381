//! Runs programs twice, one after another and several at once, and prints whether all verdicts are the same. Arguments:
//! number of programs [200], how many at once the second time [8].
#![expect(clippy::print_stdout, reason = "this is a program of its own, and prints what it found")]

use evalscope_core::ExecutionVerdict;
use evalscope_sandbox::{Error, Sandbox, SandboxOptions};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

#[path = "../tests/sandbox/kinds.rs"]
mod kinds;

fn main() -> ExitCode {
    let words: Vec<std::ffi::OsString> = std::env::args_os().collect();
    if let Some(code) = evalscope_sandbox::entry(&words) {
        return code;
    }
    let number = |place: usize, otherwise: usize| {
        words.get(place).and_then(|word| word.to_str()?.parse().ok()).unwrap_or(otherwise)
    };
    match compare(number(1, 200), number(2, 8)) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            println!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// How many verdicts are not as they should be, or not the same both times.
fn compare(count: usize, parallel: usize) -> Result<usize, Error> {
    let (alone, together) = (verdicts(count, 1)?, verdicts(count, parallel)?);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = 0;
    for (number, (one, other)) in alone.iter().zip(&together).enumerate() {
        let (request, wanted) = kinds::program(number);
        *counts.entry(one.word()).or_default() += 1;
        if *one != wanted || *other != wanted {
            wrong += 1;
            let (one, other, wanted) = (one.word(), other.word(), wanted.word());
            println!("{one} alone, {other} together, {wanted} by right:\n{}", request.program);
        }
    }
    println!("{counts:?}");
    println!("{} of {count} verdicts are the same both times, and right", count - wrong);
    Ok(wrong)
}

/// The verdicts of as many programs, so many at once.
fn verdicts(count: usize, parallel: usize) -> Result<Vec<ExecutionVerdict>, Error> {
    let path: Vec<PathBuf> = std::env::split_paths(option_env!("PATH").unwrap_or("/usr/bin")).collect();
    let launcher = std::env::current_exe().unwrap_or_default();
    let sandbox = Sandbox::open(SandboxOptions { parallel, ..SandboxOptions::new(launcher, path) })?;
    let next = AtomicUsize::new(0);
    let begun = Instant::now();
    let work = || {
        let mut found = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return Ok(found);
            }
            found.push((number, sandbox.execute(&kinds::program(number).0)?.verdict));
        }
    };
    let mut found = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..parallel).map(|_| scope.spawn(work)).collect();
        let mut found = Vec::new();
        for thread in threads {
            found.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
        Ok::<_, Error>(found)
    })?;
    found.sort_by_key(|(number, _)| *number);
    println!("{count} programs, {parallel} at once: {:.1} s", begun.elapsed().as_secs_f64());
    Ok(found.into_iter().map(|(_, verdict)| verdict).collect())
}
