//! Inspect's logs: `.eval`, which is a zip, and `.json`. One log holds one task on one model.

mod archive;
mod attachments;
mod json_log;
mod log;
mod read;
mod sample;
mod scores;
mod write;

pub use read::{is_here, open};
pub use write::write;

/// The file ending of zipped logs.
const ENDING: &str = "eval";
