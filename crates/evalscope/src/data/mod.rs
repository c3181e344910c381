//! What an evaluation needs from elsewhere, fetched ahead, looked at, and carried to machines without a network.
//!
//! A *pull* fetches all that a run of one name needs into the caches that runs read, and writes down each file with its
//! checksum. The other functions go by what is written down, and ask no network.

mod carry;
mod gather;
mod kept;
mod pull;
mod wanted;

pub use carry::{Checked, Damaged, bundle, unbundle, verify};
pub use evalscope_data::{Existing, Unbundled};
pub use kept::{Kept, list, whereabouts};
pub use pull::{PullOptions, all_names, check_arguments, pull};

/// How far a pull is: told before each file.
#[derive(Debug, Clone, Copy)]
pub struct PullStep<'a> {
    /// Files that are there.
    pub done: usize,
    /// Files in all.
    pub total: usize,
    /// The file that is looked at, or fetched.
    pub file: &'a str,
}
