//! Runs programs that nobody vouches for, apart from the host: no daemon, no image, no privileges.
//!
//! Three processes stand between the caller and a program:
//!
//! 1. the **launcher**: our own binary, started anew with a hidden first word ([`entry`]). It has one thread, so that it may
//!    divide itself; it makes the namespaces, watches time, memory and output from outside, and kills;
//! 2. the **init**: the first process of the new pid namespace. It builds a root of its own on a tmpfs and holds nothing
//!    else; when it dies, the kernel kills every process that the program started;
//! 3. the **program**, without capabilities, behind Landlock and a system call filter, with its limits set.
//!
//! Python programs are run by a warm interpreter inside the sandbox, which has the usual modules loaded and divides itself
//! for every program. A program that leaves a file or a process behind costs the whole sandbox, which is then made anew, so
//! that none sees another's traces.
//!
//! ```no_run
//! use evalscope_core::{ExecuteRequest, Limits};
//! use evalscope_sandbox::{Sandbox, SandboxOptions};
//!
//! let sandbox = Sandbox::open(SandboxOptions::new("/usr/bin/evalscope".into(), vec!["/usr/bin".into()]))?;
//! let execution = sandbox.execute(&ExecuteRequest {
//!     language: "python".into(),
//!     program: "assert 1 + 1 == 2".into(),
//!     stdin: String::new(),
//!     limits: Limits::default(),
//! })?;
//! # Ok::<(), evalscope_sandbox::Error>(())
//! ```
//!
//! It never runs a program with less than was asked for: where the kernel does not help, [`Sandbox::open`] fails and says
//! what to enable. It does not guard against faults of the kernel itself.

mod busy;
mod error;
mod frame;
mod java;
mod language;
mod machine;
mod own;
mod pool;
mod sandbox;
mod toolchain;
mod wire;
mod worker;

#[cfg(target_os = "linux")]
mod init;
#[cfg(target_os = "linux")]
mod launcher;
#[cfg(target_os = "linux")]
mod system;

pub use error::{Error, Stage};
pub use language::{Language, languages};
pub use own::{Devices, confine_self};
pub use sandbox::{Program, Sandbox, SandboxOptions};
pub use toolchain::Toolchain;
pub use wire::Protection;

use std::ffi::OsString;
use std::process::ExitCode;

/// The first word behind the program's name with which a binary is asked to be the launcher.
pub const LAUNCHER_WORD: &str = "__sandbox-launcher";

/// Acts as launcher when `words`, the command line, ask for it. `main` calls this before anything else, while the process
/// has one thread; `None` means that the process is to do what it is for.
pub fn entry(words: &[OsString]) -> Option<ExitCode> {
    if words.get(1).is_none_or(|word| word != LAUNCHER_WORD) {
        return None;
    }
    #[cfg(target_os = "linux")]
    return Some(launcher::run());
    #[cfg(not(target_os = "linux"))]
    Some(ExitCode::FAILURE)
}
