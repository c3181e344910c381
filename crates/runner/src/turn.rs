//! A call's turn at its model's endpoints, given up when the run stops: a call that waits is not in flight.

use crate::pace::Pacer;
use async_trait::async_trait;
use evalscope_model_api::{Pace, Turn};
use std::sync::Arc;
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
    async fn turn(self: Arc<Self>) -> Box<dyn Turn> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => {}
            turn = Arc::clone(&self.pace).turn() => return turn,
        }
        self.end.cancel();
        // The call ends instead.
        std::future::pending().await
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
}
