//! The time of day as text. The only place of this crate that reads the clock.

use evalscope_core::calendar::utc_text;
use std::time::SystemTime;

/// Now, as `2026-01-31T12:00:00Z`.
pub fn now() -> String {
    utc_text(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs())
}
