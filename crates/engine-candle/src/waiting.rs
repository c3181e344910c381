//! How long a call may take, and what it does beside the threads of async work.

use crate::failures::died;
use crate::tokenizer::Tokenizer;
use evalscope_core::{CallFailure, FailureKind};
use evalscope_model_api::CallContext;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A call that has begun: it ends when it is cancelled or when its time is over.
pub(crate) struct Call<'a> {
    pub(crate) context: &'a CallContext,
    begun: Instant,
}

impl<'a> Call<'a> {
    pub(crate) fn begin(context: &'a CallContext) -> Self {
        Call { context, begun: Instant::now() }
    }

    /// Time that it still has.
    pub(crate) fn left(&self) -> Duration {
        self.context.timeout.saturating_sub(self.begun.elapsed())
    }

    pub(crate) fn cancelled(&self) -> CallFailure {
        CallFailure::new(FailureKind::Cancelled, "the call was cancelled")
    }

    pub(crate) fn timed_out(&self) -> CallFailure {
        let message = format!("no answer within {} s", self.context.timeout.as_secs_f64());
        CallFailure::new(FailureKind::Timeout, message)
    }

    /// Has the tokenizer do something, as [`encoded`] does, as long as the call goes on.
    pub(crate) async fn encoded<T: Send + 'static>(
        &self,
        tokenizer: &Arc<Tokenizer>,
        work: impl FnOnce(&Tokenizer) -> Result<T, CallFailure> + Send + 'static,
    ) -> Result<T, CallFailure> {
        tokio::select! {
            biased;
            () = self.context.cancel.cancelled() => Err(self.cancelled()),
            done = encoded(tokenizer, work) => done,
            () = tokio::time::sleep(self.left()) => Err(self.timed_out()),
        }
    }
}

/// Has the tokenizer do something: here when it is ours, and on a thread that may wait when it is another program.
pub(crate) async fn encoded<T: Send + 'static>(
    tokenizer: &Arc<Tokenizer>,
    work: impl FnOnce(&Tokenizer) -> Result<T, CallFailure> + Send + 'static,
) -> Result<T, CallFailure> {
    if !tokenizer.is_outside() {
        return work(tokenizer);
    }
    let tokenizer = tokenizer.clone();
    tokio::task::spawn_blocking(move || work(&tokenizer)).await.map_err(|_| died())?
}
