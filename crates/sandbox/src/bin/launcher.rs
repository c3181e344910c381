//! The launcher as a program of its own. The `evalscope` command does not need it: it starts itself anew.

use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<std::ffi::OsString> = std::env::args_os().collect();
    evalscope_sandbox::entry(&words).unwrap_or(ExitCode::FAILURE)
}
