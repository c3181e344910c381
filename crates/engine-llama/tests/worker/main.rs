//! A worker with llama.cpp and nothing else, for tests: the whole program takes minutes longer to build.

use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args_os().collect();
    evalscope_engine_llama::entry(&words).unwrap_or(ExitCode::FAILURE)
}
