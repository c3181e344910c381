//! The `evalscope` command: reads arguments and the environment, calls the façade, prints.

mod arguments;
mod command_line;
mod commands;
mod environment;
mod output;
mod perf_progress;
mod progress;
mod pull_progress;

use std::process::ExitCode;

// The system's allocator costs a fifth more CPU per sample (`benches/pipeline.sh`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // First of all, while this process has one thread: it may be meant as the launcher of a sandbox, as the keeper of
    // a server, or as a worker of llama.cpp.
    let words: Vec<std::ffi::OsString> = std::env::args_os().collect();
    let other = evalscope::sandbox::entry(&words).or_else(|| evalscope::keeper_entry(&words));
    #[cfg(feature = "local")]
    let other = other.or_else(|| evalscope::llama_entry(&words));
    if let Some(code) = other {
        return code;
    }
    match command_line::read().and_then(commands::dispatch) {
        Ok(code) => output::checked(code),
        Err(failure) => failure.print(),
    }
}
