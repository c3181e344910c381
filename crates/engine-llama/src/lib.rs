//! The second local engine: llama.cpp, in processes of its own.
//!
//! It runs GGUF files of every architecture and quantisation that llama.cpp knows. What it computes is rows of logits;
//! scheduling, sampling, chat templates and scoring are those of the embedded engine (`evalscope-engine-candle`).
//!
//! llama.cpp is C++ and trusts its input: a bad model file can crash it, or worse. So it runs in **workers**, which are
//! the running binary started anew with a hidden first word ([`entry`]). A worker has no network, may read nothing but
//! the system's folders and the model's, may start no program, and sees none of the caller's environment, as far as the
//! system gives that to a process without privileges. When one ends before its time, the requests that it was computing
//! fail, and it is started anew, once: one that ends again before it has computed anything stays away.
//!
//! Everything but llama.cpp itself is here without the cargo feature `llama`; [`BUILT`] says whether that is there.

mod backend;
mod built;
mod error;
mod ledger;
mod listener;
#[cfg(feature = "llama")]
mod llama;
mod open;
mod options;
mod pipes;
mod prefixes;
mod process;
#[cfg(test)]
mod process_tests;
pub mod protocol;
mod said;
mod stamp;
mod supervised;
mod vocabulary;
mod worker;

pub use built::{BUILT, WORKER_WORD};
pub use error::Error;
pub use open::open;
pub use options::LlamaOptions;
pub use worker::{Computes, Opened, work};

use std::ffi::OsString;
use std::process::ExitCode;

/// Acts as worker when `words`, the command line, ask for it. `main` calls this before anything else, while the process
/// has one thread; `None` means that the process is to do what it is for.
pub fn entry(words: &[OsString]) -> Option<ExitCode> {
    if words.get(1).is_none_or(|word| word != WORKER_WORD) {
        return None;
    }
    #[cfg(feature = "llama")]
    return Some(worker::run(llama::open));
    #[cfg(not(feature = "llama"))]
    Some(ExitCode::FAILURE)
}
