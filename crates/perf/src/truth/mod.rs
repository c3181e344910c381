//! Whether the figures are the server's: what the client cost, how late it was, and when that makes a stage invalid.

mod verdict;

pub use verdict::reasons;
#[cfg(test)]
pub(crate) use verdict::tests;
