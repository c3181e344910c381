//! Programs that are to be run, and what became of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A program with everything that decides what becomes of it. Its tests are part of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExecuteRequest {
    /// The language, by the name that the sandbox knows it by.
    pub language: String,
    /// Its text.
    pub program: String,
    /// What it reads on standard input.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stdin: String,
    /// What it may use.
    pub limits: Limits,
}

/// What a program may use.
///
/// CPU time decides between a slow program and a quick one, so that a busy host changes no verdict. Wall time only ends
/// what waits for ever; time in which the program was ready and other work had the processor does not count.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// CPU time of the program and all its children, in seconds.
    pub cpu_s: f64,
    /// Time on the clock, in seconds.
    pub wall_s: f64,
    /// Memory of all its processes together, in MB.
    pub memory_mb: u64,
    /// Bytes on standard output and standard error together, in kB.
    pub output_kb: u64,
    /// Processes and threads.
    pub processes: u64,
    /// Files open at once in one process.
    pub open_files: u64,
    /// Bytes that all its files may hold, in MB.
    pub disk_mb: u64,
}

impl Default for Limits {
    /// Enough for the programs of the usual benchmarks.
    fn default() -> Self {
        Limits {
            cpu_s: 10.0,
            wall_s: 30.0,
            memory_mb: 1024,
            output_kb: 1024,
            processes: 32,
            open_files: 256,
            disk_mb: 64,
        }
    }
}

/// What became of a program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Execution {
    /// In one word.
    pub verdict: ExecutionVerdict,
    /// Its exit code, when it ended by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// The signal that ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
    /// The end of what it wrote on standard output.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stdout: String,
    /// The end of what it wrote on standard error.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stderr: String,
    /// CPU time that it used, in seconds.
    #[serde(default)]
    pub cpu_s: f64,
    /// Time on the clock, in seconds.
    #[serde(default)]
    pub wall_s: f64,
    /// Memory that its processes had together at most, as far as seen, in MB.
    #[serde(default)]
    pub memory_mb: u64,
    /// What stood between the program and the host.
    pub isolation: Isolation,
}

/// What became of a program, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExecutionVerdict {
    /// It came to its end, tests included.
    Passed,
    /// A test of it failed.
    Failed,
    /// It used more time than it may.
    Timeout,
    /// It used more memory than it may.
    Memory,
    /// It wrote more than it may.
    OutputLimit,
    /// It broke off: an exception, a signal, an exit before its end.
    RuntimeError,
    /// It is not valid in its language, or did not build.
    CompileError,
    /// It was not run.
    NotExecuted,
}

impl ExecutionVerdict {
    /// The word in files and on screen.
    pub fn word(self) -> &'static str {
        match self {
            ExecutionVerdict::Passed => "passed",
            ExecutionVerdict::Failed => "failed",
            ExecutionVerdict::Timeout => "timeout",
            ExecutionVerdict::Memory => "memory",
            ExecutionVerdict::OutputLimit => "output_limit",
            ExecutionVerdict::RuntimeError => "runtime_error",
            ExecutionVerdict::CompileError => "compile_error",
            ExecutionVerdict::NotExecuted => "not_executed",
        }
    }
}

/// What stands between a program and the host, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    /// Namespaces, a root of its own, Landlock, a system call filter, limits.
    #[default]
    Full,
    /// The same without Landlock.
    Namespaces,
}

impl Isolation {
    /// The word in files and on screen.
    pub fn word(self) -> &'static str {
        match self {
            Isolation::Full => "full",
            Isolation::Namespaces => "namespaces",
        }
    }
}
