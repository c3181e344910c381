//! A Parquet file with one row for each sample and repeat.

mod cells;
mod columns;
mod limits;
mod read;
mod write;

pub use read::{is_here, open};
pub use write::write;

/// The file ending.
pub const ENDING: &str = "parquet";
