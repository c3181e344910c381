//! Carries out programs: hands them to whoever can run them apart from the host.

use evalscope_core::{CallFailure, ExecuteRequest, Execution, FailureKind, Outcome};
use std::sync::Arc;

/// Runs programs apart from the host; several threads call it at once.
pub type Executor = Arc<dyn Fn(&ExecuteRequest) -> Result<Execution, CallFailure> + Send + Sync>;

/// Runs a program, on a thread where waiting hurts nobody.
pub(crate) async fn execute(
    executor: Option<&Executor>,
    request: &ExecuteRequest,
) -> Result<Outcome, CallFailure> {
    let executor = Arc::clone(executor.ok_or_else(absent)?);
    let request = request.clone();
    let ran = tokio::task::spawn_blocking(move || executor(&request)).await;
    let ran = ran.unwrap_or_else(|error| Err(CallFailure::new(FailureKind::Unsupported, error.to_string())));
    ran.map(Outcome::Execution)
}

/// Why a program is not run where there is nobody to run it.
pub(crate) fn absent() -> CallFailure {
    CallFailure::new(FailureKind::Unsupported, "there is no sandbox for programs")
}
