//! Workers that do what no worker of ours does.

use crate::process::{Fall, Launch, Process};
use crate::protocol::{Mode, Open, Request, Role};
use crate::stamp::Stamp;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

/// A program of these shell lines is asked something long; how that fails.
fn fall(lines: &str, variables: &[(&str, &str)]) -> (Fall, Duration) {
    let folder = tempfile::tempdir().unwrap();
    let launcher = folder.path().join("worker");
    let text = folder.path().join("text");
    std::fs::write(&text, format!("#!/bin/sh\n{lines}\n")).unwrap();
    std::fs::set_permissions(&text, std::fs::Permissions::from_mode(0o755)).unwrap();
    // Another process writes it: what this one writes, a child of another thread may hold open, and then it cannot be run.
    assert!(std::process::Command::new("cp").arg(text).arg(&launcher).status().unwrap().success());
    let stamp = Stamp::of(&launcher).unwrap();
    let path = [("PATH", "/usr/bin:/bin")];
    let variables = path.iter().chain(variables);
    let environment = variables.map(|(name, value)| (name.into(), value.into())).collect();
    let launch = Launch { launcher: launcher.clone(), environment, stamp };
    let open = Open {
        path: launcher,
        role: Role::Compute,
        threads: 1,
        context: None,
        sequences: 1,
        rows: 1,
        mode: Mode::Strict,
        gpu_layers: None,
    };
    let mut process = Process::start(&launch, &open).unwrap();
    let begun = Instant::now();
    let asked = Request::Tokenize("x".repeat(1 << 20));
    let fall = process.ask(&asked, Duration::from_secs(2)).unwrap_err();
    drop(process);
    (fall, begun.elapsed())
}

#[test]
fn one_that_does_not_read_is_given_up_in_time() {
    let (fall, took) = fall("exec sleep 100", &[]);
    assert!(fall.how.contains("no answer in time"), "{fall:?}");
    assert!(took < Duration::from_secs(20), "{took:?}");
}

#[test]
fn callers_decide_how_threads_wait() {
    let (ours, _) = fall("echo \"$OMP_WAIT_POLICY $GOMP_SPINCOUNT\" >&2; exit 3", &[]);
    assert_eq!(ours.said(), "passive 1000");
    let (theirs, _) =
        fall("echo \"$OMP_WAIT_POLICY $GOMP_SPINCOUNT\" >&2; exit 3", &[("GOMP_SPINCOUNT", "0")]);
    assert_eq!(theirs.said(), "passive 0");
}

#[test]
fn what_it_started_ends_with_it() {
    // It holds all pipes of its parent.
    let (fall, took) = fall("sleep 100 &\necho error: it began >&2\ncat >/dev/null\nwait", &[]);
    assert!(fall.how.contains("no answer in time"), "{fall:?}");
    assert_eq!(fall.said(), "error: it began");
    // Not as long as what holds the pipes is waited for at most.
    assert!(took < Duration::from_millis(6_500), "{took:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn what_has_left_its_group_is_not_waited_for() {
    let (fall, took) = fall("setsid sleep 30 &\necho error: it left >&2\nsleep 0.2\nexit 3", &[]);
    assert_eq!(fall.said(), "error: it left");
    assert!(took < Duration::from_secs(20), "{took:?}");
}

#[test]
fn a_line_without_an_end_is_cut() {
    let (fall, _) = fall("head -c 20000000 /dev/zero | tr '\\0' x >&2\nexit 3", &[]);
    assert_eq!(fall.lines.len(), 1);
    assert_eq!(fall.lines[0], "x".repeat(300));
}
