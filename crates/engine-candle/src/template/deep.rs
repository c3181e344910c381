//! Room for what a hostile template nests as deeply as it may, expressions or values: parsing and dropping them takes a
//! call for each.

use std::thread::Builder;

/// Bytes of stack, the first that the machine grants. Only what is used of them is ever taken.
const STACKS: [usize; 3] = [1 << 30, 1 << 28, 1 << 26];

/// Does the work on a stack of its own, or, where there is none to be had, on this one.
pub(super) fn with_room<T: Send>(work: impl Fn() -> Result<T, String> + Sync) -> Result<T, String> {
    std::thread::scope(|scope| {
        let start = |bytes| Builder::new().stack_size(bytes).spawn_scoped(scope, &work).ok();
        match STACKS.into_iter().find_map(start) {
            Some(thread) => thread.join().unwrap_or_else(|_| Err("it cannot be rendered".to_owned())),
            None => work(),
        }
    })
}
