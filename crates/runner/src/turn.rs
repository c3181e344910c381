//! A call's turn at its model's endpoints, given up when the run stops: a call that waits is not in flight.

use crate::pace::Pacer;
use async_trait::async_trait;
use evalscope_model_api::{Pace, Turn};
use std::sync::Arc;
use std::time::Instant;
use tokio_util::sync::CancellationToken;

/// The model's pace, as one call keeps to it.
pub(crate) struct Waiting {
    pub pace: Arc<Pacer>,
    /// No new calls after this.
    pub stop: CancellationToken,
    /// Ends this call.
    pub end: CancellationToken,
}

#[async_trait]
impl Pace for Waiting {
    async fn turn_besides(self: Arc<Self>, silent: &[usize]) -> Box<dyn Turn> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => {}
            turn = Arc::clone(&self.pace).turn_besides(silent) => return turn,
        }
        self.end.cancel();
        // The call ends instead.
        std::future::pending().await
    }

    fn was_silent(&self, endpoint: usize, began: Instant) {
        self.pace.was_silent(endpoint, began);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pace::PaceLimits;

    #[tokio::test(start_paused = true)]
    async fn a_call_that_waits_ends_when_the_run_stops_and_one_in_flight_does_not() {
        let limits = PaceLimits {
            initial: 1,
            most: 1,
            calls_per_minute: None,
            tokens_per_minute: None,
            weights: vec![1.0],
        };
        let (pace, stop) = (Pacer::new(limits), CancellationToken::new());
        let call = || {
            let end = CancellationToken::new();
            (Arc::new(Waiting { pace: Arc::clone(&pace), stop: stop.clone(), end: end.clone() }), end)
        };
        let ((first, first_end), (second, second_end)) = (call(), call());
        let turn = first.turn().await;
        let waiting = tokio::spawn(second.turn());
        tokio::task::yield_now().await;
        stop.cancel();
        second_end.cancelled().await;
        assert!(!first_end.is_cancelled() && !waiting.is_finished());
        turn.ended(Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_hears_of_silent_endpoints_and_tells_of_them() {
        let limits = PaceLimits {
            initial: 8,
            most: 8,
            calls_per_minute: None,
            tokens_per_minute: None,
            weights: vec![1.0, 1.0],
        };
        let pace = Pacer::new(limits);
        let call = || {
            let (stop, end) = (CancellationToken::new(), CancellationToken::new());
            Arc::new(Waiting { pace: Arc::clone(&pace), stop, end })
        };
        for silent in [0, 1] {
            // Three in flight: the silent one may well be the least loaded.
            let (_one, _other) = (call().turn().await, call().turn().await);
            assert_eq!(call().turn_besides(&[silent]).await.endpoint(), 1 - silent);
        }
        let now = tokio::time::Instant::now().into_std();
        (0..3).for_each(|_| call().was_silent(1, now));
        for _ in 0..4 {
            let turn = call().turn().await;
            assert_eq!(turn.endpoint(), 0, "the silent one is left alone");
            turn.ended(Ok(()));
        }
    }
}
