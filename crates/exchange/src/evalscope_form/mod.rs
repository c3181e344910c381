//! A folder as EvalScope 1.14 writes it: predictions, reviews and reports.

mod read;
mod subsets;
mod write;

pub use read::{is_here, open};
pub use write::write;

/// The file, which EvalScope does not read, with what its form has no place for.
const CARRIED: &str = "configs/evalscope_rs.json";
