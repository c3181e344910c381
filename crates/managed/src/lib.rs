//! Starts model servers of other makers, waits until they serve, and ends them with every process that they started.
//!
//! Between us and a server stands a **keeper**: our own binary, started anew with a hidden first word ([`entry`]). It leads
//! a session of its own, so that Ctrl-C at a terminal reaches neither it nor the server, and on Linux it inherits every
//! process of the server whose parent has ended. It ends them all when we ask for it, and when we are gone: it holds one
//! end of a pipe whose other end closes with our process, however that ends (`kill -9`, a panic, the kernel out of memory).
//!
//! What holds: on Linux no process of the server outlives us, also one that has left the server's process group. When the
//! keeper itself is killed, the kernel kills the server, but not what the server had started. On other Unix systems the
//! processes of the server's group are ended, and one that has left the group is not.
//!
//! It knows nothing of models and protocols: that a server serves is that its health page answers with 200. Who asks it for
//! a first token tells [`Server::check`] what came.

mod error;
mod health;
mod kind;
mod log;
mod server;
mod word;

#[cfg(unix)]
mod keeper;
#[cfg(unix)]
mod processes;

pub use error::Error;
pub use kind::{Cuts, KINDS, ServerKind, Wanted};
pub use server::{Server, StartOptions};
pub use word::KEEPER_WORD;

use std::ffi::OsString;
use std::process::ExitCode;

/// Acts as keeper when `words`, the command line, ask for it. `main` calls this before anything else, while the process
/// has one thread; `None` means that the process is to do what it is for.
pub fn entry(words: &[OsString]) -> Option<ExitCode> {
    if words.get(1).is_none_or(|word| word != KEEPER_WORD) {
        return None;
    }
    #[cfg(unix)]
    return Some(keeper::run(words));
    #[cfg(not(unix))]
    Some(ExitCode::FAILURE)
}
