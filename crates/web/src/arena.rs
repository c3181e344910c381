//! What `evalscope arena run` found: `leaderboard.json` as it stands.

use crate::error::Error;
use serde_json::Value;
use std::path::Path;

/// The leaderboard in this file.
pub fn leaderboard(path: &Path) -> Result<Value, Error> {
    let text = std::fs::read_to_string(path).map_err(Error::file("read", path))?;
    let broken = |error: serde_json::Error| Error::Broken { message: format!("{}: {error}", path.display()) };
    serde_json::from_str(&text).map_err(broken)
}
