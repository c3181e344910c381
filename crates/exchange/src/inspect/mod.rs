//! Inspect's logs: `.eval`, which is a zip, and `.json`. One log holds one task on one model.

mod archive;
mod log;
mod read;
mod sample;
mod scores;
mod write;

pub use read::{is_here, open};
pub use write::write;

/// The file ending of zipped logs.
const ENDING: &str = "eval";

/// Whether the form has something of this name at the top of its folder.
pub fn is_own(name: &str) -> bool {
    name.ends_with(".eval")
}
