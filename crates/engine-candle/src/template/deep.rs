//! Room for values that a hostile template nests as deeply as its fuel lets it: dropping them takes a call for each.

use std::thread::Builder;

/// Bytes of stack. Only what is used of them is ever taken from the machine.
const STACK: usize = 1 << 30;

/// Does the work on a stack of its own.
pub(super) fn with_room<T: Send>(work: impl FnOnce() -> Result<T, String> + Send) -> Result<T, String> {
    std::thread::scope(|scope| {
        let thread = Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        let thread = thread.map_err(|error| format!("no thread can be started for it: {error}"))?;
        thread.join().unwrap_or_else(|_| Err("it cannot be rendered".to_owned()))
    })
}
