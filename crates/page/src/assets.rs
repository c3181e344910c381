//! The built pages, which are part of the program. They are built from `web/` and committed, so that a build needs no Node.

/// The program of the pages.
pub const SCRIPT: &str = include_str!("../assets/app.js");
/// Its looks.
pub const STYLE: &str = include_str!("../assets/app.css");

/// A file of the pages.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    path: &'static str,
    /// Its type, for HTTP.
    pub content_type: &'static str,
    /// Its bytes.
    pub bytes: &'static [u8],
}

const FILES: [Asset; 4] = [
    Asset {
        path: "/",
        content_type: "text/html; charset=utf-8",
        bytes: include_bytes!("../assets/index.html"),
    },
    Asset { path: "/app.js", content_type: "text/javascript; charset=utf-8", bytes: SCRIPT.as_bytes() },
    Asset { path: "/app.css", content_type: "text/css; charset=utf-8", bytes: STYLE.as_bytes() },
    Asset { path: "/icon.svg", content_type: "image/svg+xml", bytes: include_bytes!("../assets/icon.svg") },
];

/// The file that a server sends for this path.
pub fn asset(path: &str) -> Option<Asset> {
    FILES.into_iter().find(|file| file.path == path)
}
