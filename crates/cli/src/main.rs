//! The `evalscope` command: reads arguments and the environment, calls the façade, prints.

mod arguments;
mod commands;
mod environment;
mod output;
mod progress;
mod pull_progress;

use clap::Parser;
use std::process::ExitCode;

// The system's allocator costs a fifth more CPU per sample (`benches/pipeline.sh`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = arguments::Cli::parse();
    match commands::dispatch(arguments) {
        Ok(code) => output::checked(code),
        Err(failure) => failure.print(),
    }
}
