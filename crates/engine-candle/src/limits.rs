//! What a caller may choose, within the limits of machine and model.

use crate::error::{Error, Result};
use crate::options::EngineOptions;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Threads at most; more only hides a broken number.
const MAX_THREADS: usize = 1024;

/// Refuses numbers that make no sense.
pub(crate) fn check(options: &EngineOptions) -> Result<()> {
    if options.max_batch == 0 {
        return Err(Error::Option { name: "max_batch", reason: "it cannot be 0".into() });
    }
    match options.threads {
        Some(threads) if !(1..=MAX_THREADS).contains(&threads) => {
            Err(Error::Option { name: "threads", reason: format!("it cannot be {threads}") })
        }
        _ => Ok(()),
    }
}

/// Threads that compute, as many as the machine has cores when nobody says.
pub(crate) fn thread_pool(threads: Option<usize>) -> Result<ThreadPool> {
    ThreadPoolBuilder::new()
        // 0 means as many as the machine has cores.
        .num_threads(threads.unwrap_or(0))
        .thread_name(|index| format!("engine-{index}"))
        .build()
        .map_err(|error| Error::Threads { reason: error.to_string() })
}

/// Tokens that are taken, of those that the model takes at most.
pub(crate) fn max_context(options: &EngineOptions, most: usize) -> Result<usize> {
    match options.max_context {
        None => Ok(most),
        Some(wanted) if (1..=most).contains(&wanted) => Ok(wanted),
        Some(wanted) => Err(Error::Option {
            name: "context",
            reason: format!("it cannot be {wanted}: the model takes 1 to {most} tokens"),
        }),
    }
}
