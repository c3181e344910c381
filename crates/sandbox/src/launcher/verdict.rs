//! From what was seen of a program to its verdict.

use super::watch::Seen;
use crate::wire::Inside;
use evalscope_core::{Execution, ExecutionVerdict, Isolation, Limits};

/// The signal with which the kernel says that CPU time is used up.
const XCPU: i32 = 24;

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

/// A limit goes before what the program says of itself: it may have noticed the end of its time.
fn verdict(seen: &Seen, limits: &Limits) -> ExecutionVerdict {
    if let Some(broke) = seen.broke {
        return broke;
    }
    if seen.cpu_s > limits.cpu_s {
        return ExecutionVerdict::Timeout;
    }
    if seen.memory > limits.memory_mb << 20 {
        return ExecutionVerdict::Memory;
    }
    match &seen.end {
        Some(Inside::Ran { signal: Some(XCPU), .. } | Inside::Ended { signal: Some(XCPU), .. }) => {
            ExecutionVerdict::Timeout
        }
        Some(Inside::Ran { said: Some(said), .. }) => said_verdict(said),
        Some(Inside::Ended { code: Some(0), .. }) => ExecutionVerdict::Passed,
        Some(Inside::Ended { .. }) if seen.building => ExecutionVerdict::CompileError,
        // It ended early, or took its sandbox with it.
        _ => ExecutionVerdict::RuntimeError,
    }
}

fn said_verdict(said: &str) -> ExecutionVerdict {
    match said {
        "passed" => ExecutionVerdict::Passed,
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
        Some(Inside::Ran { code: None, signal, said, cpu_s: 0.0, memory_kb: 0, is_clean: true })
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
        assert_eq!(judge(Seen { end: ran(None, Some(XCPU)), ..Seen::default() }), ExecutionVerdict::Timeout);
    }

    #[test]
    fn an_end_without_a_word_is_no_pass() {
        let limits = Limits::default();
        let judge = |end| verdict(&Seen { end, ..Seen::default() }, &limits);
        assert_eq!(judge(ran(None, None)), ExecutionVerdict::RuntimeError);
        assert_eq!(judge(None), ExecutionVerdict::RuntimeError);
        let killed = Some(Inside::Ended { code: None, signal: Some(9) });
        assert_eq!(judge(killed), ExecutionVerdict::RuntimeError);
        assert_eq!(judge(Some(Inside::Ended { code: Some(0), signal: None })), ExecutionVerdict::Passed);
    }
}
