//! What every comparison of two runs shares: which question of one is which of the other, and whether a difference of their
//! scores is more than noise.

mod align;
mod judge;

pub use align::Rows;
pub use judge::{Judgement, Resampling, Values, judge};
