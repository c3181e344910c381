//! The built pages, which are part of the program.

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// The files by path: type and content. They are built from `web/` and committed, so that a build needs no Node.
const FILES: [(&str, &str, &[u8]); 4] = [
    ("/", "text/html; charset=utf-8", include_bytes!("../assets/index.html")),
    ("/app.js", "text/javascript; charset=utf-8", include_bytes!("../assets/app.js")),
    ("/app.css", "text/css; charset=utf-8", include_bytes!("../assets/app.css")),
    ("/icon.svg", "image/svg+xml", include_bytes!("../assets/icon.svg")),
];

/// The file at this path.
pub fn asset(path: &str) -> Option<Response> {
    let (_, content_type, bytes) = FILES.iter().find(|(known, _, _)| *known == path)?;
    let headers = [(header::CONTENT_TYPE, *content_type), (header::CACHE_CONTROL, "no-cache")];
    Some((headers, *bytes).into_response())
}
