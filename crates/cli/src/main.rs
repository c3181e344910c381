//! The `evalscope` command: reads arguments and the environment, calls the façade, prints.

mod arguments;
mod command_line;
mod commands;
mod environment;
mod output;
mod progress;
mod pull_progress;

use std::process::ExitCode;

// The system's allocator costs a fifth more CPU per sample (`benches/pipeline.sh`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match command_line::read().and_then(commands::dispatch) {
        Ok(code) => output::checked(code),
        Err(failure) => failure.print(),
    }
}
