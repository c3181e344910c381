//! Many rounds of the same work on all cores. Each round knows its number, so that threads change nothing.

use std::thread;

/// One value for each round, in order.
pub(crate) fn rounds<T: Send>(count: usize, round: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(count.max(1));
    let share = count.div_ceil(threads.max(1)).max(1);
    let parts: Vec<Vec<T>> = thread::scope(|scope| {
        let round = &round;
        let work = |first: usize| {
            let last = (first + share).min(count);
            scope.spawn(move || (first..last).map(round).collect::<Vec<T>>())
        };
        let working: Vec<_> = (0..count).step_by(share).map(work).collect();
        working
            .into_iter()
            .map(|part| part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    parts.into_iter().flatten().collect()
}
