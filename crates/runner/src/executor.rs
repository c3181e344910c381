//! Carries out programs: hands them to whoever can run them apart from the host.

use evalscope_core::{CallFailure, ExecuteRequest, Execution, FailureKind, Outcome};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, oneshot};
use tokio_util::sync::CancellationToken;

/// How often a host that has no thread to give is asked again, and after what pause: a minute in all.
const BUSY_TRIES: u32 = 600;
const BUSY_PAUSE: Duration = Duration::from_millis(100);

/// Runs one program and waits for its end.
type Run = dyn Fn(&ExecuteRequest) -> Result<Execution, CallFailure> + Send + Sync;

/// Runs programs apart from the host, so many at once.
#[derive(Clone)]
pub struct Executor {
    run: Arc<Run>,
    places: Arc<Semaphore>,
}

impl Executor {
    /// At most `parallel` threads call `run` at once.
    pub fn new(
        parallel: usize,
        run: impl Fn(&ExecuteRequest) -> Result<Execution, CallFailure> + Send + Sync + 'static,
    ) -> Executor {
        Executor { run: Arc::new(run), places: Arc::new(Semaphore::new(parallel.max(1))) }
    }

    /// Waits for a place, then runs the program on a thread where waiting hurts nobody. The thread keeps the place, whoever
    /// still waits for it. It is none of the runtime's, which at its end would wait for the program: a launcher ends with
    /// this process.
    async fn call(&self, request: &ExecuteRequest) -> Result<Execution, CallFailure> {
        let unsupported = |message: String| CallFailure::new(FailureKind::Unsupported, message);
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = Arc::new(place.map_err(|error| unsupported(error.to_string()))?);
        let request = Arc::new(request.clone());
        let mut tries = 0;
        let told = loop {
            let (tell, told) = oneshot::channel();
            let (run, request, place) = (Arc::clone(&self.run), Arc::clone(&request), Arc::clone(&place));
            let work = move || {
                let _place = place;
                let _ = tell.send(run(&request));
            };
            match std::thread::Builder::new().spawn(work) {
                Ok(_) => break told,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock && tries < BUSY_TRIES => {
                    tries += 1;
                    tokio::time::sleep(BUSY_PAUSE).await;
                }
                Err(error) => return Err(unsupported(error.to_string())),
            }
        };
        drop(place);
        told.await.unwrap_or_else(|error| Err(unsupported(error.to_string())))
    }
}

/// Runs a program; an abort is waited for as well.
pub(crate) async fn execute(
    executor: Option<&Executor>,
    request: &ExecuteRequest,
    abort: &CancellationToken,
) -> Result<Outcome, CallFailure> {
    let executor = executor.ok_or_else(absent)?;
    tokio::select! {
        biased;
        () = abort.cancelled() => Err(CallFailure::new(FailureKind::Cancelled, "the run was aborted")),
        ran = executor.call(request) => ran.map(Outcome::Execution),
    }
}

/// Why a program is not run where there is nobody to run it.
pub(crate) fn absent() -> CallFailure {
    CallFailure::new(FailureKind::Unsupported, "there is no sandbox for programs")
}

#[cfg(test)]
mod tests {
    use super::*;
    use evalscope_core::Limits;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Mutex, mpsc};

    fn request() -> ExecuteRequest {
        let limits = Limits::default();
        ExecuteRequest { language: "python".into(), program: String::new(), stdin: String::new(), limits }
    }

    #[test]
    fn an_abort_is_heeded_while_a_program_runs_and_while_one_waits() {
        let (finish, finished) = mpsc::channel::<()>();
        let finished = Mutex::new(finished);
        let begun = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&begun);
        let executor = Executor::new(1, move |_| {
            count.fetch_add(1, Ordering::SeqCst);
            let _ = finished.lock().unwrap().recv();
            Err(absent())
        });
        let abort = CancellationToken::new();
        let asked = request();
        let run = || execute(Some(&executor), &asked, &abort);
        let end = async {
            while begun.load(Ordering::SeqCst) == 0 {
                tokio::task::yield_now().await;
            }
            abort.cancel();
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (first, second, ()) = runtime.block_on(async { tokio::join!(run(), run(), end) });
        let third = runtime.block_on(run());
        // Does not wait for the program either.
        drop(runtime);
        for outcome in [first, second, third] {
            assert_eq!(outcome.err().unwrap().kind, FailureKind::Cancelled);
        }
        assert_eq!(begun.load(Ordering::SeqCst), 1);
        drop(finish);
    }
}
