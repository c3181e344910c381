//! From what was seen of a program to its verdict.

use super::watch::Seen;
use crate::wire::Inside;
use evalscope_core::{Execution, ExecutionVerdict, Isolation, Limits};

/// The signals with which the kernel says that CPU time is used up: a limit's, and that of a timer which a program's own tests
/// set for each of them.
const TIME_IS_UP: [i32; 2] = [24, 27];
/// The signal with which a host that runs out of memory ends processes.
const KILL: i32 = 9;

/// What became of a program.
pub fn execution(seen: Seen, limits: &Limits, isolation: Isolation) -> Execution {
    let (exit_code, signal) = match &seen.end {
        Some(Inside::Ran { code, signal, .. } | Inside::Ended { code, signal }) => (*code, *signal),
        _ => (None, None),
    };
    Execution {
        verdict: verdict(&seen, limits),
        exit_code,
        signal,
        stdout: String::from_utf8_lossy(&seen.output).into_owned(),
        stderr: String::from_utf8_lossy(&seen.errors).into_owned(),
        cpu_s: seen.cpu_s,
        wall_s: seen.wall_s,
        memory_mb: seen.memory >> 20,
        isolation,
    }
}

/// Whether a program within its limits ended in a way that can be the host's doing: killed, or its interpreter, or init.
pub fn is_doubtful(seen: &Seen, limits: &Limits) -> bool {
    let can_be_the_hosts = match &seen.end {
        None | Some(Inside::Ran { signal: Some(KILL), .. } | Inside::Ended { signal: Some(KILL), .. }) => {
            true
        }
        Some(Inside::Ended { .. }) => seen.is_warm,
        _ => false,
    };
    can_be_the_hosts && broken(seen, limits).is_none()
}

/// A limit goes before what the program says of itself: it may have noticed the end of its time.
fn verdict(seen: &Seen, limits: &Limits) -> ExecutionVerdict {
    if let Some(broke) = broken(seen, limits) {
        return broke;
    }
    match &seen.end {
        Some(Inside::Ran { signal: Some(signal), .. } | Inside::Ended { signal: Some(signal), .. })
            if TIME_IS_UP.contains(signal) =>
        {
            ExecutionVerdict::Timeout
        }
        Some(Inside::Ran { said: Some(said), code, .. }) => said_verdict(said, *code),
        // An interpreter that ended has run nothing to its end.
        Some(Inside::Ended { .. }) if seen.is_warm => ExecutionVerdict::RuntimeError,
        Some(Inside::Ended { code: Some(0), .. }) => ExecutionVerdict::Passed,
        Some(Inside::Ended { .. }) if seen.building.is_some() => ExecutionVerdict::CompileError,
        // It ended early, or took its sandbox with it.
        _ => ExecutionVerdict::RuntimeError,
    }
}

/// The limit that it went over.
fn broken(seen: &Seen, limits: &Limits) -> Option<ExecutionVerdict> {
    let limits = seen.limits(limits);
    let is_late = seen.cpu_s > limits.cpu_s;
    let is_fat = seen.memory > limits.memory_mb << 20;
    let memory = is_fat.then_some(ExecutionVerdict::Memory);
    seen.broke.or(is_late.then_some(ExecutionVerdict::Timeout)).or(memory)
}

/// What the program's process said. It counts as passed only when the process ended as one does that said so.
fn said_verdict(said: &str, code: Option<i32>) -> ExecutionVerdict {
    match said {
        "passed" if code == Some(0) => ExecutionVerdict::Passed,
        "failed" => ExecutionVerdict::Failed,
        "memory" => ExecutionVerdict::Memory,
        "compile_error" => ExecutionVerdict::CompileError,
        _ => ExecutionVerdict::RuntimeError,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(said: Option<&str>, signal: Option<i32>) -> Option<Inside> {
        let said = said.map(str::to_owned);
        let code = signal.is_none().then_some(0);
        Some(Inside::Ran { code, signal, said, cpu_s: 0.0, memory_kb: 0, is_clean: true })
    }

    #[test]
    fn limits_go_before_words() {
        let limits = Limits::default();
        let judge = |seen: Seen| verdict(&seen, &limits);
        assert_eq!(
            judge(Seen { end: ran(Some("passed"), None), ..Seen::default() }),
            ExecutionVerdict::Passed
        );
        let late = Seen { end: ran(Some("passed"), None), cpu_s: limits.cpu_s + 0.01, ..Seen::default() };
        assert_eq!(judge(late), ExecutionVerdict::Timeout);
        let fat = Seen { end: ran(Some("passed"), None), memory: 2 << 30, ..Seen::default() };
        assert_eq!(judge(fat), ExecutionVerdict::Memory);
        for signal in TIME_IS_UP {
            let up = Seen { end: ran(None, Some(signal)), ..Seen::default() };
            assert_eq!(judge(up), ExecutionVerdict::Timeout);
        }
    }

    #[test]
    fn a_build_has_its_own_share_of_time() {
        let limits = Limits::default();
        let end = Some(Inside::Ended { code: Some(1), signal: None });
        let judge = |building| {
            verdict(
                &Seen { end: end.clone(), building, cpu_s: limits.cpu_s * 2.0, ..Seen::default() },
                &limits,
            )
        };
        assert_eq!(judge(Some(3.0)), ExecutionVerdict::CompileError);
        assert_eq!(judge(Some(1.0)), ExecutionVerdict::Timeout);
        assert_eq!(judge(None), ExecutionVerdict::Timeout);
    }

    #[test]
    fn an_end_without_a_word_is_no_pass() {
        let limits = Limits::default();
        let judge = |end| verdict(&Seen { end, ..Seen::default() }, &limits);
        assert_eq!(judge(ran(None, None)), ExecutionVerdict::RuntimeError);
        assert_eq!(judge(ran(Some("passed"), Some(6))), ExecutionVerdict::RuntimeError);
        let killed = Some(Inside::Ended { code: None, signal: Some(9) });
        assert_eq!(judge(killed), ExecutionVerdict::RuntimeError);
        assert_eq!(judge(Some(Inside::Ended { code: Some(0), signal: None })), ExecutionVerdict::Passed);
    }

    #[test]
    fn an_end_that_can_be_the_hosts_is_doubtful_and_one_over_a_limit_is_not() {
        let limits = Limits::default();
        let judge = |seen: Seen| is_doubtful(&seen, &limits);
        let ended = Some(Inside::Ended { code: Some(1), signal: None });
        assert!(judge(Seen::default()));
        assert!(judge(Seen { end: ran(None, Some(KILL)), ..Seen::default() }));
        assert!(judge(Seen { end: ended.clone(), is_warm: true, ..Seen::default() }));
        assert!(!judge(Seen { end: ended, ..Seen::default() }));
        assert!(!judge(Seen { end: ran(None, Some(6)), ..Seen::default() }));
        assert!(!judge(Seen { end: ran(None, Some(KILL)), cpu_s: 100.0, ..Seen::default() }));
    }
}
