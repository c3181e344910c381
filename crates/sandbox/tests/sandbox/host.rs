//! What the host does to a sandbox is nobody's verdict.

use crate::support::{self, LAUNCHER, execute, options, path, request, script};
use evalscope_core::ExecutionVerdict::{Passed, RuntimeError};
use evalscope_sandbox::Sandbox;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// A sandbox for one program at a time, whose processes are known by the launcher's path.
fn own() -> Option<(Sandbox, PathBuf, tempfile::TempDir)> {
    support::sandbox()?;
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("launcher-itself");
    fs::copy(LAUNCHER, &copy).unwrap();
    let script = script(folder.path(), &format!("exec {} \"$@\"", copy.display()));
    let options = evalscope_sandbox::SandboxOptions { parallel: 1, ..options(&script, path()) };
    Some((Sandbox::open(options).unwrap(), copy, folder))
}

/// Number, parent's number and program of every process.
fn processes() -> Vec<(u32, u32, PathBuf)> {
    let describe = |folder: PathBuf| {
        let stat = fs::read_to_string(folder.join("stat")).ok()?;
        let parent = stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(1)?.parse().ok()?;
        let words = fs::read(folder.join("cmdline")).ok()?;
        let program = String::from_utf8_lossy(words.split(|byte| *byte == 0).next()?).into_owned();
        Some((folder.file_name()?.to_str()?.parse().ok()?, parent, program.into()))
    };
    fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| describe(entry.path())).collect()
}

/// Init and, when there are such, the warm interpreter and the program's process.
fn generations(launcher: &Path) -> Vec<u32> {
    let all = processes();
    let child_of = |wanted: u32| all.iter().find(|(_, parent, _)| *parent == wanted).map(|found| found.0);
    let own: Vec<_> = all.iter().filter(|(_, _, program)| program == launcher).collect();
    let init = own.iter().find(|(_, parent, _)| own.iter().any(|(number, _, _)| number == parent));
    std::iter::successors(init.map(|init| init.0), |last| child_of(*last)).collect()
}

/// Waits until there are so many generations.
fn wait_for(launcher: &Path, count: usize) -> Vec<u32> {
    let begun = Instant::now();
    loop {
        let found = generations(launcher);
        if found.len() == count {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{found:?}");
        std::thread::yield_now();
    }
}

fn signal(name: &str, process: u32) {
    assert!(Command::new("kill").args([name, &process.to_string()]).status().unwrap().success());
}

#[test]
fn an_interpreter_that_was_stopped_while_it_waited_costs_no_program() {
    let Some((sandbox, launcher, _folder)) = own() else { return };
    for program in ["pass".to_owned(), format!("{}\npass", "# long\n".repeat(100_000))] {
        execute(&sandbox, "pass");
        signal("-STOP", wait_for(&launcher, 2)[1]);
        let execution = execute(&sandbox, &program);
        assert_eq!(execution.verdict, Passed, "{execution:?}");
    }
}

#[test]
fn a_kill_from_outside_is_no_verdict_the_first_time() {
    let Some((sandbox, launcher, _folder)) = own() else { return };
    // It is there until it was found, also on a busy machine.
    let mut asked = request("import time\ntime.sleep(3)");
    asked.limits.wall_s = 30.0;
    let execute = || sandbox.execute(&asked).unwrap();
    for victim in 0..3 {
        let execution = std::thread::scope(|scope| {
            let run = scope.spawn(execute);
            signal("-KILL", wait_for(&launcher, 3)[victim]);
            run.join().unwrap()
        });
        assert_eq!(execution.verdict, Passed, "{victim}: {execution:?}");
    }
    let execution = std::thread::scope(|scope| {
        let run = scope.spawn(execute);
        let first = wait_for(&launcher, 3);
        signal("-KILL", first[2]);
        let second = loop {
            let found = wait_for(&launcher, 3);
            if found[0] != first[0] {
                break found;
            }
        };
        signal("-KILL", second[2]);
        run.join().unwrap()
    });
    assert_eq!(execution.verdict, RuntimeError, "{execution:?}");
}

#[test]
fn a_caller_with_the_number_of_nobody_is_served() {
    let Some((sandbox, _folder)) = support::user(65534) else { return };
    let execution = execute(&sandbox, "import os\nassert os.getuid() == 0");
    assert_eq!(execution.verdict, Passed, "{execution:?}");
}

#[test]
fn input_that_does_not_fit_is_an_error_and_no_verdict() {
    let Some(sandbox) = support::sandbox() else { return };
    let mut asked = request("pass");
    asked.limits.disk_mb = 1;
    asked.stdin = "x".repeat(3 << 20);
    let error = sandbox.execute(&asked).err().unwrap().to_string();
    assert!(error.contains("refuses to run programs: the program"), "{error}");
}
