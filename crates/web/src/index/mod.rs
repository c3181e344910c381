//! The index of a run: a SQLite file made from its journal and reviews, that can be deleted and made again.
//!
//! Rows are numbered in the order of the run. What filters need of each stands in memory, twelve bytes a sample; texts stay
//! in SQLite, and the samples themselves where they always were.

mod build;
mod facts;
mod fingerprint;
mod gather;
mod open;
mod part;
mod rows;
mod view;
mod words;

pub use build::{Progress, build};
pub use fingerprint::fingerprint;
pub use open::RunIndex;
pub use part::Stored;
pub use view::Filter;
