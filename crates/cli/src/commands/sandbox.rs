//! `evalscope sandbox run`: a command, apart from this machine.

use crate::arguments::{SandboxCommand, SandboxName, SandboxRunArguments};
use crate::environment;
use crate::output::{self, Failure};
use evalscope::ArgumentError;
use evalscope::core::{Execution, ExecutionVerdict, Limits};
use evalscope::sandbox::Program;
use std::io::Read;
use std::path::{Component, Path};
use std::process::ExitCode;

/// Bytes of one file at most: the sandbox's own disk is no larger.
const LARGEST_FILE: u64 = 64 << 20;
/// Exit code of a program that broke a limit, as `timeout` has it.
const LIMIT: u8 = 124;
/// What is added to the number of the signal that ended a program, as shells do.
const SIGNALLED: i32 = 128;

pub fn run(command: SandboxCommand) -> Result<ExitCode, Failure> {
    let SandboxCommand::Run(arguments) = command;
    let program = Program {
        files: files(&arguments)?,
        stdin: stdin(&arguments)?,
        words: arguments.words,
        visible: Vec::new(),
        limits: Limits {
            cpu_s: arguments.cpu,
            wall_s: arguments.wall,
            memory_mb: arguments.memory,
            output_kb: arguments.output,
            processes: arguments.processes,
            ..Limits::default()
        },
    };
    let isolation = SandboxName::isolation(arguments.sandbox);
    let execution = evalscope::run_program(&program, isolation, &environment::read(false))?;
    if arguments.json {
        output::json(&execution);
    } else {
        output::raw(&execution.stdout, &execution.stderr);
        say_verdict(&execution);
    }
    Ok(output::checked(exit_code(&execution)))
}

/// The files that are named, and those of this folder that the command names.
fn files(arguments: &SandboxRunArguments) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let is_below =
        |path: &Path| path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    let words = arguments.words.iter().skip(1).map(Path::new).filter(|path| is_below(path) && path.is_file());
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for path in arguments.file.iter().map(AsRef::as_ref).chain(words) {
        let name = path.to_string_lossy().into_owned();
        if files.iter().any(|(known, _)| *known == name) {
            continue;
        }
        let unusable = |why: String| ArgumentError::new(format!("{}: {why}", path.display()));
        let size = path.metadata().map_err(|error| unusable(format!("cannot be read: {error}")))?.len();
        if size > LARGEST_FILE {
            return Err(unusable("larger than the sandbox's disk of 64 MB".into()).into());
        }
        files
            .push((name, std::fs::read(path).map_err(|error| unusable(format!("cannot be read: {error}")))?));
    }
    Ok(files)
}

fn stdin(arguments: &SandboxRunArguments) -> Result<String, ArgumentError> {
    let mut text = String::new();
    if arguments.stdin {
        let mut input = std::io::stdin().lock().take(LARGEST_FILE);
        let read = input.read_to_string(&mut text);
        read.map_err(|error| ArgumentError::new(format!("standard input cannot be read: {error}")))?;
    }
    Ok(text)
}

fn say_verdict(execution: &Execution) {
    if execution.verdict == ExecutionVerdict::Passed {
        return;
    }
    output::note(&format!(
        "{}: {:.2} s of CPU time, {:.2} s on the clock, {} MB",
        execution.verdict.word(),
        execution.cpu_s,
        execution.wall_s,
        execution.memory_mb
    ));
}

fn exit_code(execution: &Execution) -> ExitCode {
    let code = match (execution.verdict, execution.exit_code, execution.signal) {
        (ExecutionVerdict::Timeout | ExecutionVerdict::Memory | ExecutionVerdict::OutputLimit, ..) => LIMIT,
        (_, Some(code), _) => u8::try_from(code).unwrap_or(u8::MAX),
        (_, _, Some(signal)) => u8::try_from(SIGNALLED + signal).unwrap_or(u8::MAX),
        _ => 1,
    };
    ExitCode::from(code)
}
