//! Makes the connections that a stage will use, so that no request waits for one. Those that cannot be made are tried again
//! by the requests, and counted there.

use crate::load::shared::Shared;
use crate::load::stage::Shape;
use std::rc::Rc;
use tokio::task::JoinSet;

/// Connections that are made at the same time before a stage: a server's queue for them is short.
const CONNECTING: usize = 64;
/// Connections that are made before an open loop without a cap.
const MOST_READY: f64 = 64.0;

/// Makes them.
pub async fn connect(shared: &Rc<Shared>) {
    let wanted = match shared.stage.shape {
        Shape::Closed { parallel, .. } => u64::from(parallel),
        Shape::Open { cap: Some(cap), .. } | Shape::Replay { cap: Some(cap), .. } => u64::from(cap),
        Shape::Replay { .. } => MOST_READY as u64,
        Shape::Open { rate, .. } => rate.rate.ceil().min(MOST_READY) as u64,
    };
    let wanted = wanted.min(shared.stage.most()) as usize;
    let made = |shared: Rc<Shared>| async move {
        let made = shared.connector.connect().await.ok();
        let is_made = made.is_some();
        shared.put_back(made);
        is_made
    };
    all(wanted, || made(Rc::clone(shared))).await;
}

/// Makes so many, until as many failed as are made at the same time: each of ten thousand that nobody answers would take
/// as long as a connection may.
async fn all<F: Future<Output = bool> + 'static>(wanted: usize, make: impl Fn() -> F) {
    let (mut making, mut left, mut failed) = (JoinSet::new(), wanted, 0);
    while failed < CONNECTING {
        while left > 0 && making.len() < CONNECTING {
            making.spawn_local(make());
            left -= 1;
        }
        match making.join_next().await {
            None => return,
            Some(made) => failed += usize::from(!made.unwrap_or(false)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// How many were tried of so many, where each of this number fails.
    fn tried(wanted: usize, failing: usize) -> usize {
        let tried = Rc::new(Cell::new(0_usize));
        let make = || {
            let tried = Rc::clone(&tried);
            async move {
                tried.set(tried.get() + 1);
                !tried.get().is_multiple_of(failing)
            }
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        tokio::task::LocalSet::new().block_on(&runtime, all(wanted, make));
        tried.get()
    }

    #[test]
    fn a_server_that_is_not_there_is_not_tried_for_ever() {
        assert!(tried(10_000, 1) < 2 * CONNECTING);
        assert_eq!(tried(20, 1), 20);
        assert_eq!(tried(1000, 50), 1000);
    }
}
