//! The built pages as replies.

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// The file at this path.
pub fn asset(path: &str) -> Option<Response> {
    let file = evalscope_page::asset(path)?;
    let headers = [(header::CONTENT_TYPE, file.content_type), (header::CACHE_CONTROL, "no-cache")];
    Some((headers, file.bytes).into_response())
}
