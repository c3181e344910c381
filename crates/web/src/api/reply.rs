//! How a request is answered: work that reads files has its own thread.

use crate::app::App;
use crate::error::Error;
use axum::Json;
use std::sync::Arc;

/// Does the work where it may wait for the disk.
pub async fn blocking<T: Send + 'static>(
    app: Arc<App>,
    work: impl FnOnce(&App) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let joined = tokio::task::spawn_blocking(move || work(&app)).await;
    joined.map_err(|error| Error::Internal { message: format!("the request was not worked on: {error}") })?
}

/// The same as JSON.
pub async fn json<T: Send + 'static>(
    app: Arc<App>,
    work: impl FnOnce(&App) -> Result<T, Error> + Send + 'static,
) -> Result<Json<T>, Error> {
    blocking(app, work).await.map(Json)
}
