//! How long a call may take, and what it does beside the threads of async work.

use crate::failures::died;
use crate::tokenizer::Tokenizer;
use evalscope_core::{CallFailure, FailureKind};
use evalscope_model_api::CallContext;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// Bytes that are worked on where they are: to tokenize them takes some two milliseconds, and to hand them over up to 0.15.
const FEW_BYTES: usize = 4 << 10;
/// Longer texts at a time: tokenizing one takes some 75 times its bytes of memory.
static LONG_TEXTS: Semaphore = Semaphore::const_new(2);

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

    /// What the work brings, as long as the call goes on.
    pub(crate) async fn within<T>(
        &self,
        work: impl Future<Output = Result<T, CallFailure>>,
    ) -> Result<T, CallFailure> {
        tokio::select! {
            biased;
            () = self.context.cancel.cancelled() => Err(self.cancelled()),
            done = work => done,
            () = tokio::time::sleep(self.left()) => Err(self.timed_out()),
        }
    }
}

/// Has the tokenizer do something with so many bytes: on a thread that may wait when it is another program.
pub(crate) async fn encoded<T: Send + 'static>(
    tokenizer: &Arc<Tokenizer>,
    bytes: usize,
    work: impl FnOnce(&Tokenizer) -> Result<T, CallFailure> + Send + 'static,
) -> Result<T, CallFailure> {
    let tokenizer = tokenizer.clone();
    let is_outside = tokenizer.is_outside();
    let work = move || work(&tokenizer);
    if is_outside { aside(work).await } else { worked(bytes, work).await }
}

/// Does something with so many bytes: here when they are few, or else aside, so that nobody waits who shares this thread.
pub(crate) async fn worked<T: Send + 'static>(
    bytes: usize,
    work: impl FnOnce() -> Result<T, CallFailure> + Send + 'static,
) -> Result<T, CallFailure> {
    if bytes <= FEW_BYTES {
        return work();
    }
    let turn = LONG_TEXTS.acquire().await.map_err(|_| died())?;
    let work = move || {
        // Kept to the end, whoever has given up on it.
        let _turn = turn;
        work()
    };
    aside(work).await
}

async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, CallFailure> + Send + 'static,
) -> Result<T, CallFailure> {
    tokio::task::spawn_blocking(work).await.map_err(|_| died())?
}
